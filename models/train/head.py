"""A linear head on features: how it is penalised, and how one of a fixed loss is solved."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from steelyard.models.handlings.losses import loss_of
from steelyard.models.handlings.registry import method_of
from steelyard.models.handlings.weighing import even
from steelyard.models.spec.trial import Handling
from steelyard.models.train.principal_axes import Basis
from steelyard.models.train.solver import Solution, held_out_losses, solve

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Of the penalty, half a decade apart: among them the best of six sets of images, unweighted and balanced."""

STOPS = (1, 4, 16, 64)
"""Iterations of the solver after which it is told where a head stands."""


class Head(nn.Module):
    """A linear layer on features that are brought to one scale, each layer of the backbone with an equal say.

    Attributes:
        basis: train.
        strength: of the penalty.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, basis: Basis, classes: int, strength: float) -> None:
        """A head of zeros, which says the same of every image; ``classes`` is K."""
        super().__init__()
        self.basis, self.strength = basis, strength
        self.register_buffer("mean", basis.axes.mean)
        self.register_buffer("scale", basis.axes.scale)
        self.linear = nn.Linear(len(basis.axes.mean), classes)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, features: Tensor) -> Tensor:
        """(N, D) float -> (N, K) logits."""
        # Scaled are the weights, not the features, which are many; a feature that is constant in train stays 0 to both.
        return F.linear(features - self.mean, self.linear.weight / self.scale, self.linear.bias)

    def take(self, weights: Tensor, biases: Tensor) -> None:
        """Become a solution (r, K), (K,)."""
        with torch.no_grad():
            self.linear.weight.copy_((self.basis.axes.axes @ weights).T)
            self.linear.bias.copy_(biases)

    def plain(self) -> dict[str, Tensor]:
        """The same as ``weight`` (K, D) and ``bias`` (K,) of a layer on features as they come, float32."""
        weight = self.linear.weight.detach().double() / self.scale.double()
        bias = self.linear.bias.detach().double() - weight @ self.mean.double()
        return {"weight": weight.float().cpu(), "bias": bias.float().cpu()}


def penalty(network: nn.Module) -> Tensor | float:
    """What a step of training adds to the loss:  strength / 2 * |weights|^2  of a head; 0 for any other network.

    With two classes only the difference of their weights says anything, so its square counts, as in logistic
    regression.
    """
    if not isinstance(network, Head):
        return 0.0
    weight = network.linear.weight
    told = weight[1] - weight[0] if len(weight) == 2 else weight
    return network.strength / 2 * told.square().sum()


def choose(basis: Basis, handling: Handling) -> float:
    """The strength whose heads have the lowest loss on images of train that they were not solved on.

    The loss is the handling's own; of one that draws or mixes images it is the one that it comes to on average.
    """
    if int(basis.folds.max()) == 0:
        return 1.0
    fixed = on_average(basis, handling)
    loss = loss_of(fixed, fixed.class_weights != even(handling.classes), basis.labels.device)
    losses = held_out_losses(basis, loss, handling.classes, STRENGTHS)
    return STRENGTHS[int(losses.argmin())]


def loss_key(basis: Basis, handling: Handling) -> str:
    """Of what ``choose`` chooses by: equal where the losses are, however the handlings are called."""
    loss, fixed = method_of(handling.name).loss, on_average(basis, handling)
    own = (sorted(fixed.numbers.items()), fixed.prior) if loss else ()
    return repr((loss, fixed.class_weights, own))


def on_average(basis: Basis, handling: Handling) -> Handling:
    """A handling with the class weights that drawing as it does comes to."""
    selection = method_of(handling.name).selection(handling)
    if not selection:
        return handling
    counts = torch.bincount(basis.labels, minlength=handling.classes).tolist()
    return handling.model_copy(update={"class_weights": selection.weights(counts)})


def solved(head: Head, handling: Handling) -> Iterator[Solution]:
    """Solve a head of a fixed loss; it stands where the solution says each time one is given."""
    basis, everything = head.basis, torch.arange(len(head.basis.labels), device=head.basis.labels.device)
    loss = loss_of(handling, True, basis.labels.device)
    for standing in solve(basis, loss, handling.classes, [everything], [head.strength], STOPS):
        head.take(standing.weights[0], standing.biases[0])
        yield standing
