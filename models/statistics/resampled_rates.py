"""Recall, false-positive rate and share of positives on bootstrap samples of the images, and without each fold."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from steelyard.models.statistics.dealing import Drawn, Groups, Weights

NOTHING = 1e-9
"""What rounding leaves of a weight that is 0."""

RATES = ("recall", "false_positive_rate")

Values = npt.NDArray[np.float64]
Found = dict[str, Values]
Classes = tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
"""(p, T) and (q, T): which positives, and which negatives, each trial calls positive."""

Turns = list[tuple[Groups, Groups]]
"""The positives and the negatives of each fold, by their place among all of their class."""

Counts = Callable[[Sequence[Drawn]], tuple[Values, Values]]
"""The images of b samples in each of F folds -> (b, F, T) positives, and negatives, that are called."""


class Counted(NamedTuple):
    """(b, F, T) positives and negatives that are called, of (b, F, 1) of each, in b samples."""

    called: tuple[Values, Values]
    images: tuple[Values, Values]

    @classmethod
    def of(cls, turns: Turns, weights: tuple[Weights, Weights], classes: Classes) -> Self:
        """Of images that are called what they were called, in the folds that they are in."""
        called, images = zip(*(_in_turns(turns, weights, classes, label) for label in (0, 1)), strict=True)
        return cls(called, images)

    @classmethod
    def dealt(cls, labels: npt.NDArray[np.integer], drawn: Sequence[Drawn], counts: Counts) -> Self:
        """Of images that were dealt out to folds and are called what ``counts`` decides there."""
        kinds = np.append(labels, -1)
        images = [np.stack([(kinds[part] == of).sum(axis=1) for part in drawn], axis=1) for of in (1, 0)]
        own, rest = (each[..., None].astype(np.float64) for each in images)
        return cls(counts(drawn), (own, rest))


def rates(counted: Mapping[str, Counted], sizes: tuple[int, int], free: bool) -> Found:
    """(b, 1 + F, T) of each rate at each place, of all folds, then without each; F is 0 where there are none.

    And (b, 1 + F, 1) share of positives, that of all images of which ``sizes`` are positive and negative unless it
    varies freely.
    """
    found = {}
    for place, (called, images) in counted.items():
        own, rest = (and_without(each) for each in images)
        for rate, part, whole in zip(RATES, called, (own, rest), strict=True):
            found[f"{place}/{rate}"] = ratio(and_without(part), whole)
        share = ratio(own, own + rest)
        found[f"{place}/share"] = share if free else np.full_like(share, sizes[0] / sum(sizes))
    return found


def and_without(of_turns: Values) -> Values:
    """From (b, F, T) the sum over the folds, then that without each: (b, 1 + F, T), or (b, 1, T) of one."""
    whole = of_turns.sum(axis=1, keepdims=True)
    return whole if of_turns.shape[1] == 1 else np.concatenate([whole, whole - of_turns], axis=1)


def ratio(part: Values, whole: Values) -> Values:
    """0 where nothing is left."""
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > NOTHING)


def _in_turns(turns: Turns, weights: tuple[Weights, Weights], classes: Classes, label: int) -> tuple[Values, Values]:
    """(b, F, T) and (b, F, 1): summed weights of what is called of one class, and of all of it."""
    of_class, calls = weights[label], classes[label]
    parts = [of_class[turn[label]] if len(turns) > 1 else of_class for turn in turns]
    rows = [calls[turn[label]] if len(turns) > 1 else calls for turn in turns]
    hits = [part.T @ own.astype(part.dtype) for part, own in zip(parts, rows, strict=True)]
    images = np.stack([part.sum(axis=0) for part in parts], axis=1)[..., None]
    return np.stack(hits, axis=1).astype(np.float64), images.astype(np.float64)
