"""Counts of K classes and what they mean, per class and macro: never NaN; means are over the classes present."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Labels = npt.NDArray[np.integer]
Values = npt.NDArray[np.float64]

MACRO = ("recall", "precision", "f1", "balanced_accuracy", "accuracy")


@dataclass(frozen=True)
class Tally:
    """Images per class, counted or weighted; the last axis is the class, the others are whatever is compared.

    Attributes:
        hits: (..., K) float64, images of a class that are called it.
        sizes: (..., K) float64, images of a class.
        calls: (..., K) float64, images that are called a class.
    """

    hits: Values
    sizes: Values
    calls: Values

    @classmethod
    def of(cls, labels: Labels, called: Labels, classes: int) -> Self:
        """Count a decision.

        Args:
            labels: (n,) int in [0, K).
            called: (n,) int in [0, K).
            classes: K.
        """
        counts = (np.bincount(of, minlength=classes) for of in (labels[labels == called], labels, called))
        return cls(*(count.astype(np.float64) for count in counts))

    @classmethod
    def weighted(cls, labels: Labels, called: Labels, classes: int, weights: npt.NDArray[np.floating]) -> Self:
        """Count a decision in each of B samples, by (n, B) weights of the images; the first axis is the sample."""

        def summed(of: Labels, rows: npt.NDArray[np.int64]) -> Values:
            marks = csr_array((np.ones(len(rows), np.float32), (of[rows], rows)), (classes, len(labels)))
            sums: Values = (marks @ weights).T.astype(np.float64)
            return sums

        every = np.arange(len(labels))
        return cls(summed(labels, np.flatnonzero(labels == called)), summed(labels, every), summed(called, every))

    def per_class(self) -> dict[str, Values]:
        """``recall``, ``precision`` and ``f1`` of each class, (..., K) float64 in [0, 1]; 0/0 is 0."""
        return {
            "recall": _ratio(self.hits, self.sizes),
            "precision": _ratio(self.hits, self.calls),
            "f1": _ratio(2 * self.hits, self.sizes + self.calls),
        }

    def macro(self) -> dict[str, Values]:
        """The names of ``MACRO``, (...) float64 in [0, 1]: means over the classes present, and accuracy as counted.

        ``balanced_accuracy`` is the macro recall under its other name.
        """
        present = self.sizes > 0
        means = {name: _mean(values, present) for name, values in self.per_class().items()}
        images = self.sizes.sum(axis=-1)
        return means | {"balanced_accuracy": means["recall"], "accuracy": _ratio(self.hits.sum(axis=-1), images)}


def _ratio(part: Values, whole: Values) -> Values:
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)


def _mean(values: Values, present: npt.NDArray[np.bool_]) -> Values:
    return _ratio(np.where(present, values, 0.0).sum(axis=-1), present.sum(axis=-1).astype(np.float64))
