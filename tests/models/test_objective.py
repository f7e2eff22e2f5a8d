"""Every form of objective: its threshold is the one that an exact search over all thresholds finds."""

import itertools
import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.metrics import metrics
from steelyard.models.objective import Objective, candidates
from steelyard.models.objective.threshold_choice import best_threshold

FORMS = [
    *("recall @ precision >= 0.7", "recall @ precision >= 0.25"),
    *("recall @ false_positive_rate <= 0.1", "recall @ alarms <= 250 per 1000", "recall @ alarms <= 30 per 1000"),
    *("precision @ recall >= 0.5", "precision @ recall >= 0.95"),
    *("precision @ false_positive_rate <= 0.1", "precision @ alarms <= 250 per 1000", "precision @ f1 >= 0.5"),
    *("recall @ accuracy >= 0.8", "recall @ balanced_accuracy >= 0.75", "recall @ f1 >= 0.6"),
    *("recall @ fbeta 2 >= 0.6", "recall @ cost fn=10 fp=1 <= 0.5"),
    *("recall", "f1", "fbeta 2", "fbeta 0.5", "balanced_accuracy", "average_precision"),
    *("cost fn=10 fp=1", "cost fn=1 fp=4", "cost fn=0.25 fp=0.125"),
]
EVERYWHERE = [form + where for form in FORMS for where in ("", *(f" at prevalence {p}" for p in (0.05, 0.3, 0.5)))]
NOWHERE = 0.123

Scored = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]
Exact = dict[str, Fraction]


@st.composite
def scored(draw: st.DrawFn) -> Scored:
    """Up to 24 labelled scores, both classes, with many ties, ends and neighbours one ulp apart."""
    ulp = float(np.nextafter(np.float32(0.4), np.float32(1)))
    few = st.sampled_from([0.0, 0.25, float(np.float32(0.4)), ulp, 0.5, 0.75, 1.0])
    score = st.one_of(few, st.floats(0, 1, width=32))
    rows = draw(st.lists(st.tuples(st.integers(0, 1), score), min_size=0, max_size=22))
    rows += [(0, draw(score)), (1, draw(score))]
    return np.array([label for label, _ in rows]), np.array([value for _, value in rows], dtype=np.float32)


def exact(number: float) -> Fraction:
    """The decimal that was written, not the binary number next to it."""
    return Fraction(str(number))


def at(data: Scored, threshold: float, objective: Objective) -> Exact:
    """Metrics of one threshold, counted image by image; each weighs what makes positives the stated share."""
    labels, scores = data
    count = {1: int((labels == 1).sum()), 0: int((labels == 0).sum())}
    share = Fraction(count[1], len(labels)) if objective.prevalence is None else exact(objective.prevalence)
    called = [int(label) for label, score in zip(labels, scores, strict=True) if float(score) >= threshold]
    recall, false_alarms = (Fraction(called.count(label), count[label]) for label in (1, 0))
    hits, wrong = share * recall, (1 - share) * false_alarms
    square, costs = exact(objective.beta) ** 2, (objective.false_negative_cost, objective.false_positive_cost)
    precision = hits / (hits + wrong) if called else Fraction(0)
    return {
        "recall": recall,
        "false_positive_rate": false_alarms,
        "precision": precision,
        "alarms": hits + wrong,
        "accuracy": hits + (1 - share) - wrong,
        "f1": 2 * precision * recall / (precision + recall) if recall else Fraction(0),
        "fbeta": (1 + square) * precision * recall / (square * precision + recall) if recall else Fraction(0),
        "balanced_accuracy": (recall + 1 - false_alarms) / 2,
        "cost": (share - hits) * exact(costs[0]) + wrong * exact(costs[1]),
    }


def violation(objective: Objective, found: Exact) -> Fraction:
    """How far the bound is missed; 0 where it is met."""
    if not objective.constraint:
        return Fraction(0)
    bound = exact(objective.bound) / (1000 if objective.constraint == "alarms" else 1)
    short = bound - found[objective.constraint]
    missed = max(Fraction(0), short if objective.at_least else -short)
    return missed / (1 + missed) if objective.constraint == "cost" else missed


def average_precision(data: Scored, objective: Objective) -> Fraction:
    """Recall from one score to the next lower, times the precision there, summed."""
    steps = [at(data, score, objective) for score in sorted({float(score) for score in data[1]}, reverse=True)]
    recalls = [Fraction(0), *(step["recall"] for step in steps)]
    gains = [high - low for low, high in itertools.pairwise(recalls)]
    return sum((gain * step["precision"] for gain, step in zip(gains, steps, strict=True)), Fraction(0))


def every_threshold(scores: npt.NDArray[np.floating]) -> list[float]:
    ordered = sorted({float(score) for score in scores})
    return [0.0, *((low + high) / 2 for low, high in itertools.pairwise(ordered)), math.nextafter(1, 2)]


@pytest.mark.parametrize("text", EVERYWHERE)
@given(data=scored())
def test_the_choice_is_that_of_an_exact_search_over_all_thresholds(text: str, data: Scored) -> None:
    objective = Objective.parse(text)
    found = best_threshold(objective, *data, fallback=NOWHERE)
    everything = {threshold: at(data, threshold, objective) for threshold in every_threshold(data[1])}
    feasible = {one: values for one, values in everything.items() if not violation(objective, values)}
    assert found.feasible == bool(feasible)
    if not feasible:
        smallest = min(violation(objective, values) for values in everything.values())
        there = at(data, NOWHERE, objective)[objective.metric]
        assert (found.threshold, found.value) == (NOWHERE, pytest.approx(float(there)))
        assert found.rank == pytest.approx(-float(smallest))
        return
    metric = "f1" if objective.metric == "average_precision" else objective.metric
    sign = -1 if metric == "cost" else 1
    best, threshold = max((sign * values[metric], one) for one, values in feasible.items())
    value = average_precision(data, objective) if objective.metric == "average_precision" else sign * best
    assert found.threshold == threshold, "of equals the highest"
    assert found.value == pytest.approx(float(value), rel=1e-12, abs=1e-15)
    assert found.rank == pytest.approx(float(1 / (1 + value) if metric == "cost" else value), rel=1e-12)


@pytest.mark.parametrize("text", [text for text in FORMS if Objective.parse(text).metric in ("recall", "f1")])
@given(data=scored())
def test_the_threshold_gives_exactly_the_value_it_promises(text: str, data: Scored) -> None:
    objective = Objective.parse(text)
    choice = best_threshold(objective, *data, fallback=metrics.ARGMAX)
    assert metrics.at_threshold(*data, choice.threshold)[objective.metric] == choice.value


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@given(data=scored())
def test_candidates_are_both_ends_and_between_all_neighbours(kind: Callable[..., np.floating], data: Scored) -> None:
    scores = data[1].astype(kind)
    thresholds = candidates(scores)
    calls = [int((scores.astype(np.float64) >= threshold).sum()) for threshold in thresholds]
    assert thresholds.tolist() == every_threshold(scores)
    assert len(set(calls)) == len(calls) == len(np.unique(scores)) + 1
    assert (calls[0], calls[-1]) == (len(scores), 0)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_scores_one_ulp_apart_are_told_apart(kind: type[np.floating]) -> None:
    for low in np.linspace(0.3, 0.9, 50).astype(kind):
        scores, labels = np.array([low, np.nextafter(low, kind(1))]), np.array([0, 1])
        choice = best_threshold(Objective.parse("recall @ precision >= 0.9"), labels, scores, NOWHERE)
        assert (choice.value, metrics.at_threshold(labels, scores, choice.threshold)["precision"]) == (1.0, 1.0)
