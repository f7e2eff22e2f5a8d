"""ROC area and average precision of each class against the rest, and what each image has of them."""

import numpy as np

from steelyard.models.metrics.metrics import Scores
from steelyard.models.metrics.tally import Labels, Values

AREAS = ("roc_auc", "average_precision")


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
        found = _of_class(scores[own, of].astype(np.float64), scores[~own, of].astype(np.float64))
        for name, (value, positives, negatives) in zip(AREAS, found, strict=True):
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
