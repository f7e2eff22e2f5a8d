"""What a cell would do on test at other thresholds than those that were chosen, which move together.

Each fold and each seed has a threshold of its own, on the scale of its own network. The odds of all of them are
multiplied by one number: 1 gives what the answer says, so a curve of them goes through it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from steelyard.models.calibration.priors import correct
from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.objective.operating_point import Operating
from steelyard.models.objective.rates import Labels, Rates, Values, rates
from steelyard.models.objective.threshold_choice import candidates, threshold_class
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.wrong_images import OWN
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.scores_by_image import Part

MOST = 200
"""Thresholds in all."""


@dataclass(frozen=True)
class Steps:
    """How a cell does on test, mean over its seeds.

    Attributes:
        thresholds: (k,) float64, of the network to use, rising; those of other networks move along.
        recall: (k,) float64 in [0, 1].
        precision: (k,) float64 in [0, 1], for the prevalence of the verdict; NaN where no network calls an image.
        false_positive_rate: (k,) float64 in [0, 1].
        silent: (k,) bool, whether some network calls no image, so that its precision counts as 0.
        chosen: place of the threshold that was chosen.
    """

    thresholds: Values
    recall: Values
    precision: Values
    false_positive_rate: Values
    silent: npt.NDArray[np.bool_]
    chosen: int


def other_thresholds(dossier: Dossier) -> Steps | None:
    """Of the recommended cell, and of its class to find.

    None where no class has a threshold, or no scores are kept, or where the highest score decides in a seed or a fold.
    """
    point = chosen_point(dossier)
    test = _test(dossier)
    if point is None or test is None or (dossier.thresholds(dossier.rows(dossier.best), test) < 0).any():
        return None
    return _steps(dossier, dossier.best, test, point.threshold)


def of_cell(dossier: Dossier, cell: CellVerdict) -> Steps:
    """Of a cell, its own thresholds taken for argmax; where there is one class to find."""
    return _steps(dossier, cell, dossier.test, ARGMAX)


def _steps(dossier: Dossier, cell: CellVerdict, test: Part, chosen: float) -> Steps:
    rows = dossier.rows(cell)
    scores = moved(test.scores[rows].astype(np.float64), dossier.thresholds(rows, test), chosen)
    return steps(test.own, scores, chosen, dossier.verdict.prevalence)


def moved(scores: Values, own: Values, chosen: float) -> Values:
    """Scores whose odds are multiplied by what moves their own thresholds to the chosen one.

    Those of a threshold that calls all images, or none, stay where they are, but for the side of the chosen one.

    Args:
        scores: (s, n) in [0, 1].
        own: (s, n), by which each is decided.
        chosen: that decides the same of what is returned, (s, n) in [0, 1].
    """
    if (own == chosen).all():
        return scores
    found = scores.copy()
    for threshold in np.unique(own):
        if 0 < threshold < 1 and 0 < chosen < 1:
            found[own == threshold] = correct(scores[own == threshold], threshold, chosen)
    # Whatever rounding does, what was called stays called.
    return np.where(scores >= own, np.maximum(found, chosen), np.minimum(found, np.nextafter(chosen, -1)))


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
    changed = sum(of.recall + of.false_positive_rate for of in _of_seeds(labels, scores, every, prevalence))
    wanted = np.linspace(0, float(np.max(changed)), MOST - 1)
    places = np.minimum(np.searchsorted(-changed, -wanted), len(every) - 1)
    thresholds = np.union1d(every[places], [chosen])
    at = _of_seeds(labels, scores, thresholds, prevalence)
    precision, call = np.mean([of.precision for of in at], axis=0), np.stack([of.alarms > 0 for of in at])
    return Steps(
        thresholds=thresholds,
        recall=np.mean([of.recall for of in at], axis=0),
        precision=np.where(call.any(axis=0), precision, np.nan),
        false_positive_rate=np.mean([of.false_positive_rate for of in at], axis=0),
        silent=np.any(~call, axis=0),
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
