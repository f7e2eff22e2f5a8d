"""How often the intervals of what two shares give hold the true number: exact, over all pairs of counts."""

from collections.abc import Callable
from functools import partial
from itertools import product

import numpy as np
import pytest
from scipy import stats

from steelyard.models.statistics.combined_intervals import (
    alarms_interval,
    balanced_accuracy_interval,
    precision_interval,
)
from steelyard.models.statistics.intervals import IntervalName, Share

DESIGNS = list(product((50, 400), (100, 2000), (0.5, 0.9, 0.97), (0.01, 0.2)))
"""Positives, negatives, recall and false-positive rate: the corners of the table in combined_intervals.py."""

Interval = Callable[[Share, Share], tuple[float, float]]


def counts(rate: float, n: int) -> list[tuple[Share, float]]:
    """What may be counted at a true rate, and its chance; what is rarer than 1e-6 is left out."""
    chances = stats.binom.pmf(np.arange(n + 1), n, rate)
    return [(Share(k / n, n), float(chance)) for k, chance in enumerate(chances) if chance > 1e-6]


def coverage(interval: Interval, truth: float, design: tuple[int, int, float, float]) -> float:
    positives, negatives, recall, false_positive_rate = design
    chance = 0.0
    for (hits, one), (misfires, other) in product(counts(recall, positives), counts(false_positive_rate, negatives)):
        low, high = interval(hits, misfires)
        chance += one * other * (low <= truth <= high)
    return chance


def coverages(number: str, name: IntervalName, prevalence: float) -> list[float]:
    """One coverage per design."""
    intervals: dict[str, Interval] = {
        "precision": partial(precision_interval, prevalence=prevalence, name=name),
        "alarms": partial(alarms_interval, prevalence=prevalence, name=name),
        "balanced accuracy": partial(balanced_accuracy_interval, name=name),
    }
    found = []
    for design in DESIGNS:
        hits, misfires = prevalence * design[2], (1 - prevalence) * design[3]
        truths = {
            "precision": hits / (hits + misfires),
            "alarms": hits + misfires,
            "balanced accuracy": (design[2] + 1 - design[3]) / 2,
        }
        found.append(coverage(intervals[number], truths[number], design))
    return found


@pytest.mark.parametrize(
    ("number", "prevalence"), [("precision", 0.1), ("alarms", 0.02), ("alarms", 0.5), ("balanced accuracy", 0.5)]
)
@pytest.mark.parametrize(("name", "least"), [("wilson", 0.92), ("clopper_pearson", 0.95)])
def test_an_interval_covers_93_to_98_percent_on_average(
    name: IntervalName, least: float, number: str, prevalence: float
) -> None:
    covered = coverages(number, name, prevalence)
    assert 0.93 <= np.mean(covered) <= 0.98
    assert min(covered) >= least


@pytest.mark.parametrize("prevalence", [0.02, 0.5])
def test_precision_is_covered_alike_at_each_prevalence(prevalence: float) -> None:
    design = (50, 100, 0.9, 0.05)
    truths = {p: p * 0.9 / (p * 0.9 + (1 - p) * 0.05) for p in (prevalence, 0.1)}
    covered = [coverage(partial(precision_interval, prevalence=p), truth, design) for p, truth in truths.items()]
    assert covered[0] == pytest.approx(covered[1], abs=1e-12)


@pytest.mark.parametrize(("name", "least", "most"), [("wilson", 0.85, 0.87), ("clopper_pearson", 0.98, 0.99)])
def test_where_a_false_alarm_is_hardly_expected_only_clopper_pearson_covers_precision(
    name: IntervalName, least: float, most: float
) -> None:
    truth = 0.1 * 0.9 / (0.1 * 0.9 + 0.9 * 0.0017)
    covered = coverage(partial(precision_interval, prevalence=0.1, name=name), truth, (100, 100, 0.9, 0.0017))
    assert least <= covered <= most
