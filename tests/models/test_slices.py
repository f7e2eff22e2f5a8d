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
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.slices import slices

OBJECTIVE = Objective.parse("f1")
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


def found(scored_trial: Make) -> tuple[tuple[Slice, ...], Evidence]:
    data = LABELS, scores(2)
    evidence = Evidence([scored_trial("none", 2, data, data, OBJECTIVE)], OBJECTIVE, slices=table())
    return slices(evidence, 0), evidence


def test_recall_and_positives_are_those_that_a_direct_count_gives(scored_trial: Make) -> None:
    told, evidence = found(scored_trial)
    for each in told:
        inside = ({"colour": COLOUR, "size": SIZE}[each.column] == each.value) & (LABELS == 1)
        called = scores(2).astype(np.float32).astype(float) >= evidence.trials[0].operating.threshold
        assert each.images == inside.sum() and each.metric == "recall"
        assert each.at.value == pytest.approx(called[inside].mean())


def test_the_worst_comes_first_and_values_without_positives_are_left_out(scored_trial: Make) -> None:
    told, _ = found(scored_trial)
    values = [each.at.value for each in told]
    assert values == sorted(values) and len(set(values)) > 2
    assert told[0].value == "red" and told[-1].value == "blue"
    assert {(each.column, each.value) for each in told} == {
        *(("colour", value) for value in ("red", "green", "blue")),
        *(("size", value) for value in ("large", "small")),
    }


def test_the_interval_is_about_that_of_the_count_and_holds_the_recall(scored_trial: Make) -> None:
    told, _ = found(scored_trial)
    for each in told:
        expected = binomtest(round(each.at.value * each.images), each.images).proportion_ci(method="wilson")
        if 0.05 < each.at.value < 0.95:
            assert (each.at.low, each.at.high) == pytest.approx((expected.low, expected.high), abs=0.1)
        assert 0 <= each.at.low <= each.at.value <= each.at.high <= 1 and each.at.low < each.at.high
    large, small = (next(each.at for each in told if each.value == value) for value in ("large", "small"))
    assert large.high - large.low > 1.5 * (small.high - small.low)


def test_a_table_without_columns_has_no_slices(scored_trial: Make) -> None:
    _, evidence = found(scored_trial)
    assert slices(replace(evidence, slices=table()[[]]), 0) == slices(replace(evidence, slices=None), 0) == ()
