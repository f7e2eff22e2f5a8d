"""ROC area and average precision of one trial under many weightings of the same images."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.floating]
Weights = npt.NDArray[np.floating]
Places = npt.NDArray[np.intp]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ordered:
    """Images of one trial in falling order of score, and where the classes meet in it.

    Attributes:
        positives: (p,) order of the positives.
        negatives: (q,) order of the negatives.
        above: (p,) for each positive, in order: negatives that score higher.
        at_least: (p,) likewise: negatives that score as much or higher.
        with_it: (p,) likewise: positives that score as much or higher, itself included.
    """

    positives: Places
    negatives: Places
    above: Places
    at_least: Places
    with_it: Places

    @classmethod
    def of(cls, positives: Scores, negatives: Scores) -> Self:
        """Sort the scores of both classes, (p,) and (q,) float."""
        order, other = np.argsort(-positives, kind="stable"), np.argsort(-negatives, kind="stable")
        falling, against = -positives[order], -negatives[other]
        return cls(
            positives=order,
            negatives=other,
            above=np.searchsorted(against, falling, side="left"),
            at_least=np.searchsorted(against, falling, side="right"),
            with_it=np.searchsorted(falling, falling, side="right"),
        )

    def areas(self, positives: Weights, negatives: Weights, prevalence: float) -> tuple[Values, Values]:
        """ROC area and average precision under b weightings; equal scores count half, or move together.

        Args:
            positives: (p, b) float, how often each positive is there; each column sums to p.
            negatives: (q, b) float, likewise to q.
            prevalence: share of positives that precision is for, in (0, 1).

        Returns:
            (b,) float64 each, in [0, 1].

        Source:
            The ROC area as Mann-Whitney's statistic, Hanley & McNeil 1982, equals
            ``sklearn.metrics.roc_auc_score(..., sample_weight=w)``; the average precision, summed over recall steps,
            ``average_precision_score``.
        """
        weight = positives[self.positives]
        false = _cumulated(negatives[self.negatives])
        as_high, higher = false[self.at_least], false[self.above]
        beaten = len(negatives) - (as_high + higher) / 2
        roc_auc = np.einsum("pb,pb->b", weight, beaten) / (len(positives) * len(negatives))
        true = _cumulated(weight)[self.with_it] * weight.dtype.type(prevalence / len(positives))
        called = true + as_high * weight.dtype.type((1 - prevalence) / len(negatives))
        precision = np.divide(true, called, out=np.zeros_like(true), where=called > 0)
        average_precision = np.einsum("pb,pb->b", weight, precision) / len(positives)
        return roc_auc.astype(np.float64), average_precision.astype(np.float64)


def _cumulated(weights: Weights) -> Weights:
    """(k + 1, b): row i sums the first i rows; exact in float32 up to 16 million images."""
    sums = np.zeros((len(weights) + 1, weights.shape[1]), weights.dtype)
    np.cumsum(weights, axis=0, out=sums[1:])
    return sums
