"""What a handling did, in numbers: the effective prior and the counts before and after."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.handlings.effect import Effect
from models.handlings.stream import draw, effective_prior

COUNT, WEIGHT = st.integers(1, 10_000), st.floats(0.01, 0.99)


@pytest.mark.parametrize(
    ("weights", "expected"), [((0.5, 0.5), 0.2), ((0.15, 0.85), 0.586), ((0.0, 1.0), 1.0), ((0.2, 0.8), 0.5)]
)
def test_the_effective_prior_of_4800_and_1200(weights: tuple[float, float], expected: float) -> None:
    assert effective_prior((4800, 1200), weights) == pytest.approx(expected, abs=5e-4)


@given(COUNT, COUNT, WEIGHT, st.floats(0.01, 100))
def test_the_effective_prior_is_blind_to_the_scale_of_weights_and_draws(
    negatives: int, positives: int, weight: float, scale: float
) -> None:
    prior = effective_prior((negatives, positives), (1 - weight, weight))
    assert effective_prior((negatives, positives), (scale * (1 - weight), scale * weight)) == pytest.approx(prior)
    assert effective_prior((3 * negatives, 3 * positives), (1 - weight, weight)) == pytest.approx(prior)
    assert 0 <= prior <= 1


@given(COUNT, COUNT, WEIGHT)
def test_even_weights_leave_the_prior_that_is_drawn(negatives: int, positives: int, weight: float) -> None:
    share = positives / (negatives + positives)
    assert effective_prior((negatives, positives), (weight, weight)) == pytest.approx(share)


def test_the_effect_counts_a_plan_by_hand() -> None:
    labels = np.array([-1, 0, 0, 0, 1, -1, 1])
    train, rows = np.array([1, 2, 3, 4]), np.array([[1, 4, 4, 4], [2, 4, 1, 4]])
    effect = Effect.of(labels, rows, train, (0.25, 0.75))
    assert effect.before == (3, 1)
    assert effect.after == (1.5, 2.5)
    assert effect.repeats == (0.5, 2.5)
    assert effect.distinct == (2, 1)
    assert effect.effective_prior == pytest.approx(5 * 0.75 / (3 * 0.25 + 5 * 0.75))


@pytest.mark.parametrize(
    ("name", "after", "distinct"), [("none", (45, 15), (45, 15)), ("downsample", (30, 30), (45, 15))]
)
def test_the_effect_of_a_drawn_plan(name: str, after: tuple[int, int], distinct: tuple[int, int]) -> None:
    labels = np.repeat([0, 1], [45, 15])
    effect = Effect.of(labels, draw(labels, name, seed=1, epochs=20), np.arange(60), (0.5, 0.5))
    assert (effect.before, effect.after, effect.distinct) == ((45, 15), after, distinct)
    assert effect.effective_prior == after[1] / 60
