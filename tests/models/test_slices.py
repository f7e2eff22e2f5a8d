"""Recall within slices of the images: counted directly, worst first, with an interval that holds it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_verdict import Slice
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.one_class_metrics import Point
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.slices import slices

OBJECTIVE = Objective.parse("f1")
CELL = ("none", 0.5)
LABELS = np.repeat(np.array([1, 0]), [60, 140])
COLOUR = np.array(["red", "green", "blue", "green"] * 50)
SIZE = np.where(np.arange(200) % 7 == 0, "large", "small")
COLOUR[LABELS == 0] = np.where(np.arange(140) % 2, "grey", "green")
"""No positive is grey."""

Make = Callable[..., ScoredTrial]


def scores(seed: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Red positives are hardly ever found, blue ones always."""
    harder = np.select([COLOUR == "red", COLOUR == "blue"], [0.35, -0.9], 0.0) * LABELS
    drawn = np.random.default_rng(seed).normal(0.35 + 0.4 * LABELS - harder, 0.12)
    return np.where((COLOUR == "blue") & (LABELS == 1), 0.99, np.clip(drawn, 0, 0.98))


def table() -> pd.DataFrame:
    """Of test, and of images that are in no part, in another order than the scores."""
    ids = [f"test/{number:05}" for number in range(200)]
    found = pd.DataFrame({"colour": COLOUR, "size": SIZE}, index=ids)
    others = pd.DataFrame({"colour": "black", "size": "tiny"}, index=["train/1", "train/2"])
    return pd.concat([found, others]).sample(frac=1, random_state=0)


def found(scored_trial: Make, seeds: tuple[int, ...] = (1, 2, 3)) -> tuple[tuple[Slice, ...], Evidence]:
    data = {seed: (LABELS, scores(seed)) for seed in seeds}
    trials = [scored_trial("none", seed, data[seed], data[seed], OBJECTIVE) for seed in seeds]
    evidence = Evidence(trials, OBJECTIVE, samples=200, slices=table())
    return slices(evidence, CELL, Point.of_each(evidence, "operating")[CELL].spreads["recall"]), evidence


def test_recall_and_positives_are_those_that_a_direct_count_gives(scored_trial: Make) -> None:
    told, evidence = found(scored_trial)
    for each in told:
        inside = ({"colour": COLOUR, "size": SIZE}[each.column] == each.value) & (LABELS == 1)
        recalls = [
            float((scores(seed).astype(np.float32)[inside].astype(float) >= one.operating.threshold).mean())
            for seed, one in zip((1, 2, 3), evidence.trials, strict=True)
        ]
        assert each.images == inside.sum()
        assert each.at.value == pytest.approx(np.mean(recalls))
        assert each.at.deviation == pytest.approx(np.std(recalls, ddof=1))
        assert each.at.seeds == 3


def test_the_worst_comes_first_and_values_without_positives_are_left_out(scored_trial: Make) -> None:
    told, _ = found(scored_trial)
    values = [each.at.value for each in told]
    assert values == sorted(values) and len(set(values)) > 2
    assert told[0].value == "red" and told[-1].value == "blue"
    assert {(each.column, each.value) for each in told} == {
        *(("colour", value) for value in ("red", "green", "blue")),
        *(("size", value) for value in ("large", "small")),
    }


def test_the_slices_of_a_column_hold_all_positives_and_their_mean_is_the_recall(scored_trial: Make) -> None:
    told, evidence = found(scored_trial)
    overall = Point.of_each(evidence, "operating")[CELL].estimate("recall").value
    for column in ("colour", "size"):
        of_column = [each for each in told if each.column == column]
        assert sum(each.images for each in of_column) == 60
        weighed = sum(each.images * each.at.value for each in of_column) / 60
        assert weighed == pytest.approx(overall)


def test_one_seed_has_the_interval_of_its_count(scored_trial: Make) -> None:
    told, _ = found(scored_trial, seeds=(2,))
    for each in told:
        hits = round(each.at.value * each.images)
        expected = binomtest(hits, each.images).proportion_ci(method="wilson")
        assert (each.at.low, each.at.high) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_the_interval_holds_the_recall_and_is_wider_the_fewer_positives_there_are(scored_trial: Make) -> None:
    told, _ = found(scored_trial)
    for each in told:
        assert 0 <= each.at.low <= each.at.value <= each.at.high <= 1
        assert each.at.low < each.at.high
    large, small = (next(each.at for each in told if each.value == value) for value in ("large", "small"))
    assert large.high - large.low > 1.5 * (small.high - small.low)


def test_a_table_without_columns_has_no_slices(scored_trial: Make) -> None:
    data = (LABELS, scores(1))
    evidence = Evidence([scored_trial("none", 1, data, data, OBJECTIVE)], OBJECTIVE, samples=50)
    point = Point.of_each(evidence, "operating")[CELL]
    assert slices(replace(evidence, slices=table()[[]]), CELL, point.spreads["recall"]) == ()
