"""Class weights from class counts, against scikit-learn and the figures of Cui et al. 2019."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from steelyard.models.handlings.parse import resolve
from steelyard.models.handlings.weighing import by_effective_number, weight, weighted

COUNT = st.integers(1, 10_000)
CIFAR10_LT = (5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50)
CLASS_BALANCED = (0.1812, 0.1894, 0.2157, 0.2729, 0.3785, 0.5606, 0.8688, 1.3862, 2.2584, 3.6883)
"""Weights of the ten classes at beta 0.999, normalised to sum 10."""


@given(COUNT, COUNT)
def test_balanced_equals_scikit_learn(negatives: int, positives: int) -> None:
    theirs = compute_class_weight("balanced", classes=np.array([0, 1]), y=np.repeat([0, 1], [negatives, positives]))
    found = resolve("balanced", (negatives, positives)).class_weights
    np.testing.assert_allclose(found, theirs / theirs.sum(), atol=1e-6)


@pytest.mark.parametrize(("beta", "expected"), [(0.999, (0.8268, 1.1732)), (0.9999, (0.4575, 1.5425))])
def test_effective_numbers_of_4800_and_1200(beta: float, expected: tuple[float, float]) -> None:
    found = resolve(f"effective_number:beta={beta}", (4800, 1200)).class_weights
    assert np.multiply(2, found) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("pair", list(combinations(range(10), 2)), ids=str)
def test_effective_numbers_weigh_any_two_classes_of_cifar10_lt_as_published(pair: tuple[int, int]) -> None:
    large, small = (CLASS_BALANCED[of] for of in pair)
    found = by_effective_number((CIFAR10_LT[pair[0]], CIFAR10_LT[pair[1]]), 0.999).class_weights[1]
    assert found == pytest.approx(small / (large + small), abs=2e-4)


@given(COUNT, COUNT, st.floats(0.001, 0.9999))
def test_effective_numbers_follow_the_formula(negatives: int, positives: int, beta: float) -> None:
    weights = (1 - beta) / (1 - beta ** np.array([negatives, positives], dtype=float))
    assert by_effective_number((negatives, positives), beta).class_weights[1] == pytest.approx(
        weights[1] / weights.sum(), abs=1e-5
    )


@given(COUNT, COUNT)
def test_towards_beta_0_effective_numbers_are_uniform_and_towards_1_inverse_frequency(
    negatives: int, positives: int
) -> None:
    assert by_effective_number((negatives, positives), 0).class_weights[1] == 0.5
    assert by_effective_number((negatives, positives), 1e-9).class_weights[1] == pytest.approx(0.5, abs=1e-6)
    inverse = negatives / (negatives + positives)
    assert by_effective_number((negatives, positives), 1 - 1e-9).class_weights[1] == pytest.approx(inverse, abs=2e-5)


@given(st.floats(1e-12, 1e12))
def test_however_lopsided_the_odds_both_classes_keep_a_weight(odds: float) -> None:
    found = weighted(weight(odds))
    assert min(found.class_weights) > 0 and sum(found.class_weights) == pytest.approx(1, abs=1e-12)


def test_a_weight_of_one_leaves_none_for_the_other_class() -> None:
    assert weighted(1.0).class_weights == (0.0, 1.0)
