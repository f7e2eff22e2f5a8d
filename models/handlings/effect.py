"""What a handling did to train, in numbers that can be read."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from models.handlings.registry import Indices, Labels
from models.handlings.stream import effective_prior


@dataclass(frozen=True)
class Effect:
    """Class 0 and class 1 before and after a handling.

    Attributes:
        before: images of train per class.
        after: mean draws per epoch per class.
        repeats: mean draws per image and epoch, per class.
        distinct: images of each class that are ever drawn.
        effective_prior: share of positives that the loss sees, in [0, 1].
    """

    before: tuple[int, int]
    after: tuple[float, float]
    repeats: tuple[float, float]
    distinct: tuple[int, int]
    effective_prior: float

    @classmethod
    def of(cls, labels: Labels, rows: Indices, train: Indices, class_weights: tuple[float, float]) -> Self:
        """Count what a plan draws.

        Args:
            labels: (N,) int over the image set.
            rows: (epochs, n) int64, the plan.
            train: (n,) int64, the rows it draws from.
            class_weights: of the loss.
        """
        before = _count(labels[train])
        drawn = _count(labels[rows])
        after = (drawn[0] / len(rows), drawn[1] / len(rows))
        repeats = (after[0] / before[0], after[1] / before[1])
        return cls(before, after, repeats, _count(labels[np.unique(rows)]), effective_prior(drawn, class_weights))


def _count(labels: Labels) -> tuple[int, int]:
    return int(np.sum(labels == 0)), int(np.sum(labels == 1))
