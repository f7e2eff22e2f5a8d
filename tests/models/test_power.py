"""How many images show something, against closed forms and simulation."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from steelyard.models.statistics.intervals import Z_95, IntervalName, share_interval
from steelyard.models.statistics.power import Smallest, area_error, factor_needed, resolvable, smallest_difference
from steelyard.models.statistics.significance import mcnemar

SCORES = pytest.mark.parametrize(
    ("area", "positives", "negatives"), [(0.85, 40, 120), (0.7, 100, 100), (0.95, 30, 300)]
)


@pytest.mark.parametrize(("positives", "points"), [(50, 8.5), (100, 6.0), (200, 4.2), (500, 2.6), (1000, 1.9)])
def test_what_positives_resolve_at_recall_nine_tenths(positives: int, points: float) -> None:
    assert round(100 * resolvable(positives), 1) == points


@given(st.floats(1, 900), st.booleans())
def test_an_interval_that_shrinks_with_the_root_needs_the_square_of_the_factor(needed: float, above: bool) -> None:
    bound = 0.5 + (1 if above else -1) * 0.1 / math.sqrt(needed)
    factor = factor_needed(lambda f: (0.5 - 0.1 / math.sqrt(f), 0.5 + 0.1 / math.sqrt(f)), bound)
    assert factor is not None
    assert needed * (1 - 1e-9) <= factor <= needed * 1.0101


def test_the_factor_has_three_digits_and_is_the_smallest_that_does_it() -> None:
    assert factor_needed(lambda f: (0.5 - 1 / f, 1.0), 0.5 - 1 / 12.34) == 12.4
    assert factor_needed(lambda f: (0.5 - 1 / f, 1.0), 0.5 - 1 / 2.5) == 2.51  # an end of the interval is inside
    assert factor_needed(lambda f: (0.5 - 1 / f, 1.0), 0.5 - 1 / 123.5, largest=123.7) == 123.7


def test_what_lies_outside_needs_no_more_and_what_stays_inside_no_number_is_given_for() -> None:
    assert factor_needed(lambda f: (0.4, 0.6), 0.7) == 1
    assert factor_needed(lambda f: (0.4, 0.6), 0.5) is None
    assert factor_needed(lambda f: (0.5 - 1 / f, 1.0), 0.5 - 1 / 20, largest=10) is None
    assert factor_needed(lambda f: (0.5 - 1 / f, 1.0), 0.5 - 1 / 0.9, largest=1) == 1


def images_needed(share: float, n: float, bound: float, name: IntervalName = "wilson") -> int | None:
    """Images at which the interval of a share no longer contains a bound."""
    factor = factor_needed(lambda factor: share_interval(share, n * factor, name), bound)
    return None if factor is None else math.ceil(round(n * factor, 6))


def test_an_interval_that_widens_again_is_outside_at_the_first_factor_that_does_it() -> None:
    assert factor_needed(lambda f: (0.5, 0.6) if 8 <= f <= 300 else (0.4, 0.6), 0.45) == 8


@pytest.mark.parametrize("name", ["wilson", "clopper_pearson"])
@given(share=st.floats(0.02, 0.98), n=st.integers(20, 500), bound=st.floats(0.01, 0.99))
def test_so_many_images_do_it_and_one_percent_fewer_do_not(
    name: IntervalName, share: float, n: int, bound: float
) -> None:
    needed = images_needed(share, n, bound, name)
    low, high = share_interval(share, 1000 * n if needed is None else needed, name)
    assert (low <= bound <= high) == (needed is None)
    if needed is not None and needed > n:
        low, high = share_interval(share, max(n, needed * 0.99 - 1), name)
        assert low <= bound <= high


def test_wilson_needs_the_images_of_the_score_test() -> None:
    # The bound is outside Wilson's interval where |share - bound| > z sqrt(bound (1 - bound) / n).
    exact = Z_95**2 * 0.7 * 0.3 / 0.05**2
    needed = images_needed(0.75, 100, 0.7)
    assert needed is not None and exact <= needed <= exact * 1.01


def test_a_share_on_its_bound_and_a_share_of_nothing_are_never_told_apart() -> None:
    assert images_needed(0.7, 100, 0.7) is None
    assert images_needed(0.0, 0, 0.7) is None
    assert images_needed(0.9, 200, 0.7) == 200


def test_the_difference_equals_a_value_worked_by_hand() -> None:
    # (1.959964 + .841621) sqrt(2 * .5) sqrt(.9 * .1 / 100) = 2.801585 * .03; for the area Q1 = .739130, Q2 = .781081.
    found = smallest_difference(100, 900)
    assert found.recall == pytest.approx(0.0840476, abs=1e-6)
    variance = (0.85 * 0.15 + 99 * (0.7391304 - 0.7225) + 899 * (0.7810811 - 0.7225)) / 90_000
    assert found.roc_auc == pytest.approx(2.801585 * math.sqrt(variance), abs=1e-6)


@pytest.mark.parametrize(("area", "positives", "negatives"), [(0.85, 40, 120), (0.7, 100, 100), (0.95, 30, 300)])
def test_the_error_of_an_area_is_its_deviation_over_exponential_scores(
    area: float, positives: int, negatives: int
) -> None:
    # P(X > Y) is the area where the mean of X is area / (1 - area) and that of Y is 1.
    random = np.random.default_rng(0)
    high = random.exponential(area / (1 - area), (2000, positives, 1))
    areas = [np.mean(x > random.exponential(1.0, negatives)) for x in high]
    assert np.mean(areas) == pytest.approx(area, abs=0.005)
    assert np.std(areas) == pytest.approx(area_error(area, positives, negatives), rel=0.05)


def hits(recalls: tuple[float, float], correlation: float, n: int) -> npt.NDArray[np.int64]:
    """(4000, 4) counts of positives that both models, only the first, only the second and neither find."""
    first, second = recalls
    both = first * second + correlation * math.sqrt(first * (1 - first) * second * (1 - second))
    shares = [both, first - both, second - both, 1 - first - second + both]
    return np.random.default_rng(1).multinomial(n, shares, 4000)


@pytest.mark.parametrize(("correlation", "comparisons"), [(0.5, 1), (0.5, 6), (0.2, 3)])
def test_the_difference_is_shown_in_75_to_85_of_100_samples(correlation: float, comparisons: int) -> None:
    n, level = 600, 0.05 / comparisons
    half = smallest_difference(n, n, comparisons, correlation=correlation).recall / 2
    _, b, c, _ = hits((0.9 + half, 0.9 - half), correlation, n).T
    error = np.sqrt(b + c - (b - c) ** 2 / n)
    assert 0.75 <= np.mean(np.abs(b - c) / error > stats.norm.ppf(1 - level / 2)) <= 0.85
    exact = np.mean([mcnemar(int(first), int(second)) <= level for first, second in zip(b, c, strict=True)])
    assert 0.72 <= exact <= 0.85


def test_more_images_and_more_agreement_show_less_and_more_comparisons_need_more() -> None:
    usual = smallest_difference(100, 900)
    assert smallest_difference(400, 3600).recall == pytest.approx(usual.recall / 2, abs=1e-12)
    assert smallest_difference(100, 900, correlation=0.9).roc_auc < usual.roc_auc
    assert smallest_difference(100, 900, comparisons=10).roc_auc > usual.roc_auc
    assert smallest_difference(100, 9000).recall == usual.recall
    assert smallest_difference(100, 900, recall=0.5, area=0.6).recall > usual.recall
    assert isinstance(usual, Smallest)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"positives": 0}, r"positives must be >= 1, got 0"),
        ({"negatives": 0}, r"negatives must be >= 1, got 0"),
        ({"comparisons": 0}, r"comparisons must be >= 1, got 0"),
        ({"power": 1.0}, r"power must be in \[0.5, 1\), got 1.0"),
        ({"alpha": 0.0}, r"alpha must be in \(0, 1\), got 0.0"),
        ({"correlation": 1.0}, r"correlation must be in \[-1, 1\), got 1.0"),
        ({"recall": 1.0}, r"recall must be in \(0, 1\), got 1.0"),
        ({"area": math.nan}, r"area must be in \(0, 1\), got nan"),
    ],
)
def test_what_is_no_design_is_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        smallest_difference(**{"positives": 100, "negatives": 900} | wrong)


@pytest.mark.parametrize("largest", [0.5, math.inf, math.nan])
def test_a_largest_factor_that_is_no_growth_is_refused(largest: float) -> None:
    with pytest.raises(ValueError, match=rf"^largest must be finite and >= 1, got {largest}$"):
        factor_needed(lambda f: (0.4, 0.6), 0.5, largest)
