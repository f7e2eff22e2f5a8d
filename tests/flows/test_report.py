"""A sweep's report, from the command that trains to the one that joins two nights."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steelyard.flows.__main__ import run
from steelyard.tasks.report import dossier_files

Sweep = Callable[..., tuple[int, dict[str, Any]]]


def text(page: Path) -> str:
    """What a reader sees: the page without its scripts, styles and tags."""
    plain = re.sub(r"(?s)<(script|style).*?</\1>", "", page.read_text())
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", plain))


def test_two_nights_are_joined_the_earlier_first_whatever_the_order_given(
    sweep: Sweep, sqlite_uri: str, tmp_path: Path
) -> None:
    (_, earlier), (_, later) = sweep(), sweep(weights="0.8,0.9", epochs="3")
    output = tmp_path / "nights.html"
    names = later["sweep_run_id"], earlier["sweep_run_id"]
    assert run(["report", *names, "--tracking-uri", sqlite_uri, "--output", str(output)]) == 0
    said = text(output)
    assert said.index(f"Earlier: Run {names[1][:8]}") < said.index(f"Later: Run {names[0][:8]}")
    assert "weights 0.8 0.8,0.9" in said and "epochs 2 3" in said, "what changed in the spec"
    assert "the same images in the same parts" in said and "Versions: nothing changed" in said
    assert "Only the spec (weights and epochs) changed." in said
    assert "weights 0.9" in said


def test_the_same_sweep_twice_changed_nothing(sweep: Sweep, sqlite_uri: str, tmp_path: Path) -> None:
    names = [sweep()[1]["sweep_run_id"] for _ in range(2)]
    output = tmp_path / "nights.html"
    assert run(["report", *names, "--tracking-uri", sqlite_uri, "--output", str(output)]) == 0
    assert "Nothing changed: the same images in the same parts, the same spec and the same versions." in text(output)


def test_a_report_that_cannot_be_written_is_warned_of_and_loses_nothing(
    sweep: Sweep, sqlite_uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(dossier_files, "write", full)
    code, found = sweep()
    told = capsys.readouterr()
    assert code == 0 and found["best"] and "no report: " in told.err and "No space left" in told.err
    assert "Report: " not in told.out
    for named, why in (([], "no sweep that ended"), ([found["sweep_run_id"]], "run the same sweep again")):
        assert run(["report", *named, "--tracking-uri", sqlite_uri, "--output", "never.html"]) == 2
        assert why in capsys.readouterr().err
