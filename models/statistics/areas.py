"""ROC area and average precision of one network, and what each image adds to them."""

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.areas import AREAS
from steelyard.models.metrics.tally import Labels, Values

Scores = npt.NDArray[np.floating]
Area = tuple[float, Values]
"""A value in [0, 1], and (n,) what one more of each image adds to it, to first order; 0 in sum over each class."""


def areas_of_class(own: npt.NDArray[np.bool_], scores: Scores, prevalence: float | None = None) -> dict[str, Area]:
    """Return both areas of a class beside the rest.

    Args:
        own: (n,) which images are of the class; both kinds present.
        scores: (n,) float, higher for the class.
        prevalence: share of the class, in (0, 1), that the average precision is for; None for the images' own.

    Source:
        DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44:837, whose components the derivatives of the ROC area are;
        their sums over groups: Obuchowski 1997, Biometrics 53:567.
    """
    exact = scores.astype(np.float64)
    positives, negatives = exact[own], exact[~own]
    rising, others = np.sort(positives), np.sort(negatives)
    beaten, beats = _below(others, positives) / len(others), 1 - _below(rising, negatives) / len(rising)
    odds = 1.0 if prevalence is None else (1 - prevalence) / prevalence * len(rising) / len(others)
    true = len(rising) - np.searchsorted(rising, rising, "left").astype(np.float64)
    false = odds * (len(others) - np.searchsorted(others, rising, "left"))
    precision, called = true / (true + false), (true + false) ** 2
    lifted, lowered = _up_to(rising, false / called, positives), -odds * _up_to(rising, true / called, negatives)
    place = np.searchsorted(rising, positives, "left")
    found = {"roc_auc": (float(beaten.mean()), beaten, beats)}
    found["average_precision"] = float(precision.mean()), precision[place] + lifted, lowered
    areas: dict[str, Area] = {}
    for name, (value, hits, misfires) in found.items():
        size = len(negatives) if name == "roc_auc" else len(rising)
        slopes = np.empty(len(own))
        slopes[own], slopes[~own] = (hits - hits.mean()) / len(rising), (misfires - misfires.mean()) / size
        areas[name] = value, slopes
    return areas


def mean_areas(labels: Labels, scores: Scores) -> dict[str, Area]:
    """Return the means of both areas over the classes present, each beside the rest.

    From (n,) labels in [0, K) and (n, K) scores; of one class alone the ROC area is 0.5, the average precision 1.
    """
    present = np.unique(labels)
    if len(present) < 2:
        return {name: (value, np.zeros(len(labels))) for name, value in zip(AREAS, (0.5, 1.0), strict=True)}
    each = [areas_of_class(labels == of, scores[:, of]) for of in present]
    return {
        name: (float(np.mean([of[name][0] for of in each])), np.mean([of[name][1] for of in each], axis=0))
        for name in AREAS
    }


def _below(rising: Values, scores: Values) -> Values:
    """Return how many are below each score; equals count half."""
    return (np.searchsorted(rising, scores, "left") + np.searchsorted(rising, scores, "right")) / 2


def _up_to(rising: Values, terms: Values, scores: Values) -> Values:
    """Return for each score the sum of the terms of those that are at most as high."""
    return np.concatenate([[0.0], np.cumsum(terms)])[np.searchsorted(rising, scores, "right")]
