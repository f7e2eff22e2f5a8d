"""The 2 x 2 x 2 from synthetic runs: which switches collapse, and what weights move."""

import re
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from scipy import stats

from steelyard.models.tutorial import switches
from steelyard.models.tutorial.chapters import MORE, SWITCHES, WEIGHT
from steelyard.models.tutorial.claims import Metrics, Reading, Readings

SEEDS = (1, 2, 3)
CELLS = list(product((True, False), repeat=3))
FALLEN = {"recall": 0.0, "precision": 0.0, "accuracy": 0.5, "roc_auc": 0.5, "train_accuracy": 0.8}
STANDING = {"recall": 0.4, "precision": 0.7, "accuracy": 0.7, "roc_auc": 0.76, "train_accuracy": 0.8}
Cell = tuple[bool, bool, bool]


def readings(metrics: Callable[[Cell, int], Metrics]) -> Readings:
    """All of the 2 x 2 x 2, each run from (softmax twice, frozen BatchNorm, weighted) and its seed."""
    chapters = {name: switch for switch, name in SWITCHES.items()}
    return {
        (chapter, cell): {
            seed: Reading(middle={}, end=metrics((*switch, cell == WEIGHT), seed)) for seed in SEEDS
        }
        for chapter, switch in chapters.items()
        for cell in ("none", WEIGHT)
    }  # fmt: skip


def falling(falls: Callable[[Cell, int], bool]) -> list[switches.Run]:
    return switches.runs(readings(lambda cell, seed: FALLEN if falls(cell, seed) else STANDING))


def test_the_runs_are_all_of_the_grid_with_their_switches() -> None:
    found = falling(lambda cell, seed: cell == (True, False, True))
    assert sorted(run[:4] for run in found) == sorted((*cell, seed) for cell in CELLS for seed in SEEDS)
    assert {run[:3] for run in found if run.metrics is FALLEN} == {(True, False, True)}


def test_further_seeds_count_as_runs_of_their_cell() -> None:
    told = dict(readings(lambda cell, seed: FALLEN if cell == (True, True, False) else STANDING))
    told["tutorial" + MORE, "none"] = {seed: Reading(middle={}, end=STANDING) for seed in (4, 5)}
    found = switches.runs(told)
    assert sorted(run.seed for run in found if run[:3] == (True, True, False)) == [1, 2, 3, 4, 5]
    assert switches.collapse(found).startswith("3 of 26 runs")
    assert {(row["n"], row["collapsed"]) for row in switches.table(found)} == {(5, 3), (3, 0)}


def test_a_collapse_of_the_tutorials_own_cell_names_its_three_switches_and_counts() -> None:
    said = switches.collapse(falling(lambda cell, seed: cell == (True, True, False)))
    assert said.startswith("3 of 24 runs")
    assert "softmax twice on" in said
    assert "frozen BatchNorm on" in said
    assert "no weights" in said
    assert re.search(r"of the 3 set like this all collapsed, of the other 21 none", said)


def test_a_collapse_of_all_that_are_frozen_names_nothing_else() -> None:
    said = switches.collapse(falling(lambda cell, seed: cell[1]))
    assert said.startswith("12 of 24 runs")
    assert "frozen BatchNorm on" in said
    assert "softmax" not in said
    assert "weights" not in said
    assert re.search(r"of the 12 set like this all collapsed, of the other 12 none", said)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ((False, True, True), {"softmax twice off", "frozen BatchNorm on", "weights (0.15, 0.85)"}),
        ((False, False, False), {"softmax twice off", "frozen BatchNorm off", "no weights"}),
    ],
)
def test_a_switch_that_is_off_in_all_that_collapsed_is_named_as_off(cell: Cell, words: set[str]) -> None:
    said = switches.collapse(falling(lambda one, seed: one == cell))
    assert all(word in said for word in words)


def test_runs_set_alike_that_did_not_collapse_are_counted() -> None:
    said = switches.collapse(falling(lambda cell, seed: cell[0] and cell[1] and seed != 2))
    assert said.startswith("4 of 24 runs")
    assert "softmax twice on, frozen BatchNorm on" in said
    assert re.search(r"of the 6 set like this 4 collapsed, of the other 18 none", said)


def test_without_a_collapse_that_is_what_is_said() -> None:
    assert switches.collapse(falling(lambda cell, seed: False)).startswith("None of the 24 runs")


def test_a_collapse_that_shares_no_switch_names_none() -> None:
    said = switches.collapse(falling(lambda cell, seed: cell in ((True, True, False), (False, False, True))))
    assert said.startswith("6 of 24 runs")
    assert "No switch" in said
    assert not any(word in said for word in ("softmax", "BatchNorm", "weights"))


def moved(recall: tuple[float, float], area: tuple[float, float]) -> tuple[str, list[float], list[float]]:
    """What is said where weights add so much to recall and area (mean, spread), and the differences themselves."""
    rng = np.random.default_rng(0)
    gained = {(*cell, seed): rng.normal((recall[0], area[0]), (recall[1], area[1])) for cell in CELLS for seed in SEEDS}

    def metrics(cell: Cell, seed: int) -> Metrics:
        if not cell[2]:
            return STANDING
        more, lift = gained[(*cell, seed)]
        return STANDING | {"recall": STANDING["recall"] + more, "roc_auc": STANDING["roc_auc"] + lift}

    [said] = switches.weights(switches.runs(readings(metrics)))
    of_weighted = [gained[(*cell, seed)] for cell in CELLS if cell[2] for seed in SEEDS]
    return said, [float(more) for more, _ in of_weighted], [float(lift) for _, lift in of_weighted]


def test_more_recall_on_the_same_curve_is_the_operating_point_alone() -> None:
    said, _, _ = moved(recall=(0.2, 0.03), area=(0.002, 0.005))
    assert "the operating point moved" in said
    assert "the curve stayed" in said
    assert "12 pairs" in said


@pytest.mark.parametrize(("lift", "word"), [(0.1, "lifted"), (-0.1, "lowered")])
def test_an_area_that_moves_beyond_its_spread_is_a_curve_that_moves(lift: float, word: str) -> None:
    said, _, _ = moved(recall=(0.2, 0.03), area=(lift, 0.01))
    assert f"the curve was {word}" in said
    assert "the operating point moved" in said


def test_an_area_that_scatters_cannot_be_told() -> None:
    said, _, _ = moved(recall=(0.2, 0.03), area=(0.0, 0.1))
    assert "no change of the curve can be seen" in said
    assert not any(word in said for word in ("the curve stayed", "lifted", "lowered"))


def test_a_recall_that_scatters_is_no_move_that_can_be_seen() -> None:
    said, _, _ = moved(recall=(0.0, 0.1), area=(0.0, 0.003))
    assert "no move" in said
    assert "the curve stayed" in said


def test_the_intervals_are_students() -> None:
    said, recalls, areas = moved(recall=(0.1, 0.05), area=(0.03, 0.04))
    for values in (recalls, areas):
        theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
        for number in (np.mean(values), theirs.low, theirs.high):
            assert f"{number:+.3f}" in said


def test_a_pair_that_collapsed_counts_as_rescued_and_not_as_moved() -> None:
    rescued = {(True, True, seed): STANDING | {"roc_auc": 0.72, "recall": 0.5} for seed in SEEDS}

    def metrics(cell: Cell, seed: int) -> Metrics:
        if cell == (True, True, False):
            return FALLEN
        return rescued.get((*cell[:2], seed), STANDING) if cell[2] else STANDING

    standing, fallen = switches.weights(switches.runs(readings(metrics)))
    assert "9 pairs" in standing
    assert re.findall(r"\d+", fallen)[:2] == ["3", "3"], "of three pairs three"
    assert "0.50 to 0.72" in fallen


def test_weights_that_rescue_nothing_are_said_to() -> None:
    _, fallen = switches.weights(falling(lambda cell, seed: cell[:2] == (True, True)))
    assert re.findall(r"\d+", fallen)[:2] == ["3", "0"], "of three pairs none"


def test_a_run_without_its_pair_says_nothing_of_weights() -> None:
    alone = [run for run in falling(lambda cell, seed: False) if not run.weighted or run.seed == 9]
    assert list(switches.weights(alone)) == []
    assert list(switches.weights([])) == []


def test_the_table_has_a_row_per_cell_with_its_counts_mean_and_deviation() -> None:
    def metrics(cell: Cell, seed: int) -> Metrics:
        if cell == (True, True, False):
            return FALLEN if seed < 3 else STANDING
        return STANDING | {"recall": 0.1 * seed, "roc_auc": 0.7 + 0.01 * seed}

    rows = {
        (row["softmax_twice"], row["frozen_batchnorm"], row["weighted"]): row
        for row in switches.table(switches.runs(readings(metrics)))
    }
    assert set(rows) == set(CELLS)
    own, other = rows[(True, True, False)], rows[(False, True, True)]
    assert (own["n"], own["collapsed"], own["recall/mean"]) == (3, 2, pytest.approx(0.4 / 3))
    assert (other["n"], other["collapsed"]) == (3, 0)
    assert (other["recall/mean"], other["recall/deviation"]) == (pytest.approx(0.2), pytest.approx(0.1))
    assert (other["roc_auc/mean"], other["roc_auc/deviation"]) == (pytest.approx(0.72), pytest.approx(0.01))


def test_the_table_leaves_out_what_was_not_measured_and_one_seed_has_no_deviation() -> None:
    one = {("softmax twice", WEIGHT): {7: Reading(middle={}, end=STANDING)}}
    [row] = switches.table(switches.runs(one))
    assert (row["softmax_twice"], row["frozen_batchnorm"], row["weighted"]) == (True, False, True)
    assert (row["n"], row["recall/mean"], row["recall/deviation"]) == (1, 0.4, None)
