"""One-sided bounds of shares and of their sums, against SciPy, statsmodels, hand-computed values and enumeration."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from steelyard.models.statistics.bounds import (
    Z,
    effective_number,
    lower_bound,
    number_of_called,
    number_of_part,
    sum_bounds,
    upper_bound,
)

Values = npt.NDArray[np.float64]


def of(value: float) -> Values:
    return np.array([value])


@given(st.integers(1, 3000), st.floats(0, 1))
def test_both_bounds_are_the_exact_ones_of_scipy_and_statsmodels(n: int, share: float) -> None:
    hits = round(share * n)
    low, high = lower_bound(of(hits / n), of(n))[0], upper_bound(of(hits / n), of(n))[0]
    assert low == pytest.approx(binomtest(hits, n, alternative="greater").proportion_ci(0.95).low, abs=1e-9)
    assert high == pytest.approx(binomtest(hits, n, alternative="less").proportion_ci(0.95).high, abs=1e-9)
    assert (low, high) == pytest.approx(proportion_confint(hits, n, alpha=0.1, method="beta"), abs=1e-9)


def test_nothing_counted_leaves_everything_open() -> None:
    assert lower_bound(of(0.0), of(0.0)).tolist() == [0.0] and upper_bound(of(0.0), of(0.0)).tolist() == [1.0]


def test_a_sum_is_bounded_as_zou_and_donner_write_it() -> None:
    # L = t - sqrt((p1 - l1)^2 + (u2 - p2)^2) and U = t + sqrt((u1 - p1)^2 + (p2 - l2)^2) of t = p1 - p2.
    found = sum_bounds((of(0.8), of(0.3)), (of(0.6), of(0.2)), (of(0.9), of(0.5)), 1.0, -1.0)
    by_hand = 0.5 - np.sqrt(0.2**2 + 0.2**2), 0.5 + np.sqrt(0.1**2 + 0.1**2)
    assert np.ravel(found) == pytest.approx(by_hand)
    found = sum_bounds((of(0.8), of(0.3)), (of(0.6), of(0.2)), (of(0.9), of(0.5)), 0.5, of(2.0))
    assert np.ravel(found) == pytest.approx([1 - np.sqrt(0.1**2 + 0.2**2), 1 + np.sqrt(0.05**2 + 0.4**2)])


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.floats(0.1, 3))
def test_a_factor_of_zero_leaves_the_bound_of_the_other_share(one: float, other: float, factor: float) -> None:
    shares = of(one), of(other)
    lows, highs = (lower_bound(s, of(40)) for s in shares), (upper_bound(s, of(40)) for s in shares)
    low, high = sum_bounds(shares, tuple(lows), tuple(highs), factor, 0.0)  # type: ignore[arg-type]
    assert low[0] == pytest.approx(factor * lower_bound(of(one), of(40))[0])
    assert high[0] == pytest.approx(factor * upper_bound(of(one), of(40))[0])


@pytest.mark.parametrize(
    ("recall", "wrong", "a", "b"), [(0.7, 0.1, 0.3, -0.7), (0.9, 0.02, 0.05, -0.6), (0.5, 0.5, 1, -1)]
)
def test_the_lower_bound_of_a_sum_exceeds_the_truth_in_about_a_twentieth_of_all_samples(
    recall: float, wrong: float, a: float, b: float
) -> None:
    sizes = 30, 50
    hits, misfires = (np.arange(size + 1) for size in sizes)
    chance = np.outer(binom.pmf(hits, sizes[0], recall), binom.pmf(misfires, sizes[1], wrong)).ravel()
    both = np.meshgrid(hits / sizes[0], misfires / sizes[1], indexing="ij")
    shares = both[0].ravel(), both[1].ravel()
    lows = tuple(lower_bound(s, np.full_like(s, n)) for s, n in zip(shares, sizes, strict=True))
    highs = tuple(upper_bound(s, np.full_like(s, n)) for s, n in zip(shares, sizes, strict=True))
    low, high = sum_bounds(shares, lows, highs, a, b)  # type: ignore[arg-type]
    truth = a * recall + b * wrong
    assert chance[low > truth + 1e-12].sum() <= 0.055
    assert chance[high < truth - 1e-12].sum() <= 0.055


@pytest.fixture
def grouped() -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Positives, whether each image is of a part, and groups of 1 to 6 images, by falling score."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), rng.integers(1, 7, 40))
    order = rng.permutation(len(groups))
    alike = rng.random(40)[groups] + 0.5 * rng.random(len(groups))
    return (alike > 0.8)[order], (rng.random(len(groups)) < 0.6)[order], groups[order]


def by_hand(hits: Values, images: Values) -> float:
    """Korn and Graubard's number from (G,) sums of each group, those without an image of the share left out."""
    there = images > 0
    hits, images = hits[there], images[there]
    count, n, share = len(images), images.sum(), hits.sum() / images.sum()
    variance = np.sum((hits - share * images) ** 2) / n**2 * count / max(1, count - 1)
    if count < 2:
        return min(1.0, n)
    if variance < 1e-15:
        return min(count, n)
    return float(min(n, share * (1 - share) / variance * (Z / student.ppf(0.95, count - 1)) ** 2))


def test_effective_numbers_are_those_of_the_sums_over_the_groups(grouped: tuple[Values, Values, Values]) -> None:
    own, part, groups = grouped
    of_part, of_called = number_of_part(own, part, groups), number_of_called(own, groups)
    whole = np.bincount(groups, part.astype(float))
    for end in range(len(own)):
        called = np.arange(len(own)) <= end
        hits = np.bincount(groups, (own & part & called).astype(float))
        assert of_part[end] == pytest.approx(by_hand(hits, whole), rel=1e-6), end
        found = np.bincount(groups, (own & called).astype(float)), np.bincount(groups, called.astype(float))
        assert of_called[end] == pytest.approx(by_hand(*found), rel=1e-6), end


def test_groups_of_one_image_count_as_images_but_for_students_quantile() -> None:
    rng = np.random.default_rng(1)
    own = rng.random(80) < 0.4
    numbers = number_of_called(own, np.arange(80))
    share = np.cumsum(own) / np.arange(1, 81)
    mixed = (share > 0) & (share < 1)
    n = np.arange(1, 81)[mixed]
    # The variance is share (1 - share) / (n - 1), so the number is n - 1, less what Student's quantile costs.
    expected = (n - 1) * (Z / student.ppf(0.95, n - 1)) ** 2
    assert numbers[mixed] == pytest.approx(np.minimum(n, expected))
    assert numbers[~mixed].tolist() == (np.flatnonzero(~mixed) + 1).tolist()


def test_images_that_are_all_alike_in_a_group_count_once() -> None:
    own, groups = np.repeat(np.tile([True, False], 30), 8), np.repeat(np.arange(60), 8)
    found = number_of_part(own, np.ones(480, bool), groups)[-1]
    assert found == pytest.approx(59 * (Z / student.ppf(0.95, 59)) ** 2)
    assert effective_number(of(1.0), of(0.0), of(80), of(10)).tolist() == [10]
    assert effective_number(of(0.5), of(0.1), of(80), of(1)).tolist() == [1]
