"""What linear heads make of images that they did not learn from: the base of most findings, in seconds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from steelyard.models.data.carve import FOLDS, fold
from steelyard.models.findings.sampling import some_of_each
from steelyard.models.handlings.losses import Loss
from steelyard.models.train.head import STRENGTHS
from steelyard.models.train.principal_axes import Basis, axes_of, turned
from steelyard.models.train.solver import held_out_losses, solve

AXES = 256
"""Along which heads are solved: the others hold next to nothing, and they cost."""

CHOSEN_ON = 5_000
"""Images on which the strength of the penalty is chosen, at most."""

TOLERANCE, MOST = 1e-4, 50
"""Of the solver, and its iterations: nobody uses these heads."""

Rows = npt.NDArray[np.int64]
Names = npt.NDArray[np.object_]
Probabilities = npt.NDArray[np.float64]

LOSS: Loss = torch.nn.functional.cross_entropy


@dataclass(frozen=True)
class Seen:
    """Images as heads see them, each of five folds left out in turn; groups are whole.

    Attributes:
        basis: their features, labels and folds; its rows count in the features.
        groups: (n,) str, "" for an image that stands alone.
        classes: K.
        strength: of the penalty, chosen once.
    """

    basis: Basis
    groups: Names
    classes: int
    strength: float

    @property
    def labels(self) -> Rows:
        """(n,) int64 in [0, K)."""
        return self.basis.labels.numpy()

    @property
    def folds(self) -> Rows:
        """(n,) int64 in [0, F)."""
        return self.basis.folds.numpy()

    @property
    def coordinates(self) -> npt.NDArray[np.float32]:
        """(n, r) float32, features along their principal axes, the largest variance first."""
        return self.basis.turned.numpy()


def seen(
    features: npt.NDArray[np.float32],
    rows: Rows,
    widths: Sequence[int],
    labels: Rows,
    groups: Names,
    classes: int,
) -> Seen:
    """Look at images through their features.

    Args:
        features: (N, D) float32, usually a memory map.
        rows: (n,) int64 ascending, which of them.
        widths: of the groups of features that count alike (``principal_axes.alike``).
        labels: (N,) int64 in [0, K) at ``rows``.
        groups: (N,) str, "" for an image that stands alone.
        classes: K.
    """
    axes = axes_of(features, rows, widths)
    axes = axes._replace(axes=axes.axes[:, :AXES].contiguous(), variances=axes.variances[:AXES])
    along = torch.cat(list(turned(features, rows, axes)))
    folds = fold(rows, labels, groups, FOLDS)
    basis = Basis(axes, along, torch.from_numpy(rows), torch.from_numpy(labels[rows]), torch.from_numpy(folds))
    return Seen(basis, groups[rows], classes, _strength(basis, classes))


def regrouped(of: Seen, folds: Rows) -> Seen:
    """The same with other folds, (n,) int64 in [0, F)."""
    return replace(of, basis=replace(of.basis, folds=torch.from_numpy(folds)))


def relabelled(of: Seen, labels: Rows, classes: int) -> Seen:
    """The same with other labels, (n,) int64 in [0, K)."""
    return replace(of, basis=replace(of.basis, labels=torch.from_numpy(labels)), classes=classes)


def taken(of: Seen, places: Rows) -> Seen:
    """Some of the images, (m,) int64 places ascending."""
    at, basis = torch.from_numpy(places), of.basis
    rows, labels, folds = basis.rows[at], basis.labels[at], basis.folds[at]
    few = replace(basis, turned=basis.turned[at], rows=rows, labels=labels, folds=folds)
    return replace(of, basis=few, groups=of.groups[places])


def out_of_fold(of: Seen, share: float = 1.0) -> Probabilities:
    """(n, K) probability of each class by the head that did not learn from the image's fold.

    Args:
        of: images in two folds or more, each class in each.
        share: of the other folds' images that teach, each class by it.
    """
    inside = [_some(rows, of.labels, share) for rows in _others(of)]
    *_, heads = solve(of.basis, LOSS, of.classes, inside, [of.strength], tolerance=TOLERANCE, most=MOST)
    found = torch.empty(len(of.labels), of.classes)
    for number, (weights, biases) in enumerate(zip(heads.weights, heads.biases, strict=True)):
        rows = torch.from_numpy(np.flatnonzero(of.folds == number))
        found[rows] = (of.basis.turned[rows] @ weights + biases).softmax(dim=1)
    return found.double().numpy()


def _others(of: Seen) -> Iterator[Rows]:
    yield from (np.flatnonzero(of.folds != number) for number in range(int(of.folds.max()) + 1))


def _some(rows: Rows, labels: Rows, share: float) -> Tensor:
    """The first of each class in an order that is always the same."""
    mixed = np.random.default_rng(0).permutation(rows)
    taught = [mixed[labels[mixed] == label] for label in np.unique(labels[rows])]
    return torch.from_numpy(np.sort(np.concatenate([of[: max(1, round(share * len(of)))] for of in taught])))


def _strength(basis: Basis, classes: int) -> float:
    """The strength whose heads have the lowest loss on images that they were not solved on."""
    if int(basis.folds.max()) == 0:
        return 1.0
    few = basis
    if len(basis.labels) > CHOSEN_ON:
        # Images as they come, but for rare classes, of which too few would be among them.
        rows = torch.from_numpy(some_of_each(basis.labels.numpy(), CHOSEN_ON))
        few = replace(basis, turned=basis.turned[rows], labels=basis.labels[rows], folds=basis.folds[rows])
    return STRENGTHS[int(held_out_losses(few, LOSS, classes, STRENGTHS).argmin())]
