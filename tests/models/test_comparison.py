"""The comparison: cells by rank, means and deviations over seeds, failures told, and all estimates in one table."""

import json
import math
import statistics
from typing import Any

import by_hand
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.comparison.tables import cell_table, estimate_table, trial_table
from steelyard.models.metrics.registry import LOGGED
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import Operating

WEIGHTS = {"none": 0.5, "weights 0.8": 0.8, "weights 0.9": 0.9, "upsample": 0.5}


def finished(cell: str, seed: int, rank: float, test: float = 0.5, **what: Any) -> Outcome:
    """A trial with this rank on val and the same number everywhere on test."""
    at = dict.fromkeys(LOGGED, test)
    point = Operating(threshold=0.3, feasible=rank >= 0, objective=max(rank, 0), rank=rank, val=at, test=at)
    areas = {"roc_auc": test, "average_precision": test, "loss": 1.0}
    return outcome(cell, seed, status="FINISHED", val=at | areas, test=at | areas, operating=point, **what)


def outcome(cell: str, seed: int, **what: Any) -> Outcome:
    names = {"trial_id": f"{cell}/{seed}", "run_id": "run", "recipe": "sound", "seed": seed, "cell": cell}
    handling = "weights" if cell.startswith("weights") else cell
    return Outcome.model_validate(names | {"handling": handling, "weight_positive": WEIGHTS.get(cell, 0.5)} | what)


def failed(cell: str, seed: int) -> Outcome:
    return outcome(cell, seed, status="FAILED", reason="killed")


def compared(*trials: Outcome) -> Comparison:
    return Comparison.of(trials, "1", "parent", "sqlite:////tmp/mlflow.db", "0" * 16, Objective.parse("f1"))


def order(comparison: Comparison) -> list[object]:
    return [cell["cell"] for cell in comparison.cells]


def test_cells_are_ranked_by_their_best_seed_on_val_and_never_on_test() -> None:
    found = compared(
        finished("none", 1, rank=0.4, test=0.99), finished("none", 2, rank=0.6, test=0.99),
        finished("weights 0.8", 1, rank=0.9, test=0.1), finished("weights 0.8", 2, rank=0.3, test=0.1),
        finished("upsample", 1, rank=-0.2, test=0.9), finished("upsample", 2, rank=-0.1, test=0.9),
    )  # fmt: skip
    assert order(found) == ["weights 0.8", "none", "upsample"]
    assert found.best == "weights 0.8/1", "the highest rank in the best cell, not in any"


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=3))
def test_whatever_test_says_the_order_is_that_of_val(rows: list[tuple[float, float, float]]) -> None:
    cells = ["none", "weights 0.8", "weights 0.9"]
    first = compared(*(finished(cell, 1, row[0], row[1]) for cell, row in zip(cells, rows, strict=True)))
    second = compared(*(finished(cell, 1, row[0], row[2]) for cell, row in zip(cells, rows, strict=True)))
    assert (order(first), first.best) == (order(second), second.best)


def test_of_cells_that_rank_the_same_the_simpler_comes_first() -> None:
    planned = ("upsample", "focal", "weights 0.9", "downsample", "none", "weights 0.8")
    found = compared(*(finished(cell, 1, rank=0.5) for cell in planned))
    assert order(found) == ["none", "weights 0.8", "weights 0.9", "downsample", "upsample", "focal"]


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6))
def test_mean_and_sample_deviation_over_seeds_equal_the_standard_library(values: list[float]) -> None:
    cell = compared(*(finished("none", seed, value, value) for seed, value in enumerate(values))).cells[0]
    for metric in ("operating/rank", "operating/test/recall", "operating/val/f1", "test/precision", "test/roc_auc"):
        assert cell[f"{metric}/mean"] == pytest.approx(statistics.mean(values), abs=1e-12)
        assert cell[f"{metric}/deviation"] == pytest.approx(statistics.stdev(values), abs=1e-7)


def test_one_seed_has_no_deviation() -> None:
    cell = compared(finished("none", 1, rank=0.5, test=0.25)).cells[0]
    assert (cell["n"], cell["operating/test/recall/mean"], cell["operating/test/recall/deviation"]) == (1, 0.25, None)


def test_a_cell_counts_finished_failed_and_feasible_seeds_and_marks_the_baseline() -> None:
    baseline = (finished("none", 1, rank=-0.1), finished("none", 2, rank=0.2), failed("none", 3))
    found = compared(*baseline, finished("weights 0.8", 1, rank=0.1))
    counts = [(cell["cell"], cell["n"], cell["failed"], cell["feasible"], cell["baseline"]) for cell in found.cells]
    assert counts == [("none", 2, 1, 1, 1), ("weights 0.8", 1, 0, 1, 0)]


def test_failed_trials_are_left_out_of_the_means_and_listed() -> None:
    found = compared(finished("none", 1, rank=0.5), failed("none", 2))
    assert found.cells[0]["operating/rank/mean"] == 0.5
    assert [trial.trial_id for trial in found.failed] == ["none/2"]


def test_a_cell_without_a_finished_trial_comes_last() -> None:
    assert order(compared(failed("none", 1), finished("weights 0.8", 1, rank=-0.9))) == ["weights 0.8", "none"]


def test_when_all_trials_failed_nothing_is_best() -> None:
    found = compared(failed("none", 1), failed("weights 0.8", 1))
    assert (found.best, [cell["n"] for cell in found.cells], len(found.failed)) == ("", [0, 0], 2)


def test_two_weights_with_the_same_label_stay_two_cells() -> None:
    close = [
        finished("weights 0.8", seed, rank, weight_positive=weight, trial_id=f"{weight}")
        for weight, ranks in ((0.80001, (0.5, 0.9)), (0.80002, (0.8, 0.0)))
        for seed, rank in enumerate(ranks)
    ]
    found = compared(*close)
    assert [cell["weight_positive"] for cell in found.cells] == [0.80001, 0.80002]
    assert found.best == "0.80001"


@pytest.mark.parametrize(
    "trials",
    [
        (finished("none", 1, 0.5), failed("none", 2), failed("weights 0.8", 1)),
        (failed("none", 1),),
        (finished("none", 1, 0.1), finished("none", 2, 0.3), finished("upsample", 1, -0.4)),
    ],
)
def test_a_comparison_is_json_without_nan_and_reads_back(trials: tuple[Outcome, ...]) -> None:
    found = compared(*trials)
    assert json.dumps(found.model_dump(mode="json"), allow_nan=False)
    assert "NaN" not in found.model_dump_json()
    assert Comparison.model_validate_json(found.model_dump_json()) == found


def test_trials_keep_the_order_planned_and_have_mlflows_names() -> None:
    trials = (finished("weights 0.8", 2, rank=0.1), finished("none", 1, rank=0.9))
    table = trial_table(trials)
    assert compared(*trials).trials == trials
    assert table["trial_id"].tolist() == ["weights 0.8/2", "none/1"]
    assert {"val/recall", "test/roc_auc", "operating/rank", "operating/test/f1"} <= set(table.columns)


def test_the_cell_table_is_the_cells_of_the_comparison() -> None:
    trials = (finished("none", 1, rank=0.25), finished("upsample", 1, rank=0.5))
    table, cells = cell_table(trials), compared(*trials).cells
    assert list(cells[0]) == table.columns.tolist()
    assert math.isnan(table["operating/rank/deviation"].iloc[0]) and cells[0]["operating/rank/deviation"] is None
    assert str(compared(*trials).objective) == "f1"


def test_all_estimates_are_one_tidy_table_with_the_images_behind_each() -> None:
    table = estimate_table(by_hand.verdict(by_hand.cell(), by_hand.cell("weights 0.9", "worse")))
    assert table.columns.tolist() == ["configuration", "metric", "estimate", "low", "high", "n"]
    assert set(table["configuration"]) == {"none", "weights 0.9"} and not table.duplicated(table.columns[:2]).any()
    images = table[table["configuration"] == "weights 0.9"].set_index("metric")["n"]
    assert (images["recall"], images["false_positive_rate"], images["roc_auc"]) == (100, 900, 1000)
    assert images["precision"] == 60 + 450 and images["difference/recall"] == 1000
    of = by_hand.of_classes(0.9, 0.8, 0.3)
    table = estimate_table(by_hand.verdict(by_hand.cell(**of), wish="recall of fox @ precision >= 0.7"))
    images = table.set_index("metric")["n"]
    assert (images["class/recall"], images["class/fox/f1"], images["precision"]) == (50, 50, 150)
