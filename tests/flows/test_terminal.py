"""A sweep as a person sees it: on a terminal of 80 columns and 24 lines, in a pipe, and as no more than its answer."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import terminals

from steelyard.flows.__main__ import run
from steelyard.models.comparison.comparison import Comparison
from steelyard.models.spec import sweep as specs
from steelyard.models.words.answer import answer
from steelyard.tasks.report import opening

SWEEP = ["--data", "digits", "--positive", "8", "--size", "8", "--recipe", "sound", "--epochs", "2"]
SWEEP += ["--seeds", "1,", "--weights", "0.8"]
Sweep = Callable[..., tuple[int, dict[str, Any]]]
ASKED = "Sweep of digits: weights 0.8, recipe sound; wanted: recall @ precision >= 0.7"


def command(*flags: str) -> list[str]:
    return [sys.executable, "-m", "steelyard", "sweep", *SWEEP, *flags]


@pytest.fixture(scope="module")
def place(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store, as the default has it."""
    folder = tmp_path_factory.mktemp("terminal")
    (folder / "mlflow.db").write_bytes(migrated.read_bytes())
    return folder


@pytest.fixture(scope="module")
def shown(place: Path, prefect_server: str) -> terminals.Shown:
    return terminals.shown(command("--json", "out.json"), place, {"PREFECT_API_URL": prefect_server})


def found(folder: Path) -> Comparison:
    return Comparison.model_validate_json((folder / "out.json").read_text())


def test_a_terminal_shows_what_is_asked_for_before_anything_else(shown: terminals.Shown) -> None:
    assert shown.code == 0 and shown.scrolled[0] == ASKED == shown.screens[0][0]


def test_while_it_runs_a_terminal_has_one_block_at_its_bottom(shown: terminals.Shown) -> None:
    screen = [line for line in shown.during("best so far") if line]
    first = next(place for place, line in enumerate(screen) if line.endswith(" so far"))
    counts, best = screen[first + 1 : first + 3]
    assert len(screen) <= first + 4, "at most four lines, and nothing below them"
    assert counts.split(", ")[0].endswith("/2 trials") and best.startswith("best so far: sound · ")
    told = " ".join(screen[first + 2 :])
    assert " at precision >= 0.7 on val" in told or "is not certified" in told
    during = [of for of in shown.screens if any(line.startswith("best so far") for line in of)]
    assert not any("…" in line for of in during for line in of), "nothing is cut"


def test_when_it_has_ended_the_whole_end_is_on_the_screen(shown: terminals.Shown, place: Path) -> None:
    said = answer(found(place))
    assert said is not None
    end = shown.screens[-1]
    assert [line for line in end if line in said.lines] == list(said.lines)
    assert not any(line.endswith("so far") for line in shown.scrolled), "the block is gone"
    assert any(line.startswith("steelyard predict best NEW/") for line in end)
    assert any(line.startswith("Report: mlartifacts/") for line in end)


def test_show_prints_what_verbose_prints_at_the_end(sweep: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = sweep("--verbose")
    swept = capsys.readouterr()
    assert run(["show", "--tracking-uri", found["tracking_uri"]]) == 0
    again = capsys.readouterr()
    assert swept.out == again.out and "Recommended for recall @ precision >= 0.7:" in again.out and not again.err
    lines = swept.err.splitlines()
    assert lines[0] == ASKED and "\x1b" not in swept.out + swept.err
    assert [line.split()[0] for line in lines if line.startswith("  ") and ": finished, " in line] == ["1/2", "2/2"]


def test_quiet_is_the_answer_and_nothing_else(sweep: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = sweep("--quiet")
    said, told = answer(Comparison.model_validate(found)), capsys.readouterr()
    assert code == 0 and said is not None and told.out.splitlines() == list(said.lines) and not told.err


def test_a_terminal_cannot_be_told_everything_and_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sweep", "--verbose", "--quiet"]) == 2
    assert capsys.readouterr().err == "steelyard: verbose and quiet must not be given both; leave one of them out\n"


def test_show_of_no_sweep_is_one_line(sqlite_uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "--tracking-uri", sqlite_uri]) == 2
    assert run(["show", "f" * 32, "--tracking-uri", sqlite_uri]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "no sweep that ended" in first and "sweep must be the run id of a sweep" in second


def test_the_first_line_fits_whatever_is_asked_for() -> None:
    line = opening.line(specs.Sweep(data=f"folder:/{'long/' * 40}", weights=f"{'0.5,' * 40}0.6", positive="a"))
    assert len(line) == 80 and line.startswith("Sweep of folder:/long/") and line.endswith("recall @ precision >= 0.7")
    assert opening.line(specs.Sweep(data="digits")).endswith("; wanted: balanced_accuracy")
