"""The end of a sweep fits one screen, whatever was asked for and however many cells there are."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import kept_classes
import pytest
from rich.console import Console

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.answer import answer
from steelyard.tasks.report import last_screen
from steelyard.tasks.report.last_screen import LINES, Where

Make = Callable[..., Dossier]

MANY = {"none": 0.0} | {f"weights {0.5 + step / 100:g}": 0.0 for step in range(1, 20)}
LONG = {f"{recipe} · {cell}": 0.0 for recipe in ("features", "sound") for cell in ("none", "logit_adjusted:tau=1.25")}
EVERYWHERE = Where(
    option=" --tracking-uri sqlite:////somewhere/else/mlflow.db",
    report="mlartifacts/9ac58b715f814cbcbcfde5338912f877/artifacts/report.html",
    flow_run="http://127.0.0.1:4200/runs/flow-run/9ac58b71-5f81-4cbc-bcfd-e5338912f877",
)


def told(found: Comparison, width: int = 80, where: Where = EVERYWHERE, **of_console: Any) -> list[str]:
    console = Console(file=io.StringIO(), width=width, **of_console)
    last_screen.show(found, console, where)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def fits(lines: list[str]) -> bool:
    return len(lines) <= LINES and all(len(line) <= 80 for line in lines)


@pytest.fixture(scope="module")
def many(judged: Make) -> Comparison:
    """Twenty cells, one of whose trials failed."""
    return judged(cells=MANY, seeds=(1,), failed=[("weights 0.6", 1)]).found


@pytest.mark.parametrize("wish", [*EXAMPLES, "recall @ precision >= 0.3 at prevalence 0.02"])
def test_it_fits_whatever_was_wanted(judged: Make, wish: str) -> None:
    found = judged(wish, cells=LONG, seeds=(1,)).found
    lines, said = told(found), answer(found)
    assert said is not None and lines[:4] == list(said.lines) and fits(lines)
    assert sum(line.startswith("steelyard ") for line in lines) == 4
    assert lines[-2] == f"Report: {EVERYWHERE.report}" and lines[-1] == f"Flow: {EVERYWHERE.flow_run}"


def test_of_many_cells_those_that_fit_are_shown_and_the_others_counted(many: Comparison) -> None:
    lines = told(many)
    assert len(lines) == LINES and fits(lines)
    shown = sum(line.startswith(("none ", "weights 0.")) for line in lines)
    assert many.verdict is not None and f"and {len(many.verdict.cells) - shown} more: steelyard show" in lines
    assert "1 of 20 trials failed: weights 0.6 · seed 1: out of memory; steelyard show" in lines


def test_a_row_has_the_figures_of_its_cell(judged: Make) -> None:
    found = judged("recall @ precision >= 0.7 at prevalence 0.02", cells={"none": 0.0, "weights 0.8": 3.0})
    [row] = [line.split() for line in told(found.found) if line.startswith("weights 0.8 ")]
    cell = next(cell for cell in found.verdict.cells if cell.cell == "weights 0.8")
    assert row[2:5] == [f"{cell.metric(key).value:.2f}" for key in ("roc_auc", "recall", "precision")], (
        "precision is as the objective's prevalence has it"
    )
    assert float(row[5].replace("<", "")) == pytest.approx(100 * cell.metric("false_positive_rate").value, abs=0.11)
    at = cell.feasibility and cell.feasibility.at
    assert at and row[6::2][:2] == [f"{at.low:.2f}", f"{at.high:.2f}"]
    assert row[-1] == "better"


def test_the_rows_that_are_certified_have_a_mark_which_is_explained(judged: Make) -> None:
    found = judged("recall @ precision >= 0.5", cells={"none": 0.0, "weights 0.8": 3.0})
    cells, lines = found.verdict.cells, told(found.found)
    kept = {cell.cell for cell in cells if cell.feasibility and cell.feasibility.status == "FEASIBLE"}
    assert 0 < len(kept) < len(cells)
    for cell in cells:
        [row] = [line for line in lines if line.startswith(f"{cell.cell} ")]
        assert ("* " in row) == (cell.cell in kept)
    assert "* precision >= 0.5 is certified." in lines


@pytest.mark.parametrize("wish", ["balanced_accuracy", "recall of 1 @ precision >= 0.5"])
def test_where_every_class_counts_the_worst_class_has_a_column_and_numbers_have_quotes(wish: str) -> None:
    found = kept_classes.kept(names=("0", "1", "2", "x" * 300), wish=wish).found
    lines = told(found)
    assert fits(lines) and any("worst class" in line for line in lines)
    assert found.verdict is not None
    for cell in found.verdict.cells:
        worst = min((of for of in cell.classes), key=lambda of: (of.recall.value, of.train))
        name = worst.name if len(worst.name) > 1 else f"'{worst.name}'"
        assert any(f"{name[:7]}" in line and f" {worst.recall.value:.2f}" in line for line in lines)


@pytest.mark.parametrize("width", [79, 60, 40])
def test_a_narrow_terminal_gets_less_and_no_figure_is_cut(many: Comparison, width: int) -> None:
    lines = told(many, width, Where())
    rows = [line for line in lines if line.startswith(("none ", "weights 0.")) and line.count(".") >= 2]
    assert rows and all(len(line) <= width and "…" not in line for line in rows)
    assert all(any(f" {head}" in line for line in lines) for head in ("recall", "precision", "alarms"))


def test_a_terminal_of_24_lines_keeps_one_for_the_prompt(many: Comparison) -> None:
    assert len(told(many, force_terminal=True, height=24)) == 23
    assert len(told(many, force_terminal=True, height=80)) == LINES


def test_the_badge_has_a_colour_where_colours_are_wanted(judged: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(cells={"none": 0.0}).found
    terminal: dict[str, Any] = {"force_terminal": True, "height": 24, "color_system": "standard"}
    assert "\x1b[1;33mUNDECIDED" in told(found, **terminal)[0]
    monkeypatch.setenv("NO_COLOR", "1")
    assert not [line for line in told(found, **terminal) for colour in range(30, 38) if f"{colour}m" in line]


def test_what_everyone_must_see_has_a_line_each(judged: Make) -> None:
    found = judged(cells={"none": 0.0, "weights 0.8": 0.0}, failed=[("weights 0.8", 1)]).found
    flagged = found.trials[0].model_copy(update={"flags": ("the loss does not fall, " * 10,)})
    lines = told(found.model_copy(update={"trials": (flagged, *found.trials[1:])}))
    assert fits(lines)
    assert any(line.startswith("1 of 4 trials failed: weights 0.8 · seed 1: out of memory") for line in lines)
    assert any(line.startswith("1 of 4 trials flagged, ") for line in lines)


def test_whose_trials_are_flagged_is_said_and_why_where_that_is_the_network_to_use(judged: Make) -> None:
    found = judged(cells={"none": 0.0, "weights 0.8": 3.0, "weights 0.9": 0.0}).found
    assert found.verdict is not None and found.verdict.cells[0].cell == "weights 0.8"

    def flagged(*cells: str) -> str:
        trials = [trial.model_copy(update={"flags": ("loss",) * (trial.cell in cells)}) for trial in found.trials]
        [line] = [line for line in told(found.model_copy(update={"trials": tuple(trials)})) if "flagged" in line]
        return line

    assert flagged("none") == "2 of 6 trials flagged, none of the network to use; steelyard show"
    assert flagged("none", "weights 0.8") == "4 of 6 trials flagged, 2 of the network to use: loss; steelyard show"
    assert flagged("none", "weights 0.9") == "4 of 6 trials flagged, none of the network to use; steelyard show"
    found = found.model_copy(update={"verdict": None})
    assert flagged("none") == "2 of 6 trials flagged: loss; steelyard show"


def test_where_no_trial_finished_the_reasons_are_told(judged: Make) -> None:
    found = judged(cells={"none": 0.0}).found
    trial = found.trials[0].model_copy(update={"status": "FAILED", "reason": "no room " * 99, "operating": None})
    found = found.model_copy(update={"verdict": None, "trials": (trial,) * 30})
    lines = told(found)
    assert lines[0] == "No trial finished." and lines[1].startswith("failed: none · seed 1: no room ")
    assert "and 25 more" in lines and fits(lines)
    served = told(found, where=Where(option=" --tracking-uri http://h:5000", trials="http://h:5000/#/runs"))
    assert served[-1] == "Trials: http://h:5000/#/runs" and not any(line.startswith("Next") for line in served)


def test_commands_name_a_sweep_that_is_not_the_newest_and_a_store_that_was_away_has_none(judged: Make) -> None:
    found = judged(cells={"none": 0.0}).found
    lines = told(found, where=Where(sweep="5" * 32))
    assert f"steelyard show {'5' * 32}" in lines and f"steelyard predict {'5' * 32} NEW/" in lines and fits(lines)
    lines = told(found, where=Where(kept=True))
    assert lines[-1] == "MLflow's store was away, and all is kept on disk: steelyard sync logs it."
    assert not any(line.startswith("steelyard ") for line in lines)
    assert replace(EVERYWHERE, trials="http://server").trials in " ".join(
        told(found, where=replace(EVERYWHERE, trials="http://server"))
    )
