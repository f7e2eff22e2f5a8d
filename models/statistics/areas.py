"""ROC area and average precision of one trial under many weightings of its images, and what each image adds to them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.areas import AREAS
from steelyard.models.metrics.tally import Labels, Values

Scores = npt.NDArray[np.floating]
Weights = npt.NDArray[np.floating]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Ordered:
    """Images of one trial in falling order of score, (p,) positives and (q,) negatives, and where they meet in it.

    Attributes:
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


def influences(labels: Labels, scores: Scores) -> tuple[dict[str, float], dict[str, Values]]:
    """Both areas, macro over the classes present, and their derivatives by the weight of each image.

    Args:
        labels: (n,) int in [0, K).
        scores: (n, K) float.

    Returns:
        The areas in [0, 1], and (n,) float64 each: what one more of an image adds, to first order. With one class only
        the ROC area is 0.5 and the average precision 1, and no image adds anything.

    Source:
        DeLong, DeLong & Clarke-Pearson 1988 for the ROC area's components, which are these derivatives.
    """
    present = np.unique(labels)
    values, slopes = dict.fromkeys(AREAS, 0.0), {name: np.zeros(len(labels)) for name in AREAS}
    if len(present) < 2:
        return dict(zip(AREAS, (0.5, 1.0), strict=True)), slopes
    for of in present:
        own = labels == of
        of_class = _of_class(scores[own, of].astype(np.float64), scores[~own, of].astype(np.float64))
        for name, (value, positives, negatives) in zip(AREAS, of_class, strict=True):
            values[name] += value / len(present)
            slopes[name][own] += positives / len(present)
            slopes[name][~own] += negatives / len(present)
    return values, slopes


def _of_class(positives: Values, negatives: Values) -> tuple[tuple[float, Values, Values], ...]:
    """Value, and the slopes of positives and negatives, of the ROC area and of the average precision."""
    rising, others = np.sort(positives), np.sort(negatives)
    beaten = _below(others, positives) / len(others)
    beats = 1 - _below(rising, negatives) / len(rising)
    roc = float(beaten.mean()), beaten / len(positives), beats / len(negatives)
    true = len(rising) - np.searchsorted(rising, rising, "left").astype(np.float64)
    false = len(others) - np.searchsorted(others, rising, "left").astype(np.float64)
    precision = true / (true + false)
    lifted = _up_to(rising, false / (true + false) ** 2, positives)
    lowered = _up_to(rising, true / (true + false) ** 2, negatives)
    own = precision[np.searchsorted(rising, positives, "left")]
    slopes = (own + lifted) / len(rising), -lowered / len(rising)
    return roc, (float(precision.mean()), *slopes)


def _below(rising: Values, scores: Values) -> Values:
    """How many are below each score; equals count half."""
    return (np.searchsorted(rising, scores, "left") + np.searchsorted(rising, scores, "right")) / 2


def _up_to(rising: Values, terms: Values, scores: Values) -> Values:
    """For each score, the sum of the terms of those that are at most as high."""
    return np.concatenate([[0.0], np.cumsum(terms)])[np.searchsorted(rising, scores, "right")]
