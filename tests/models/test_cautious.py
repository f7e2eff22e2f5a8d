"""The threshold whose interval keeps to a limit on val: against a search over all thresholds in exact numbers."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from steelyard.models.objective import Objective, candidates
from steelyard.models.verdict.feasibility import cautious

Scored = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]
Counts = dict[str, tuple[int, int]]

CONSTRAINED = [
    *("recall @ precision >= 0.6", "precision @ recall >= 0.5", "recall @ false_positive_rate <= 0.3"),
    *("precision @ false_positive_rate <= 0.3", "recall @ alarms <= 400 per 1000"),
    *("recall @ precision >= 0.95", "recall @ alarms <= 30 per 1000"),
]


@st.composite
def scored(draw: st.DrawFn) -> Scored:
    """8 to 60 images, both classes, on a grid."""
    count, rng = draw(st.integers(8, 60)), np.random.default_rng(draw(st.integers(0, 10**6)))
    labels = rng.permutation(np.arange(count) < draw(st.integers(2, count - 2))).astype(np.int64)
    drawn = np.rint(10 * np.clip(rng.normal(0.3 + 0.4 * labels, 0.25), 0, 1)) / 10
    return labels, drawn.astype(np.float32)


def counts(data: Scored, threshold: float) -> Counts:
    """Part and whole of each share that can be constrained."""
    labels, called = data[0], data[1].astype(float) >= threshold
    hits, calls, positives = int(labels[called].sum()), int(called.sum()), int(labels.sum())
    return {
        "recall": (hits, positives),
        "false_positive_rate": (calls - hits, len(labels) - positives),
        "precision": (hits, calls),
        "alarms": (calls, len(labels)),
    }


def share(part: int, whole: int) -> Fraction:
    return Fraction(part, whole) if whole else Fraction(0)


def kept(objective: Objective, part: int, whole: int, name: str) -> float:
    """By how much scipy's interval keeps to the limit; nothing counted can be anything."""
    low, high = binomtest(part, whole).proportion_ci(method=name) if whole else (0.0, 1.0)
    return float(low - objective.limit if objective.at_least else objective.limit - high)


@pytest.mark.parametrize("text", CONSTRAINED)
@settings(max_examples=30)
@given(data=scored(), exact=st.booleans())
def test_the_cautious_threshold_is_that_of_a_search_over_all(text: str, data: Scored, exact: bool) -> None:
    objective, found = Objective.parse(text), []
    name = "exact" if exact else "wilson"
    for threshold in candidates(data[1]):
        at = counts(data, threshold)
        found.append((kept(objective, *at[objective.constraint], name), share(*at[objective.metric]), float(threshold)))
    clear = any(margin >= 0 for margin, _, _ in found)
    most = max(margin for margin, _, _ in found)
    allowed = [of[1:] for of in found if (of[0] >= 0 if clear else of[0] >= most - 1e-12)]
    assert cautious(*data, objective, "clopper_pearson" if exact else "wilson") == (max(allowed)[1], clear)


@pytest.mark.parametrize(("misfires", "negatives"), [(1, 33), (2, 40), (3, 30)])
def test_of_precisions_that_are_equal_but_for_rounding_the_highest_threshold_is_taken(
    misfires: int, negatives: int
) -> None:
    objective = Objective.parse("precision @ false_positive_rate <= 0.5 at prevalence 0.1")
    at = [1, 2, 0, misfires, 2 * misfires, negatives - 3 * misfires]
    scores = np.repeat([0.9, 0.6, 0.1, 0.9, 0.6, 0.1], at).astype(np.float32)
    labels = np.repeat(np.array([1, 0]), [3, negatives])
    threshold, clear = cautious(labels, scores, objective, "wilson")
    assert clear and threshold == pytest.approx(0.75), "at 0.35 recall and false-positive rate are both 3 times as high"
