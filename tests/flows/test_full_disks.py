"""A disk that fills: one line, no traceback, nothing half written, and the runs say why where they still can."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bombs
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from PIL import Image

from steelyard.flows.__main__ import run

DIGITS = ["sweep", "--data", "digits", "--positive", "8", "--size", "8", "--recipe", "sound", "--seeds", "1,"]
DIGITS += ["--weights", "0.8"]
Disk = Callable[[int], Path]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """``disk(500)`` is a folder with room for 500 KB."""
    folder = tmp_path / "disk"

    def mounted(kilobytes: int) -> Path:
        folder.mkdir()
        command = ["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
        if os.getuid() or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("whoever runs this may not mount a small disk")
        return folder

    yield mounted
    subprocess.run(["/usr/bin/umount", "--lazy", str(folder)], capture_output=True, check=False)


def source(root: Path, kind: str) -> str:
    """400 images of 2 classes, as ``--data``."""
    rng = np.random.default_rng(0)
    pixels, labels = rng.integers(0, 256, (400, 32, 32), dtype=np.uint8), np.arange(400) % 2
    if kind == "npz":
        np.savez(root / "a.npz", train_images=pixels, train_labels=labels)
        return f"npz:{root / 'a.npz'}"
    for number, image in enumerate(pixels):
        (root / str(number % 2)).mkdir(exist_ok=True)
        Image.fromarray(image).save(root / str(number % 2) / f"{number:03}.png")
    files = sorted(root.rglob("*.png"))
    if kind == "hf":
        return bombs.hugging_face(root / "a.parquet", [file.read_bytes() for file in files])
    paths = [file.relative_to(root).as_posix() for file in files]
    pd.DataFrame({"path": paths, "label": [path[0] for path in paths]}).to_csv(root / "a.csv", index=False)
    return f"csv:{root / 'a.csv'}" if kind == "csv" else f"folder:{root}"


@pytest.mark.parametrize("kind", ["folder", "csv", "npz", "hf"])
def test_a_disk_that_fills_while_extracting_is_refused_and_the_part_is_removed(
    kind: str, disk: Disk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "images").mkdir()
    data, cache = source(tmp_path / "images", kind), disk(200)
    options = ["--positive", "1", "--recipe", "sound", "--cache", str(cache)]
    assert run(["sweep", "--dry-run", "--data", data, *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"steelyard: cache must be a folder that can be written, with room, got {cache}/image_sets")
    assert not [file for file in cache.rglob("*") if file.name != ".lock" and file.is_file()]


def test_a_disk_without_room_for_a_backbone_is_refused_in_one_line(
    disk: Disk, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = disk(200)
    assert run(["sweep", "--dry-run", "--data", "digits", "--positive", "8", "--cache", str(cache)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"steelyard: cache must be a folder that can be written, with room, got {cache}/backbones")
    assert not [file for file in cache.rglob("*") if file.name != ".lock" and file.is_file()]


def test_a_disk_that_fills_with_plans_is_one_line(
    disk: Disk, sqlite_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = disk(350)
    assert run([*DIGITS, "--epochs", "500", "--cache", str(cache), "--tracking-uri", sqlite_uri]) == 1
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith(f"steelyard: the sweep failed: {cache}/sweeps/")
    assert "could not be written to the end" in line
    assert not list((cache / "sweeps").glob(".building-*"))


def test_a_disk_that_fills_with_scores_fails_the_trials_which_say_why(
    disk: Disk, sqlite_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = disk(700)
    assert run([*DIGITS, "--epochs", "1", "--cache", str(cache), "--tracking-uri", sqlite_uri]) == 1
    said = capsys.readouterr()
    assert "Traceback" not in said.err + said.out
    assert "failed: none · seed 1" in said.out
    client = MlflowClient(sqlite_uri)
    everywhere = [each.experiment_id for each in client.search_experiments()]
    assert {found.info.status for found in client.search_runs(everywhere)} == {"FAILED"}
    runs = client.search_runs(everywhere, "tags.role = 'trial'")
    assert len(runs) == 2 and all(f"no room in {cache}/" in found.data.tags["failure"] for found in runs)


def test_a_store_without_room_is_refused(disk: Disk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kilobytes, line in ((0, "cannot be written in "), (600, "cannot be opened: ")):
        with room_for(disk, kilobytes or 4) as folder:
            if not kilobytes:
                (folder / "all").write_bytes(bytes(4096))
            assert run([*DIGITS, "--cache", str(tmp_path / "cache"), "--tracking-uri", f"sqlite:///{folder}/m.db"]) == 2
        *_, said = capsys.readouterr().err.splitlines()
        assert said.startswith(f"steelyard: tracking-uri {folder}/m.db {line}")


@contextmanager
def room_for(disk: Disk, kilobytes: int) -> Iterator[Path]:
    folder = disk(kilobytes)
    try:
        yield folder
    finally:
        subprocess.run(["/usr/bin/umount", "--lazy", str(folder)], capture_output=True, check=True)
        folder.rmdir()


def test_an_output_without_room_is_one_line_and_what_was_there_stays(
    disk: Disk, sqlite_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, image = disk(8), tmp_path / "a.png"
    Image.new("L", (8, 8)).save(image)
    (folder / "out.csv").write_text(mine := "path,label,score,threshold\n")
    store = ["--tracking-uri", sqlite_uri]
    assert run([*DIGITS, "--epochs", "1", "--json", str(folder / "out.json"), *store]) == 1
    (folder / "all").write_bytes(bytes(4096))
    assert run(["report", "--output", str(folder / "out.html"), *store]) == 1
    assert run(["predict", "best", str(image), "--output", str(folder / "out.csv"), *store]) == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("steelyard: ")]
    assert lines == [
        f"steelyard: {folder}/out.{kind} could not be written: No space left on device"
        for kind in ("json", "html", "csv")
    ]
    assert sorted(file.name for file in folder.iterdir()) == ["all", "out.csv"]
    assert (folder / "out.csv").read_text() == mine
