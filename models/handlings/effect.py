"""What a handling did to train, in numbers that can be read."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from models.handlings.stream import Indices, Labels
from models.trial import Handling


@dataclass(frozen=True)
class Effect:
    """Class 0 and class 1 before and after a handling.

    Attributes:
        before: images of train per class.
        after: mean draws per epoch per class.
        repeats: mean draws per image and epoch, per class.
        distinct: images of each class that are ever drawn.
        effective_prior: share of positives that the loss sees, in [0, 1]; for a deferred handling once it has begun.
    """

    before: tuple[int, int]
    after: tuple[float, float]
    repeats: tuple[float, float]
    distinct: tuple[int, int]
    effective_prior: float

    @classmethod
    def of(cls, labels: Labels, rows: Indices, train: Indices, handling: Handling) -> Self:
        """Count what a plan draws.

        Args:
            labels: (N,) int over the image set.
            rows: (epochs, n) int64, the plan.
            train: (n,) int64, the rows it draws from.
            handling: gives the weights and the adjustment of the loss, and when they begin.
        """
        before, drawn = _count(labels[train]), _count(labels[rows])
        after = (drawn[0] / len(rows), drawn[1] / len(rows))
        repeats = (after[0] / before[0], after[1] / before[1])
        late = _count(labels[rows[handling.begins(len(rows)) :]])
        return cls(before, after, repeats, _count(labels[np.unique(rows)]), effective_prior(late, handling))


def effective_prior(draws: tuple[int, int], handling: Handling) -> float:
    """Share of positives that the loss sees:  e1 / (e0 + e1)  with  e_c = n_c r_c w_c / prior_c ** tau.

    The focal loss and mixup are left out: neither moves the prior by a closed form.

    Args:
        draws: images drawn of class 0 and 1, n_c r_c.
        handling: gives the weights w_c (no unit), and prior_c and tau of a logit adjustment.

    Returns:
        In [0, 1].

    Source:
        Elkan 2001, "The foundations of cost-sensitive learning", theorem 1, solved for the prior; Menon et al. 2021,
        eq. 10, for the adjustment.
    """
    tau = handling.logit_adjusted_tau
    negative, positive = (
        count * weight / prior**tau
        for count, weight, prior in zip(draws, handling.class_weights, handling.prior, strict=True)
    )
    return float(positive / (negative + positive))


def _count(labels: Labels) -> tuple[int, int]:
    return int(np.sum(labels == 0)), int(np.sum(labels == 1))
