"""What a handling did, in numbers: the effective prior and the counts before and after."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.handlings.index_stream import Effect, draw, effective_priors
from steelyard.models.handlings.parse import resolve
from steelyard.models.spec.trial import Handling, Recipe

COUNT, WEIGHT = st.integers(1, 10_000), st.floats(0.01, 0.99)

OF_4800_AND_1200 = {
    "none": 0.2,
    "constant": 0.2,
    "focal": 0.2,
    "mixup": 0.2,
    "downsample": 0.5,
    "upsample": 0.5,
    "balanced": 0.5,
    "effective_number": 0.2618,
    "logit_adjusted": 0.5,
    "logit_adjusted:tau=0.5": 1 / 3,
    "logit_adjusted:tau=2": 0.8,
    "balanced_sampling": 0.5,
    "balanced_sampling:power=0.5": 1 / 3,
    "deferred": 0.5,
    "deferred:by=sampling": 0.5,
}


def weighing(negative: float, positive: float) -> Handling:
    return Handling(name="weights", class_weights=(negative, positive))


@pytest.mark.parametrize(
    ("weights", "expected"), [((0.5, 0.5), 0.2), ((0.15, 0.85), 0.586), ((0.0, 1.0), 1.0), ((0.2, 0.8), 0.5)]
)
def test_the_effective_prior_of_4800_and_1200(weights: tuple[float, float], expected: float) -> None:
    assert effective_priors((4800, 1200), weighing(*weights))[1] == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(("written", "expected"), OF_4800_AND_1200.items())
def test_the_effective_prior_of_each_handling_once_it_has_begun(written: str, expected: float) -> None:
    labels, handling = np.repeat([0, 1], [4800, 1200]), resolve(written, (4800, 1200))
    rows = draw(labels, handling, seed=1, recipe=Recipe(epochs=10))
    found = Effect.of(labels, rows, np.arange(6000), handling).effective_prior
    assert found == pytest.approx(expected, abs=0.015 if handling.numbers.get("sampling_power") else 1e-3)


@given(COUNT, COUNT, WEIGHT, st.floats(0.01, 100))
def test_the_effective_prior_is_blind_to_the_scale_of_weights_and_draws(
    negatives: int, positives: int, weight: float, scale: float
) -> None:
    prior = effective_priors((negatives, positives), weighing(1 - weight, weight))[1]
    scaled = weighing(scale * (1 - weight), scale * weight)
    assert effective_priors((negatives, positives), scaled)[1] == pytest.approx(prior)
    assert effective_priors((3 * negatives, 3 * positives), weighing(1 - weight, weight))[1] == pytest.approx(prior)
    assert 0 <= prior <= 1


@given(COUNT, COUNT, WEIGHT)
def test_even_weights_leave_the_prior_that_is_drawn(negatives: int, positives: int, weight: float) -> None:
    share = positives / (negatives + positives)
    assert effective_priors((negatives, positives), weighing(weight, weight))[1] == pytest.approx(share)


@given(COUNT, COUNT)
def test_a_whole_logit_adjustment_makes_the_prior_even_and_a_neutral_one_leaves_it(
    negatives: int, positives: int
) -> None:
    counts = (negatives, positives)
    assert effective_priors(counts, resolve("logit_adjusted", counts))[1] == pytest.approx(0.5)
    untouched = effective_priors(counts, resolve("logit_adjusted:tau=0", counts))[1]
    assert untouched == pytest.approx(positives / (negatives + positives))


def test_the_effect_counts_a_plan_by_hand() -> None:
    labels = np.array([-1, 0, 0, 0, 1, -1, 1])
    train, rows = np.array([1, 2, 3, 4]), np.array([[1, 4, 4, 4], [2, 4, 1, 4]])
    effect = Effect.of(labels, rows, train, weighing(0.25, 0.75))
    assert effect.before == (3, 1)
    assert effect.after == (1.5, 2.5)
    assert effect.repeats == (0.5, 2.5)
    assert effect.distinct == (2, 1)
    assert effect.effective_prior == pytest.approx(5 * 0.75 / (3 * 0.25 + 5 * 0.75))


def test_the_effective_prior_of_a_deferred_handling_is_that_of_its_late_epochs() -> None:
    labels, rows = np.array([0, 0, 0, 1]), np.array([[0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 3, 3]])
    deferred = Handling(name="deferred", numbers={"sampling_power": 1}, deferred_after=0.75)
    effect = Effect.of(labels, rows, np.arange(4), deferred)
    assert (effect.after, effect.effective_prior) == ((2.75, 1.25), 0.5)


@pytest.mark.parametrize(
    ("name", "after", "distinct"), [("none", (45, 15), (45, 15)), ("downsample", (30, 30), (45, 15))]
)
def test_the_effect_of_a_drawn_plan(name: str, after: tuple[int, int], distinct: tuple[int, int]) -> None:
    labels, handling = np.repeat([0, 1], [45, 15]), Handling(name=name)
    effect = Effect.of(labels, draw(labels, handling, 1, Recipe(epochs=20)), np.arange(60), handling)
    assert (effect.before, effect.after, effect.distinct) == ((45, 15), after, distinct)
    assert effect.effective_prior == after[1] / 60
