"""The lowest loss of a constant predictor, against closed forms and a search without a grid."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from sklearn.dummy import DummyClassifier
from sklearn.metrics import log_loss
from torchvision.ops import sigmoid_focal_loss

from steelyard.models.handlings.index_stream import effective_priors
from steelyard.models.handlings.parse import resolve
from steelyard.models.spec.trial import Handling
from steelyard.models.train.collapse import constant_loss

NONE = Handling(name="none")
DRAWN = st.tuples(st.integers(1, 1000), st.integers(1, 1000))
TUTORIAL = (4800, 1200)
GRID = 1e-4
"""What a grid of 401 constants may lie above the minimum, in nats."""


def weighing(positive: float) -> Handling:
    return Handling(name="weights", class_weights=(1 - positive, positive))


def entropy(share: float) -> float:
    return -share * math.log(share) - (1 - share) * math.log(1 - share)


@given(DRAWN)
def test_of_plain_cross_entropy_it_is_the_entropy_of_what_was_drawn(drawn: tuple[int, int]) -> None:
    found = constant_loss(NONE, drawn, softmax=False)
    assert found == pytest.approx(entropy(drawn[1] / sum(drawn)), abs=GRID)


def test_it_is_the_loss_of_scikit_learns_dummy() -> None:
    labels = np.repeat([0, 1], TUTORIAL)
    dummy = DummyClassifier(strategy="prior").fit(labels[:, None], labels)
    expected = log_loss(labels, dummy.predict_proba(labels[:, None]))
    assert constant_loss(NONE, TUTORIAL, softmax=False) == pytest.approx(expected, abs=GRID)


@given(DRAWN, st.floats(0.05, 0.95))
def test_with_weights_it_is_the_entropy_of_the_effective_prior(drawn: tuple[int, int], positive: float) -> None:
    prior = effective_priors(drawn, weighing(positive))[1]
    assert constant_loss(weighing(positive), drawn, softmax=False) == pytest.approx(entropy(prior), abs=GRID)


@pytest.mark.parametrize("drawn", [(4800, 1200), (30, 570)])
def test_with_balanced_weights_it_is_the_logarithm_of_two(drawn: tuple[int, int]) -> None:
    for softmax in (False, True):
        found = constant_loss(resolve("balanced", drawn), drawn, softmax)
        assert found == pytest.approx(math.log(2), abs=GRID)


def test_where_only_one_class_has_a_weight_it_is_nothing() -> None:
    assert constant_loss(weighing(1), TUTORIAL, softmax=False) == pytest.approx(0, abs=GRID)
    assert constant_loss(weighing(1), TUTORIAL, softmax=True) == pytest.approx(math.log1p(math.exp(-1)), abs=1e-6)


def test_with_softmax_twice_at_a_fifth_it_is_where_the_tutorials_loss_stood() -> None:
    closed = 0.8 * math.log1p(math.exp(-1)) + 0.2 * math.log1p(math.e)
    found = constant_loss(NONE, TUTORIAL, softmax=True)
    assert found == pytest.approx(closed, abs=1e-6)
    assert 0.5131 <= found <= 0.5133


@given(DRAWN, st.floats(0.05, 0.95))
def test_with_softmax_twice_it_is_the_lowest_over_all_probabilities(drawn: tuple[int, int], positive: float) -> None:
    prior = effective_priors(drawn, weighing(positive))[1]

    def loss(p: float) -> float:
        return (1 - prior) * math.log1p(math.exp(2 * p - 1)) + prior * math.log1p(math.exp(1 - 2 * p))

    lowest = min(minimize_scalar(loss, bounds=(0, 1), method="bounded", options={"xatol": 1e-9}).fun, loss(0), loss(1))
    assert constant_loss(weighing(positive), drawn, softmax=True) == pytest.approx(lowest, abs=GRID)


@given(DRAWN, st.sampled_from([0.5, 1.0, 2.0, 5.0]), st.floats(0.05, 0.95))
def test_of_the_focal_loss_it_is_the_lowest_over_all_log_odds(
    drawn: tuple[int, int], gamma: float, positive: float
) -> None:
    handling = weighing(positive).model_copy(update={"name": "focal", "numbers": {"focal_gamma": gamma}})
    prior = effective_priors(drawn, handling)[1]
    x = torch.linspace(-10, 10, 20_001, dtype=torch.float64)
    costs = [sigmoid_focal_loss(x, torch.full_like(x, label), alpha=-1, gamma=gamma) for label in (0, 1)]
    lowest = float(((1 - prior) * costs[0] + prior * costs[1]).min())
    assert constant_loss(handling, drawn, softmax=False) == pytest.approx(lowest, abs=2 * GRID)


@pytest.mark.parametrize("tau", [0.5, 1, 2, 3])
@pytest.mark.parametrize("drawn", [(4800, 1200), (500, 500), (100, 900)])
def test_a_logit_adjustment_moves_the_constant_and_not_its_loss(drawn: tuple[int, int], tau: float) -> None:
    found = constant_loss(resolve(f"logit_adjusted:tau={tau}", drawn), drawn, softmax=False)
    assert found == pytest.approx(entropy(drawn[1] / sum(drawn)), abs=GRID)


@given(DRAWN, st.floats(0.05, 0.95), st.integers(2, 50))
def test_it_is_blind_to_how_often_the_stream_is_repeated(drawn: tuple[int, int], positive: float, times: int) -> None:
    repeated = (times * drawn[0], times * drawn[1])
    found = constant_loss(weighing(positive), repeated, softmax=False)
    assert found == pytest.approx(constant_loss(weighing(positive), drawn, softmax=False))
