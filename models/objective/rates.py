"""Rates within each class, and the metrics they mean where a given share of images is positive."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.registry import METRICS, Cells

Labels = npt.NDArray[np.integer]
Scores = npt.NDArray[np.floating]
Values = npt.NDArray[np.float64]

ROUNDING = 1e-12
"""What a metric may be off by, so that a bound met exactly is met and equals stay equal."""


@dataclass(frozen=True, eq=False)
class Rates:
    """How a model does at thresholds where a given share of images is positive; 0/0 is 0 in every metric.

    Recall and false-positive rate are each counted within one class, so they carry over to another share of
    positives; all other metrics follow from them and the share.

    Attributes:
        recall: float64 in [0, 1], of any shape: (k,) thresholds, (B, T) replicates x trials, ...
        false_positive_rate: likewise, of the same shape.
        prevalence: share of positives the metrics are for, in (0, 1); or one for each, of a shape that fits.
    """

    recall: Values
    false_positive_rate: Values
    prevalence: float | Values
    # Ratios of counts are exact, 7 in 10 is the number 0.7. Not an argument: `replace` must not carry it over.
    _counted: Cells | None = field(default=None, init=False, repr=False)

    @classmethod
    def of(
        cls,
        hits: npt.NDArray[np.number],
        false_alarms: npt.NDArray[np.number],
        positives: int | Values,
        negatives: int | Values,
        prevalence: float | None = None,
    ) -> Self:
        """From counts of images.

        Args:
            hits: of any shape, in [0, positives]; positives that are called positive.
            false_alarms: of the same shape, in [0, negatives]; negatives that are called positive.
            positives: images of the positive class, > 0; or of each that was counted, of a shape that fits.
            negatives: images of the negative class, > 0, likewise.
            prevalence: share of positives the metrics are for, in (0, 1); None for positives in all that were counted.

        Raises:
            ValueError: a class is missing, so that one of the rates is not known.
        """
        if min(np.min(positives), np.min(negatives)) <= 0:
            raise ValueError(f"both classes must be present, got {positives} positives and {negatives} negatives")
        share = positives / (positives + negatives) if prevalence is None else prevalence
        found, wrong = np.asarray(hits, np.float64), np.asarray(false_alarms, np.float64)
        made = cls(found / positives, wrong / negatives, share)
        if prevalence is None:
            object.__setattr__(made, "_counted", Cells(found, positives - found, wrong, negatives - wrong))
        return made

    def at(self, prevalence: float) -> "Rates":
        """The same rates where another share of images, in (0, 1), is positive."""
        return Rates(self.recall, self.false_positive_rate, prevalence)

    @property
    def precision(self) -> Values:
        """Share of positives among the images called positive, in [0, 1]."""
        return METRICS["precision"].value(self)

    @property
    def alarms(self) -> Values:
        """Share of images that are called positive, in [0, 1]."""
        return METRICS["alarms"].value(self)

    @property
    def cells(self) -> Cells:
        """The confusion matrix: as counted, or else as shares of all images at the prevalence."""
        share = self.prevalence
        return self._counted or Cells.at(self.recall, self.false_positive_rate, share, 1 - share)

    @property
    def even_cells(self) -> Cells:
        """The confusion matrix of two classes that weigh the same."""
        return Cells.at(self.recall, self.false_positive_rate)


def rates(labels: Labels, scores: Scores, thresholds: Values, prevalence: float | None = None) -> Rates:
    """Rates when scores at or above each threshold are called positive.

    Args:
        labels: (n,) int in {0, 1}, both present.
        scores: (n,) float, probability of the positive; float32 is compared as float64.
        thresholds: (k,) float64, on the scale of the scores.
        prevalence: share of positives the metrics are for, in (0, 1); None for the sample's own.

    Returns:
        Rates of shape (k,).

    Raises:
        ValueError: one of the classes is missing.
    """
    positives, negatives = (np.sort(scores[labels == label].astype(np.float64)) for label in (1, 0))
    hits, false_alarms = (len(of) - np.searchsorted(of, thresholds) for of in (positives, negatives))
    return Rates.of(hits, false_alarms, len(positives), len(negatives), prevalence)
