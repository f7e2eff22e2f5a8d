"""Holm's adjustment and McNemar's test, against statsmodels, scipy, closed forms and what they promise."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import contingency_tables
from statsmodels.stats.multitest import multipletests

from steelyard.models.statistics.significance import holm, mcnemar

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@settings(max_examples=20)  # statsmodels collects garbage at each call, 50 ms
@given(P_VALUES)
def test_holm_equals_statsmodels(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)


def test_holm_equals_values_worked_by_hand() -> None:
    # Sorted .005 .01 .03 .04 times 4 3 2 1: .02 .03 .06 .04, and the last may not fall below the one before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02], abs=1e-15)


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_equals_statsmodels_and_scipy(b: int, c: int) -> None:
    assert mcnemar(b, c) == pytest.approx(contingency_tables.mcnemar([[7, b], [c, 9]], exact=True).pvalue, abs=1e-12)
    if b + c:
        assert mcnemar(b, c) == pytest.approx(stats.binomtest(b, b + c, 0.5).pvalue, abs=1e-12)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_equals_its_sum_over_coin_throws(b: int, c: int) -> None:
    tail = sum(math.comb(b + c, k) for k in range(min(b, c) + 1))
    assert mcnemar(b, c) == pytest.approx(min(1.0, 2 * tail / 2 ** (b + c)), abs=1e-12)


def test_mcnemar_equals_published_values() -> None:
    assert mcnemar(12, 28) == pytest.approx(0.0165890, abs=1e-7)
    assert mcnemar(0, 0) == 1.0


@given(P_VALUES)
def test_an_adjusted_value_lies_between_its_own_and_one_and_keeps_the_order(p: list[float]) -> None:
    adjusted = holm(p)
    assert all(own <= value <= 1 for own, value in zip(p, adjusted, strict=True))
    order = np.argsort(p)
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)


@given(P_VALUES, st.randoms(use_true_random=False))
def test_the_order_of_the_comparisons_changes_nothing(p: list[float], random: Random) -> None:
    order = list(range(len(p)))
    random.shuffle(order)
    assert holm([p[i] for i in order]) == [holm(p)[i] for i in order]


def test_one_comparison_and_none_need_no_adjustment() -> None:
    assert holm([0.03]) == [0.03]
    assert holm([]) == []


def test_of_ten_true_null_hypotheses_one_is_rejected_in_at_most_5_of_100_tables() -> None:
    p = np.random.default_rng(0).uniform(size=(4000, 10))
    assert 0.04 <= np.mean([min(holm(list(row))) < 0.05 for row in p]) <= 0.055


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_is_the_same_for_the_two_models_swapped(b: int, c: int) -> None:
    assert mcnemar(b, c) == mcnemar(c, b)


@pytest.mark.parametrize("p", [[-0.1, 0.5], [0.5, 1.5], [math.nan]])
def test_what_is_no_probability_is_refused(p: list[float]) -> None:
    with pytest.raises(ValueError, match=r"^p must be in \[0, 1\], got \["):
        holm(p)


@pytest.mark.parametrize(("b", "c"), [(-1, 3), (3, -1)])
def test_what_is_no_count_is_refused(b: int, c: int) -> None:
    with pytest.raises(ValueError, match=rf"^b and c must be counts >= 0, got {b} and {c}$"):
        mcnemar(b, c)
