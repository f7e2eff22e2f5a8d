"""The collapse guard: says in words that a network learned nothing, or was trained in a way that nobody declared."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from steelyard.models.handlings.losses import Loss, loss_of
from steelyard.models.handlings.registry import method_of
from steelyard.models.handlings.weighing import even
from steelyard.models.metrics.metrics import ARGMAX, argmax
from steelyard.models.spec.trial import Handling, Recipe, Trial

NEAR = 0.01
"""A loss that is no further below the constant predictor's than this share of it has learned nothing."""

STILL = 0.05
"""A loss that wanders by no more than this share of itself stands still; augmentation alone moves it by 0.03."""

EPOCHS = 3
"""How many epochs, the last ones, a loss must stand still to be flagged; two where there are no more."""

OUTPUTS, LOG_ODDS = 401, 10.0
"""Constant outputs to try: so many, from minus to plus so much in log-odds, or probabilities in [0, 1]."""

Scores = npt.NDArray[np.floating]


def flags(
    trial: Trial,
    losses: Sequence[float],
    drawn: tuple[int, ...],
    scores: Mapping[str, Scores],
    class_names: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """What is wrong with a trained trial, in words; nothing where it learned.

    Args:
        trial: what was trained.
        losses: ``train/loss`` of each epoch, in nats.
        drawn: images of each class that the last epoch drew.
        scores: part -> (n, K) float in [0, 1], probability of each class.
        class_names: K names, where every class counts.
    """
    if not method_of(trial.handling.name).learns:
        return ()
    together = np.concatenate([scores[part] for part in sorted(scores)])
    two = together.shape[1] == 2
    said = _constant(trial, together[:, 1]) if two else _one_class(together, class_names)
    return tuple(flag for flag in (said, _standing_still(trial, losses, drawn)) if flag)


def undeclared(network: nn.Module, outputs: Tensor, recipe: Recipe) -> tuple[str, ...]:
    """Ways of training that a recipe does not declare, and that cost results in silence.

    Of a network as it is while it learns, by its (n, C) float outputs for the images of an epoch.
    """
    found = []
    if not recipe.frozen_batchnorm and any(isinstance(m, _BatchNorm) and not m.training for m in network.modules()):
        found.append("BatchNorm is in eval mode while training: call train() before each epoch")
    if not recipe.softmax_twice and _are_probabilities(outputs):
        found.append("the network gives probabilities where the loss takes logits: softmax is applied twice")
    return tuple(found)


def constant_loss(handling: Handling, drawn: tuple[int, ...], softmax: bool) -> float:
    """The lowest loss of a predictor that says the same of every image.

    Args:
        handling: gives the loss, its class weights included.
        drawn: images of each class that the loss sees; with two classes both > 0.
        softmax: whether outputs are probabilities that the loss takes for logits.

    Returns:
        In nats; the minimum over ``OUTPUTS`` constants, or, with more than two classes, where a search ends.
    """
    # The loss of one image alone has no weight in it: weights say only how much each class counts.
    evenly = handling.model_copy(update={"class_weights": even(handling.classes)})
    loss = loss_of(evenly, True, torch.device("cpu"))
    counted = np.multiply(drawn, handling.class_weights)
    if handling.classes > 2:
        return _search(loss, torch.from_numpy(counted / counted.sum()), softmax)
    labels = torch.tensor([[0], [1]])
    # A logit adjustment moves the constant that fits by as much as it adds to the logits.
    negative, positive = method_of(handling.name).factor(handling)
    reach = LOG_ODDS + abs(math.log(positive / negative))
    costs = [[float(loss(output[None], label)) for label in labels] for output in _outputs(softmax, reach)]
    return float((np.array(costs) @ counted / counted.sum()).min())


def _search(loss: Loss, shares: Tensor, softmax: bool) -> float:
    """The lowest mean loss of one row of outputs, where class c has the share (K,) of the images."""
    labels = torch.arange(len(shares))

    def cost(point: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        free = torch.tensor(point, requires_grad=True)
        outputs = (free.softmax(0) if softmax else free).float()
        value: Tensor = sum(
            share * loss(outputs[None], label[None]) for share, label in zip(shares, labels, strict=True)
        )
        (slope,) = torch.autograd.grad(value, free)
        return value.item(), slope.double().numpy()

    start = (shares + 1e-3).log().numpy()
    return float(minimize(cost, start, jac=True, method="L-BFGS-B").fun)


def _outputs(softmax: bool, reach: float) -> Tensor:
    """(OUTPUTS, 2) float."""
    positive = torch.linspace(0, 1, OUTPUTS) if softmax else torch.linspace(-reach, reach, OUTPUTS)
    return torch.stack([1 - positive if softmax else torch.zeros(OUTPUTS), positive], dim=1)


def _one_class(together: Scores, class_names: tuple[str, ...]) -> str:
    called = np.unique(argmax(together))
    if len(called) > 1:
        return ""
    name = class_names[called[0]]
    if np.ptp(together, axis=0).max() < 1e-6:
        return f"collapsed: every image gets the same scores and is called {name}"
    return f"at argmax every image is called {name}"


def _constant(trial: Trial, together: Scores) -> str:
    # float32 would round the threshold down to 0.5, and a tie is class 0.
    called = together.astype(np.float64) >= ARGMAX
    if called.any() and not called.all():
        return ""
    positive = trial.partition.positive
    name = positive if called.any() else trial.partition.negative or f"not {positive}"
    if np.ptp(together) < 1e-6:
        return f"collapsed: every image gets the score {together[0]:.3g} and is called {name}"
    return f"at argmax every image is called {name} (scores {together.min():.3g} to {together.max():.3g})"


def _standing_still(trial: Trial, losses: Sequence[float], drawn: tuple[int, ...]) -> str:
    last = losses[trial.handling.begins(len(losses)) :][-EPOCHS:]
    constant = constant_loss(trial.handling, drawn, trial.recipe.softmax_twice)
    still = max(last) - min(last) <= STILL * max(last)
    if len(last) < 2 or not still or min(last) < (1 - NEAR) * constant:
        return ""
    return f"its loss stands still at {last[-1]:.4f}; a constant predictor's is {constant:.4f}"


def _are_probabilities(outputs: Tensor) -> bool:
    inside = bool(((outputs >= 0) & (outputs <= 1)).all())
    # bfloat16 rounds a sum of probabilities by up to a hundredth.
    return inside and bool(((outputs.sum(dim=1) - 1).abs() < 0.02).all())
