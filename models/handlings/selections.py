"""Which images an epoch draws, before they are shuffled, and the class weights that this comes to."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from steelyard.models.handlings.weighing import balanced, shares
from steelyard.models.spec.trial import Handling

Labels = npt.NDArray[np.integer]
Indices = npt.NDArray[np.int64]


class Selection(NamedTuple):
    """What a method draws.

    Attributes:
        rows: (labels of train, source of draws) -> (m,) positions in the labels, m for an epoch.
        weights: images of each class in train -> class weights that the draws come to on average.
    """

    rows: Callable[[Labels, np.random.Generator], Indices]
    weights: Callable[[Sequence[int]], tuple[float, ...]]


def fewer_of_the_majority(labels: Labels, rng: np.random.Generator) -> Indices:
    """All of the smallest class, and as many of each other, drawn without replacement."""
    *larger, smallest = _by_size(labels)
    return np.concatenate([*(rng.choice(of, size=len(smallest), replace=False) for of in larger), smallest])


def more_of_the_minority(labels: Labels, rng: np.random.Generator) -> Indices:
    """All of the largest class, and as many of each other: whole repeats, the rest drawn without replacement."""
    largest, *smaller = _by_size(labels)
    return np.concatenate([largest, *(_repeated(of, len(largest), rng) for of in smaller)])


def _repeated(rows: Indices, length: int, rng: np.random.Generator) -> Indices:
    whole, rest = divmod(length, len(rows))
    return np.concatenate([np.tile(rows, whole), rng.choice(rows, size=rest, replace=False)])


def by_class_share(labels: Labels, power: float, rng: np.random.Generator) -> Indices:
    """N draws with replacement: a class by  n_c ** (1 - power) / sum_k n_k ** (1 - power),  then an image of it.

    Args:
        labels: (n,) int in [0, K), each of them present.
        power: in [0, 1]; 0 draws images evenly, 1 classes.
        rng: source of the draws.

    Source:
        Kang et al. 2020, eq. 1 with q = 1 - power; at 1 what ``torch.utils.data.WeightedRandomSampler`` draws with
        weights 1 / n_c.
    """
    counts = np.bincount(labels)
    chance = (counts ** -float(power))[labels]
    return rng.choice(len(labels), size=len(labels), p=chance / chance.sum())


def _by_size(labels: Labels) -> list[Indices]:
    """Rows of each class, the largest first; of equals the first."""
    rows = [np.flatnonzero(labels == label) for label in range(int(labels.max()) + 1)]
    return sorted(rows, key=len, reverse=True)


def _evenly(counts: Sequence[int]) -> tuple[float, ...]:
    return balanced(counts).class_weights


DOWNSAMPLED, UPSAMPLED = Selection(fewer_of_the_majority, _evenly), Selection(more_of_the_minority, _evenly)


def sampled(handling: Handling) -> Selection | None:
    """As ``by_class_share`` draws; None at power 0, where every image is seen once instead."""
    power = handling.number("sampling_power")
    if not power:
        return None
    return Selection(
        lambda labels, rng: by_class_share(labels, power, rng),
        lambda counts: shares([count**-power for count in counts]),
    )
