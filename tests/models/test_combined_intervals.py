"""Intervals of what two shares give, against statsmodels, a root search, and published values."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from statsmodels.stats.proportion import confint_proportions_2indep

from steelyard.models.statistics.combined_intervals import (
    alarms_interval,
    balanced_accuracy_interval,
    linear_interval,
    precision_interval,
)
from steelyard.models.statistics.intervals import IntervalName, Share

NAMES = pytest.mark.parametrize("name", ["wilson", "clopper_pearson"])
SHARES = st.builds(Share, st.floats(0, 1), st.floats(0.5, 5000))
PREVALENCES = st.floats(0.001, 0.999)
NOTHING = Share(0.0, 0)

Interval = Callable[..., tuple[float, float]]


def counted(successes: int, n: int) -> Share:
    return Share(successes / n, n)


@given(st.integers(1, 300), st.integers(1, 300), st.floats(0, 1), st.floats(0, 1))
def test_a_difference_equals_newcombes_by_statsmodels(n1: int, n2: int, share1: float, share2: float) -> None:
    k1, k2 = round(share1 * n1), round(share2 * n2)
    theirs = confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff")
    assert linear_interval(1, counted(k1, n1), -1, counted(k2, n2)) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (counted(56, 70), counted(48, 80), (0.0524, 0.3339)),
        (counted(9, 10), counted(3, 10), (0.1705, 0.8090)),
        (counted(5, 56), counted(0, 29), (-0.0381, 0.1926)),
        (counted(10, 10), counted(0, 20), (0.6791, 1.0)),
    ],
)
def test_a_difference_equals_newcombes_table(first: Share, second: Share, expected: tuple[float, float]) -> None:
    # Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
    assert linear_interval(1, first, -1, second) == pytest.approx(expected, abs=5e-5)


@NAMES
@given(recall=SHARES, rate=SHARES, prevalence=PREVALENCES)
def test_precision_equals_a_search_for_where_the_contrast_reaches_zero(
    name: IntervalName, recall: Share, rate: Share, prevalence: float
) -> None:
    def bound(b: float, side: int) -> float:
        return linear_interval(prevalence * (1 - b), recall, -b * (1 - prevalence), rate, name)[side]

    found = [
        brentq(bound, 0, 1, (side,), xtol=1e-13) if bound(0, side) > 0 > bound(1, side) else float(side)
        for side in (0, 1)
    ]
    assert precision_interval(recall, rate, prevalence, name) == pytest.approx(found, abs=1e-6)


@NAMES
@given(recall=SHARES, rate=SHARES, prevalence=PREVALENCES, other=PREVALENCES)
def test_another_prevalence_only_rescales_the_odds_of_precision(
    name: IntervalName, recall: Share, rate: Share, prevalence: float, other: float
) -> None:
    ratio = other * (1 - prevalence) / (prevalence * (1 - other))
    rescaled = [b * ratio / (b * ratio + 1 - b) for b in precision_interval(recall, rate, prevalence, name)]
    assert precision_interval(recall, rate, other, name) == pytest.approx(rescaled, abs=1e-9)


@NAMES
@given(recall=SHARES, rate=SHARES, prevalence=PREVALENCES)
def test_each_interval_holds_its_estimate_and_stays_on_the_scale(
    name: IntervalName, recall: Share, rate: Share, prevalence: float
) -> None:
    hits, misfires = prevalence * recall.value, (1 - prevalence) * rate.value
    estimates = [hits / (hits + misfires) if hits else 0.0, hits + misfires, (recall.value + 1 - rate.value) / 2]
    intervals = [
        precision_interval(recall, rate, prevalence, name),
        alarms_interval(recall, rate, prevalence, name),
        balanced_accuracy_interval(recall, rate, name),
    ]
    for estimate, (low, high) in zip(estimates, intervals, strict=True):
        assert 0 <= low <= estimate + 1e-12 and estimate - 1e-12 <= high <= 1


@NAMES
@given(first=SHARES, second=SHARES, a=st.floats(-3, 3), b=st.floats(-3, 3))
def test_signs_and_order_mirror_a_sum(name: IntervalName, first: Share, second: Share, a: float, b: float) -> None:
    low, high = linear_interval(a, first, b, second, name)
    assert linear_interval(b, second, a, first, name) == pytest.approx((low, high), abs=1e-12)
    assert linear_interval(-a, first, -b, second, name) == pytest.approx((-high, -low), abs=1e-12)


@NAMES
@given(first=SHARES, second=SHARES, a=st.floats(-3, 3))
def test_a_weight_of_zero_leaves_the_interval_of_the_other_share(
    name: IntervalName, first: Share, second: Share, a: float
) -> None:
    expected = sorted(a * bound for bound in first.interval(name))
    assert linear_interval(a, first, 0.0, second, name) == pytest.approx(expected, abs=1e-12)


@NAMES
@given(recall=SHARES, rate=SHARES, prevalence=PREVALENCES, factor=st.floats(1.1, 10))
def test_more_images_of_both_kinds_shrink_each_interval(
    name: IntervalName, recall: Share, rate: Share, prevalence: float, factor: float
) -> None:
    more = Share(recall.value, recall.n * factor), Share(rate.value, rate.n * factor)
    for interval in (precision_interval, alarms_interval):
        low, high = interval(recall, rate, prevalence, name)
        inner_low, inner_high = interval(*more, prevalence, name)
        assert low <= inner_low + 1e-9 and inner_high <= high + 1e-9


@NAMES
def test_what_was_never_counted_can_be_anything(name: IntervalName) -> None:
    assert precision_interval(NOTHING, NOTHING, 0.1, name) == (0, 1)
    assert alarms_interval(NOTHING, NOTHING, 0.1, name)[0] == 0
    assert precision_interval(Share(0.9, 100), NOTHING, 0.1, name)[1] == 1
    assert precision_interval(NOTHING, Share(0.1, 100), 0.1, name)[0] == 0


@NAMES
def test_rates_of_0_and_1_leave_precision_open_on_the_side_that_was_not_seen(name: IntervalName) -> None:
    none, every = Share(0.0, 100), Share(1.0, 100)
    assert precision_interval(none, none, 0.1, name) == (0, 1)
    low, high = precision_interval(every, none, 0.1, name)
    assert 0.5 < low < high == 1
    low, high = precision_interval(none, every, 0.1, name)
    assert 0 == low < high < 0.02
    low, high = precision_interval(every, every, 0.1, name)
    assert 0.09 < low < 0.1 < high < 0.11


def test_many_images_leave_the_estimate() -> None:
    recall, rate = Share(0.7, 1e9), Share(0.4, 1e9)
    assert precision_interval(recall, rate, 0.2) == pytest.approx((0.304, 0.304), abs=5e-4)
    assert alarms_interval(recall, rate, 0.2) == pytest.approx((0.46, 0.46), abs=1e-4)
    assert balanced_accuracy_interval(recall, rate) == pytest.approx((0.65, 0.65), abs=1e-4)


@pytest.mark.parametrize("prevalence", [0.0, 1.0, -0.1, float("nan")])
@pytest.mark.parametrize("interval", [precision_interval, alarms_interval])
def test_a_prevalence_that_leaves_no_class_is_refused(interval: Interval, prevalence: float) -> None:
    with pytest.raises(ValueError, match=rf"^prevalence must be in \(0, 1\), got {prevalence}$"):
        interval(Share(0.9, 100), Share(0.1, 100), prevalence)


def test_what_is_no_share_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^share must be in \[0, 1\] and n finite and > 0, got 1.5 and 10$"):
        precision_interval(Share(1.5, 10), Share(0.1, 100), 0.1)
