"""What the recommended cell would do on test at other thresholds than the one that was chosen."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from steelyard.models.objective.operating_point import Operating
from steelyard.models.objective.rates import Labels, Rates, Values, rates
from steelyard.models.objective.threshold_choice import candidates, threshold_class
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.wrong_images import OWN
from steelyard.models.verdict.scores_by_image import Part

MOST = 200
"""Thresholds in all."""


@dataclass(frozen=True)
class Steps:
    """How a cell does on test at one threshold for all of its networks, mean over its seeds.

    Attributes:
        thresholds: (k,) float64, rising.
        recall: (k,) float64 in [0, 1].
        precision: (k,) float64 in [0, 1], for the prevalence of the verdict; NaN where no network calls an image.
        false_positive_rate: (k,) float64 in [0, 1].
        chosen: place of the threshold that was chosen.
    """

    thresholds: Values
    recall: Values
    precision: Values
    false_positive_rate: Values
    chosen: int


def other_thresholds(dossier: Dossier) -> Steps | None:
    """Of the recommended cell, and of its class to find; None where no class has a threshold, or no scores are kept."""
    point = chosen_point(dossier)
    test = _test(dossier)
    if point is None or test is None:
        return None
    return steps(test.own, test.scores[dossier.rows(dossier.best)], point.threshold, dossier.verdict.prevalence)


def chosen_point(dossier: Dossier) -> Operating | None:
    """The operating point of the network to use; None where the highest score decides, or none was kept."""
    point = dossier.taken.operating if dossier.taken else None
    return point if point and point.threshold >= 0 else None


def steps(labels: Labels, scores: npt.NDArray[np.floating], chosen: float, prevalence: float) -> Steps:
    """At ``chosen`` and at most so many others that each changes about as much as the next.

    Args:
        labels: (n,) int in {0, 1}, both present.
        scores: (s, n) float in [0, 1], of each seed.
        chosen: a threshold on their scale.
        prevalence: share of positives that the precision is for, in (0, 1).
    """
    every = candidates(scores.ravel())
    moved = sum(of.recall + of.false_positive_rate for of in _of_seeds(labels, scores, every, prevalence))
    wanted = np.linspace(0, float(np.max(moved)), MOST - 1)
    places = np.minimum(np.searchsorted(-moved, -wanted), len(every) - 1)
    thresholds = np.union1d(every[places], [chosen])
    at = _of_seeds(labels, scores, thresholds, prevalence)
    precision = np.mean([of.precision for of in at], axis=0)
    return Steps(
        thresholds=thresholds,
        recall=np.mean([of.recall for of in at], axis=0),
        precision=np.where(np.any([of.alarms > 0 for of in at], axis=0), precision, np.nan),
        false_positive_rate=np.mean([of.false_positive_rate for of in at], axis=0),
        chosen=int(np.searchsorted(thresholds, chosen)),
    )


def _of_seeds(labels: Labels, scores: npt.NDArray[np.floating], thresholds: Values, prevalence: float) -> list[Rates]:
    return [rates(labels, of, thresholds).at(prevalence) for of in scores]


def _test(dossier: Dossier) -> Part | None:
    """Test as every trial scored the class with the threshold; None where that was not kept."""
    if not dossier.every_class:
        return dossier.test
    place = threshold_class(dossier.objective, dossier.verdict.classes)
    if place is None or OWN not in dossier.scores:
        return None
    scores = dossier.scores.drop(columns="score").rename(columns={OWN: "score"}).assign(split="test")
    return Part.of(dossier.tables(scores), "test", place=place)
