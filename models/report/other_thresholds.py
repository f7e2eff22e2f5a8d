"""What the recommended network does at all thresholds: the steps of a slider, and the ROC curve with its band."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from steelyard.models.objective.certificate import UPPER_END
from steelyard.models.objective.rates import Labels, Rates, Scores, Values, rates
from steelyard.models.report.dossier import OWN, Dossier
from steelyard.models.statistics.resampling import Groups, called_above, draw

MOST = 200
"""Thresholds in all."""

GRID = np.union1d(np.linspace(0, 1, 101), np.linspace(0, 0.1, 101))
"""(191,) false-positive rates at which the band of a curve is known: dense where few alarms are wanted."""


@dataclass(frozen=True)
class Steps:
    """How the recommended network does on the images that report.

    Attributes:
        thresholds: (k,) float64, rising.
        at: (k,) rates at them, at the prevalence of the verdict.
        chosen: place of the threshold that was chosen.
    """

    thresholds: Values
    at: Rates
    chosen: int

    @classmethod
    def of(cls, labels: Labels, scores: Scores, chosen: float, prevalence: float) -> Self:
        """At ``chosen`` and at most ``MOST`` others, each of which changes both rates about as much as the next.

        Args:
            labels: (n,) int in {0, 1}, both present.
            scores: (n,) float in [0, 1].
            chosen: a threshold on their scale.
            prevalence: share of positives that the precision is for, in (0, 1).
        """
        every = np.append(np.unique(scores.astype(np.float64)), UPPER_END)
        at = rates(labels, scores, every)
        changed = at.recall + at.false_positive_rate
        places = np.searchsorted(-changed, -np.linspace(0, 2, MOST - 1))
        thresholds = np.union1d(every[np.minimum(places, len(every) - 1)], [chosen])
        at = rates(labels, scores, thresholds).at(prevalence)
        return cls(thresholds, at, int(np.searchsorted(thresholds, chosen)))


@dataclass(frozen=True)
class RocCurve:
    """The ROC curve of a network on some images.

    Attributes:
        false_positive_rate: (k,) rising from 0 to 1; ``recall`` likewise, along the curve.
        low: (191,) lower end of the 95 % band of the recall at the rates of ``GRID``; ``high`` the upper one.
    """

    false_positive_rate: Values
    recall: Values
    low: Values
    high: Values

    @classmethod
    def of(cls, own: Labels, scores: Scores, groups: Groups | None) -> Self:
        """Compute a curve and its band, pointwise, by the percentiles of bootstrap samples of images or groups.

        Args:
            own: (n,) int in {0, 1}, both present.
            scores: (n,) float in [0, 1].
            groups: (n,) code of each image's group, from 0 on; None where each stands alone.

        Source:
            Macskassy & Provost 2004, "Confidence bands for ROC curves": vertical averaging with the bootstrap.
        """
        exact = scores.astype(np.float64)
        falling = np.append(UPPER_END, np.unique(exact)[::-1])
        at = rates(own, scores, falling)
        # Of very many images the curve has more points than a picture shows.
        kept = np.unique(np.append(np.linspace(0, len(falling) - 1, 10 * MOST).astype(int), len(falling) - 1))
        weights = draw(own, groups, within_classes=groups is None)
        hits, wrong = called_above(own == 1, exact, falling[kept], weights)
        recalls = [np.interp(GRID, x / x[-1], y / y[-1]) for x, y in zip(wrong.T, hits.T, strict=True)]
        low, high = np.percentile(recalls, (2.5, 97.5), axis=0)
        return cls(at.false_positive_rate[kept], at.recall[kept], low, high)


def has_curve(dossier: Dossier) -> bool:
    """Return whether one class has a threshold and its scores are kept."""
    return not dossier.every_class or (dossier.place is not None and OWN in dossier.scores)


def other_thresholds(dossier: Dossier) -> Steps | None:
    """Return what the recommended network does at all thresholds; None where the highest score decides."""
    if not has_curve(dossier) or (threshold := chosen(dossier)) < 0:
        return None
    row = dossier.network(dossier.best)
    return Steps.of(dossier.test.own, dossier.test.scores[row], threshold, dossier.verdict.prevalence)


def chosen(dossier: Dossier) -> float:
    """Return the threshold of the recommended network; below 0 where the highest score decides."""
    return dossier.threshold(dossier.network(dossier.best))


def roc_curve(dossier: Dossier) -> RocCurve:
    """Return the curve of the recommended network, of the class that has a threshold."""
    test = dossier.test
    return RocCurve.of(test.own, test.scores[dossier.network(dossier.best)], test.groups)
