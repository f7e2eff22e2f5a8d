"""Holm's adjustment, against statsmodels, scipy, closed forms and what they promise."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from steelyard.models.statistics.significance import holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@settings(max_examples=20)  # statsmodels collects garbage at each call, 50 ms
@given(P_VALUES)
def test_holm_equals_statsmodels(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)


def test_holm_equals_values_worked_by_hand() -> None:
    # Sorted .005 .01 .03 .04 times 4 3 2 1: .02 .03 .06 .04, and the last may not fall below the one before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02], abs=1e-15)


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


@pytest.mark.parametrize("p", [[-0.1, 0.5], [0.5, 1.5], [math.nan]])
def test_what_is_no_probability_is_refused(p: list[float]) -> None:
    with pytest.raises(ValueError, match=r"^p must be in \[0, 1\], got \["):
        holm(p)
