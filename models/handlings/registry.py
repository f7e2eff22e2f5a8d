"""The registry: what each handling draws an epoch from, and what an error on each class costs."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.integer]
Indices = npt.NDArray[np.int64]


class Method(NamedTuple):
    """One handling.

    Attributes:
        select: (labels (n,), generator) -> indices in [0, n) that one epoch is drawn from; may repeat or leave out.
        positive_odds: class ratio r = negatives / positives of train -> weight of the positive class over that of
            the negative one, no unit.
        source: where the method comes from.
    """

    select: Callable[[Labels, np.random.Generator], Indices]
    positive_odds: Callable[[float], float]
    source: str


def everything(labels: Labels, rng: np.random.Generator) -> Indices:
    """Every image once."""
    return np.arange(len(labels))


def fewer_of_the_majority(labels: Labels, rng: np.random.Generator) -> Indices:
    """All of the smaller class, and as many of the larger, drawn without replacement."""
    large, small = _by_size(labels)
    return np.concatenate([rng.choice(large, size=len(small), replace=False), small])


def more_of_the_minority(labels: Labels, rng: np.random.Generator) -> Indices:
    """All of the larger class, and as many of the smaller: whole repeats of it, the rest drawn without replacement."""
    large, small = _by_size(labels)
    whole, rest = divmod(len(large), len(small))
    return np.concatenate([large, np.tile(small, whole), rng.choice(small, size=rest, replace=False)])


def _by_size(labels: Labels) -> tuple[Indices, Indices]:
    negatives, positives = np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)
    return (negatives, positives) if len(negatives) >= len(positives) else (positives, negatives)


def _even(ratio: float) -> float:
    return 1.0


def _inverse_frequency(ratio: float) -> float:
    return ratio


METHODS: dict[str, Method] = {
    "none": Method(everything, _even, "the baseline"),
    "downsample": Method(fewer_of_the_majority, _even, "Japkowicz & Stephen 2002; redrawn each epoch"),
    "upsample": Method(more_of_the_minority, _even, "Japkowicz & Stephen 2002"),
    "balanced": Method(everything, _inverse_frequency, "scikit-learn, compute_class_weight('balanced')"),
}


def names_known() -> tuple[str, ...]:
    """Names that ``--handling`` accepts."""
    return tuple(METHODS)
