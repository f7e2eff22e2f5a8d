"""Student's interval of a mean, against scipy, a published value and its coverage."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from steelyard.models.statistics.intervals import mean_interval


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
