"""Intervals of a counted share and of a mean, against scipy and exact coverage."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from models.statistics import Z_95, mean_interval, resolvable, wilson_interval


@given(st.integers(1, 2000), st.floats(0, 1))
def test_wilson_equals_scipy(n: int, share: float) -> None:
    successes = round(share * n)
    theirs = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    assert wilson_interval(successes / n, n) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize(
    ("successes", "n", "expected"), [(700, 1000, (0.6708761, 0.7275932)), (30, 42, (0.5643279, 0.8283298))]
)
def test_wilson_equals_published_values(successes: int, n: int, expected: tuple[float, float]) -> None:
    assert wilson_interval(successes / n, n) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("n", [20, 42, 100, 400, 1000])
def test_wilson_covers_about_95_percent_and_nowhere_less_than_90(n: int) -> None:
    counts = np.arange(n + 1)
    low, high = np.array([wilson_interval(k / n, n) for k in counts]).T
    shares = np.linspace(0.5, 0.99, 99)
    inside = (low <= shares[:, None]) & (shares[:, None] <= high)
    coverage = (stats.binom.pmf(counts, n, shares[:, None]) * inside).sum(axis=1)
    assert 0.94 <= coverage.mean() <= 0.97
    assert coverage.min() >= 0.90


def test_the_quantile_is_that_of_the_normal_distribution() -> None:
    assert abs(Z_95 - stats.norm.ppf(0.975)) < 1e-14


@given(st.floats(0, 1), st.integers(1, 10_000))
def test_the_interval_holds_the_share_and_mirrors(share: float, n: int) -> None:
    low, high = wilson_interval(share, n)
    assert 0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1
    assert wilson_interval(1 - share, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize(("positives", "points"), [(50, 8.5), (100, 6.0), (200, 4.2), (500, 2.6), (1000, 1.9)])
def test_what_positives_resolve_at_recall_nine_tenths(positives: int, points: float) -> None:
    assert round(100 * resolvable(positives), 1) == points


@pytest.mark.parametrize(("share", "n"), [(-0.1, 10), (1.1, 10), (float("nan"), 10), (0.5, 0)])
def test_what_is_no_share_of_a_count_is_refused(share: float, n: int) -> None:
    with pytest.raises(ValueError, match=rf"^share must be in \[0, 1\] and n >= 1, got {share} and {n}$"):
        wilson_interval(share, n)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=12), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_students_interval_equals_scipy(values: list[float], confidence: float) -> None:
    assume(np.std(values) > 1e-6)  # scipy warns of what it loses to rounding.
    theirs = stats.ttest_1samp(values, 0).confidence_interval(confidence)
    assert mean_interval(values, confidence) == pytest.approx((np.mean(values), theirs.low, theirs.high), abs=1e-9)


def test_students_interval_equals_a_published_value() -> None:
    # Student 1908, table of the hours of sleep gained with laevohyoscyamine: mean 2.33, t(9) = 2.262.
    gained = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    assert mean_interval(gained) == pytest.approx((2.33, 0.8976775, 3.7623225), abs=1e-6)


def test_values_that_agree_have_no_width_and_one_value_has_all_of_it() -> None:
    assert mean_interval([0.25, 0.25, 0.25]) == (0.25, 0.25, 0.25)
    assert mean_interval([0.25]) == (0.25, -math.inf, math.inf)


def test_students_interval_holds_the_mean_in_about_95_of_100_samples() -> None:
    samples = np.random.default_rng(0).normal(0.3, 2.0, (2000, 4))
    inside = [low <= 0.3 <= high for _, low, high in map(mean_interval, samples)]
    assert 0.935 <= np.mean(inside) <= 0.965
