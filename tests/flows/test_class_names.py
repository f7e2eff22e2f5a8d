"""Classes of any name, from a list or given for numbers: taken, shown in one line, or refused in one."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from steelyard.flows.__main__ import run

Refused = Callable[..., str]
TINY = ["--size", "8", "--recipe", "sound", "--batch", "16"]
NAMES = {
    "line break": ("a\nb\tc", "a\\nb\\tc"),
    "markup": ("<script>alert('x')</script>", "<script>alert('x')</script>"),
    "shell": ("$(rm -rf ~); `id` | tee & \\", "$(rm -rf ~); `id` | tee & \\"),
    "escape": ("\x1b[31mred", "\\x1b[31mred"),
    "right to left": ("\u202eabc", "\\u202eabc"),
    "long": ("x" * 300, "x" * 199 + "…"),
}
"""A class as it is called, and as it is shown."""


@pytest.mark.parametrize("name", ["line break", "long"])
def test_any_class_name_is_taken_and_shown_in_one_line(name: str, pets: Path, refused: Refused) -> None:
    called, shown = NAMES[name]
    rows = [
        (f"{kind}/{number}.png", label) for kind, label in (("cat", "zebra"), ("dog", called)) for number in range(3)
    ]
    pd.DataFrame(rows, columns=["path", "label"]).to_csv(pets / "pets.csv", index=False)
    line = refused(["--data", f"csv:{pets / 'pets.csv'}", "--positive", "none"])
    assert line in {
        f"positive must be one of the classes {first}, {second}, got 'none'"
        for first, second in ((shown, "zebra"), ("zebra", shown))
    }


@pytest.mark.parametrize("name", NAMES)
def test_any_class_can_be_the_positive_one(name: str, pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    called, _ = NAMES[name]
    rng = np.random.default_rng(0)
    for number in range(60):
        Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)).save(pets / f"{number:02}.png")
    rows = pd.DataFrame({"path": [f"{number:02}.png" for number in range(60)], "label": [called, "zebra"] * 30})
    rows.to_csv(pets / "pets.csv", index=False)
    options = ["--data", f"csv:{pets / 'pets.csv'}", "--positive", called, *TINY]
    assert run(["sweep", "--dry-run", "--cache", str(pets.parent / "cache"), *options]) == 0
    said = capsys.readouterr()
    assert "3 seeds = 6 trials" in said.out
    assert all(line.isprintable() for line in said.out.splitlines())


GIVEN = {
    "too few": (
        "benign",
        "class-names must be as many as the 2 labels 0, 1, in this order, got 1: benign; give one per",
    ),
    "too many": (
        "a,b,c",
        "class-names must be as many as the 2 labels 0, 1, in this order, got 3: a, b, c; give one per",
    ),
    "one twice": ("a, a", "class-names must differ from each other, got a more than once; name each label"),
    "two that look the same": (
        "a\n.b,a\\n.b",
        "class-names must differ from each other, got a\\n.b more than once; name",
    ),
    "an empty one": ("a,,b", "class-names must be names with commas between them, got 'a,,b'; try benign,malignant"),
}
"""Names for the labels 0 and 1, and how the line begins."""


@pytest.mark.parametrize("wrong", GIVEN)
def test_names_that_do_not_fit_are_refused(wrong: str, tmp_path: Path, refused: Refused) -> None:
    names, line = GIVEN[wrong]
    pixels = np.arange(6, dtype=np.uint8)[:, None, None].repeat(8, 1).repeat(8, 2)
    np.savez(tmp_path / "cells.npz", train_images=pixels, train_labels=np.array([0, 1] * 3))
    assert refused(["--data", f"npz:{tmp_path / 'cells.npz'}", "--class-names", names]).startswith(line)


@pytest.mark.parametrize("data", ["csv:pets.csv", "folder:.", "digits"])
def test_names_for_classes_that_have_some_are_refused(
    data: str, pets: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pets)
    (pets / "pets.csv").write_text("path,label\ncat/0.png,cat\ndog/0.png,dog\n")
    line = refused(["--data", data, "--class-names", "a,b"])
    known = "0, 1, 2, 3, 4, 5, 6, 7, 8, 9" if data == "digits" else "cat, dog"
    assert line == (
        f"class-names must be left out for {data}, which names its classes itself ({known}), got a, b; use those"
    )


def test_a_list_that_pandas_wrote_for_a_spreadsheet_works_end_to_end(
    pets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng, rows = np.random.default_rng(0), []
    for number in range(120):
        Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)).save(pets / f"Bild {number:03}.png")
        split = "Train" if number < 80 else "Validation" if number < 100 else "TEST"
        kind = "gro\u00df; rund" if number % 4 == 0 else "klein"
        rows.append(
            {"path": f"Bild {number:03}.png", "label": kind, "split": split, "slice_ort": "hier", "Notiz": 'a "b"'}
        )
    pd.DataFrame(rows).to_csv(pets / "Bilder.csv", sep=";", index=False, encoding="utf-8-sig")
    options = ["--data", f"csv:{pets / 'Bilder.csv'}", "--positive", "gro\u00df; rund", *TINY]
    assert run(["sweep", "--dry-run", "--cache", str(pets.parent / "cache"), *options]) == 0
    said = capsys.readouterr()
    assert re.search(r"train\D+80\b|60\D+20", said.out)
    assert "4 cells x 3 seeds = 12 trials" in said.out


def test_an_archive_with_names_works_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (120, 8, 8), dtype=np.uint8)
    labels = (np.arange(120) % 4 == 0).astype(int)
    np.savez_compressed(tmp_path / "cells.npz", train_images=pixels, train_labels=labels)
    options = [
        "--data",
        f"npz:{tmp_path / 'cells.npz'}",
        "--class-names",
        "benign,malignant",
        "--positive",
        "malignant",
    ]
    options += ["--size", "8", "--recipe", "sound", "--batch", "16", "--cache", str(tmp_path / "cache")]
    assert run(["sweep", "--dry-run", *options]) == 0
    assert "malignant" in capsys.readouterr().out
