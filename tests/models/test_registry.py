"""The contract of an entry of the registry: its loss, its factors of the prior, its draws, its misfit, its numbers."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import torch
from scipy.special import log_softmax

from steelyard.models.handlings.index_stream import effective_priors
from steelyard.models.handlings.losses import loss_of
from steelyard.models.handlings.parse import resolve
from steelyard.models.handlings.registry import METHODS, parameters_known
from steelyard.models.spec.trial import Handling

Values = npt.NDArray[np.float64]

COUNTS = (120, 60, 20)
SHARES = np.array(COUNTS) / sum(COUNTS)
EVERY = pytest.mark.parametrize("name", METHODS)
CPU = torch.device("cpu")


def picked(log_odds: Values, labels: npt.NDArray[np.int64]) -> Values:
    return -log_softmax(log_odds, axis=1)[np.arange(len(labels)), labels]


def plain(logits: Values, labels: npt.NDArray[np.int64]) -> Values:
    return picked(logits, labels)


OF_ONE_IMAGE: dict[str, Callable[[Values, npt.NDArray[np.int64]], Values]] = {
    "focal": lambda logits, labels: (1 - np.exp(-picked(logits, labels))) ** 2 * picked(logits, labels),
    "logit_adjusted": lambda logits, labels: picked(logits + np.log(SHARES), labels),
}
"""Losses at default options but for the class weights, as their papers have them; cross-entropy for all others."""


@EVERY
@pytest.mark.parametrize("weighted", [False, True])
def test_a_loss_is_the_weighted_mean_of_what_its_paper_says_of_an_image(name: str, weighted: bool) -> None:
    handling, rng = resolve(name, COUNTS), np.random.default_rng(0)
    logits, labels = 2 * rng.standard_normal((30, 3)), np.arange(30) % 3
    weights = np.array(handling.class_weights if weighted else (1, 1, 1))[labels]
    expected = np.average(OF_ONE_IMAGE.get(name, plain)(logits, labels), weights=weights)
    found = loss_of(handling, weighted, CPU)(torch.from_numpy(logits).float(), torch.from_numpy(labels))
    assert float(found) == pytest.approx(expected, rel=1e-5)


def best_constant(handling: Handling, drawn: tuple[int, ...]) -> Values:
    """Shares that a predictor gives to the classes which says the same of every image and has the lowest loss."""
    loss, point = loss_of(handling, True, CPU), torch.zeros(3, requires_grad=True)
    labels = torch.repeat_interleave(torch.arange(3), torch.tensor(drawn))
    optimiser = torch.optim.LBFGS([point], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        value = loss(point.expand(len(labels), 3), labels)
        value.backward()
        return value

    optimiser.step(closure)
    return point.detach().softmax(0).double().numpy()


@EVERY
def test_a_loss_teaches_the_prior_that_its_factors_say_or_says_why_not(name: str) -> None:
    """Minimised over constants, a loss whose scores are a posterior gives the prior that it saw."""
    handling = resolve(name, COUNTS)
    as_told = best_constant(handling, COUNTS) == pytest.approx(effective_priors(COUNTS, handling), abs=1e-3)
    assert as_told or METHODS[name].misfit
    if METHODS[name].loss:
        assert as_told == (METHODS[name].misfit == "")


@EVERY
def test_draws_come_on_average_to_the_class_weights_that_they_state(name: str) -> None:
    handling, labels = resolve(name, COUNTS), np.repeat([0, 1, 2], COUNTS)
    if selection := METHODS[name].selection(handling):
        rng = np.random.default_rng(0)
        drawn = np.bincount(labels[np.concatenate([selection.rows(labels, rng) for _ in range(200)])])
        expected = np.multiply(COUNTS, selection.weights(COUNTS))
        assert drawn / drawn.sum() == pytest.approx(expected / expected.sum(), abs=0.01)


def test_a_number_has_one_parameter_and_one_method_that_takes_it() -> None:
    assert max(Counter(parameters_known()).values()) == 1
    for name, method in METHODS.items():
        assert set(resolve(name, COUNTS).numbers) <= {*parameters_known()}
        if not method.resolve:
            defaults = {option.parameter: option.default for option in method.options.values()}
            assert resolve(name, COUNTS).numbers == defaults and "" not in defaults
