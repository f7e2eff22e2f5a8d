"""Intervals of a counted share, against scipy, statsmodels, published values and exact coverage."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from steelyard.models.statistics.intervals import (
    Z_95,
    IntervalName,
    Share,
    clopper_pearson_interval,
    share_interval,
    wilson_interval,
)

BOTH = pytest.mark.parametrize("interval", [wilson_interval, clopper_pearson_interval])

Interval = Callable[[float, float], tuple[float, float]]


@pytest.mark.parametrize(
    ("name", "scipys", "theirs"), [("wilson", "wilson", "wilson"), ("clopper_pearson", "exact", "beta")]
)
@given(st.integers(1, 2000), st.floats(0, 1))
def test_an_interval_equals_scipy_and_statsmodels(
    name: IntervalName, scipys: str, theirs: str, n: int, share: float
) -> None:
    successes = round(share * n)
    ours, exact = share_interval(successes / n, n, name), stats.binomtest(successes, n).proportion_ci(0.95, scipys)
    assert ours == pytest.approx((exact.low, exact.high), abs=1e-12)
    assert ours == pytest.approx(proportion_confint(successes, n, 0.05, theirs), abs=1e-12)


@pytest.mark.parametrize(
    ("interval", "successes", "n", "expected"),
    [
        (wilson_interval, 700, 1000, (0.6708761, 0.7275932)),
        (wilson_interval, 30, 42, (0.5643279, 0.8283298)),
        (clopper_pearson_interval, 700, 1000, (0.6705383, 0.7282789)),
        (clopper_pearson_interval, 30, 42, (0.5541612, 0.8428085)),
    ],
)
def test_an_interval_equals_published_values(
    interval: Interval, successes: int, n: int, expected: tuple[float, float]
) -> None:
    assert interval(successes / n, n) == pytest.approx(expected, abs=1e-7)


def coverage(interval: Interval, n: int) -> npt.NDArray[np.float64]:
    """(99,) exact chance, at shares from .5 to .99, that the interval of a binomial count holds the share."""
    counts, shares = np.arange(n + 1), np.linspace(0.5, 0.99, 99)
    low, high = np.array([interval(k / n, n) for k in counts]).T
    inside = (low <= shares[:, None]) & (shares[:, None] <= high)
    return (stats.binom.pmf(counts, n, shares[:, None]) * inside).sum(axis=1)


@pytest.mark.slow
@pytest.mark.parametrize("n", [20, 42, 100, 400, 1000])
def test_wilson_covers_about_95_percent_and_nowhere_less_than_90(n: int) -> None:
    covered = coverage(wilson_interval, n)
    assert 0.94 <= covered.mean() <= 0.97
    assert covered.min() >= 0.90


@pytest.mark.slow
@pytest.mark.parametrize("n", [20, 42, 100, 400, 1000])
def test_clopper_pearson_covers_95_percent_or_more_everywhere(n: int) -> None:
    assert coverage(clopper_pearson_interval, n).min() >= 0.95


def test_the_quantile_is_that_of_the_normal_distribution() -> None:
    assert abs(Z_95 - stats.norm.ppf(0.975)) < 1e-14


@BOTH
def test_no_success_and_no_failure_reach_the_end_of_the_scale(interval: Interval) -> None:
    for n in (0.5, 1, 3, 1000):
        assert interval(0.0, n)[0] == 0 and interval(1.0, n)[1] == 1


def test_without_a_success_clopper_pearson_is_the_closed_form() -> None:
    assert clopper_pearson_interval(0.0, 20) == pytest.approx((0, 1 - 0.025 ** (1 / 20)), abs=1e-12)


@BOTH
@given(share=st.floats(0, 1), n=st.floats(0.01, 10_000))
def test_the_interval_holds_the_share_and_mirrors(interval: Interval, share: float, n: float) -> None:
    low, high = interval(share, n)
    assert 0 <= low <= share <= high <= 1
    assert interval(1 - share, n) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@BOTH
@given(share=st.floats(0, 1), n=st.floats(1, 10_000), factor=st.floats(1.01, 10))
def test_more_images_shrink_the_interval_on_both_sides(
    interval: Interval, share: float, n: float, factor: float
) -> None:
    (low, high), (inner_low, inner_high) = interval(share, n), interval(share, n * factor)
    assert low <= inner_low + 1e-12 and inner_high <= high + 1e-12
    assert inner_high - inner_low < high - low


@BOTH
def test_an_effective_number_of_images_lies_between_its_neighbours(interval: Interval) -> None:
    widths = [high - low for low, high in (interval(0.7, n) for n in (40, 40.5, 41))]
    assert widths[0] > widths[1] > widths[2]


def test_less_confidence_is_a_narrower_interval() -> None:
    theirs = stats.binomtest(30, 42).proportion_ci(0.8, "exact")
    assert clopper_pearson_interval(30 / 42, 42, 0.8) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize("name", ["wilson", "clopper_pearson"])
def test_a_share_of_nothing_can_be_anything(name: IntervalName) -> None:
    assert share_interval(0.0, 0, name) == Share(0.0, 0).interval(name) == (0, 1)


def test_a_share_knows_its_interval() -> None:
    assert Share(0.7, 1000).interval() == wilson_interval(0.7, 1000)
    assert Share(0.7, 1000).interval("clopper_pearson") == clopper_pearson_interval(0.7, 1000)


@BOTH
@pytest.mark.parametrize(
    ("share", "n"), [(-0.1, 10), (1.1, 10), (math.nan, 10), (0.5, 0), (0.5, -1), (0.5, math.inf), (0.5, math.nan)]
)
def test_what_is_no_share_of_a_count_is_refused(interval: Interval, share: float, n: float) -> None:
    with pytest.raises(ValueError, match=rf"^share must be in \[0, 1\] and n finite and > 0, got {share} and {n}$"):
        interval(share, n)


@pytest.mark.parametrize(("share", "n"), [(1.5, 0), (math.nan, 0), (0.5, -1)])
def test_a_named_interval_refuses_the_same(share: float, n: float) -> None:
    with pytest.raises(ValueError, match=rf"got {share} and {n}$"):
        share_interval(share, n, "clopper_pearson")
