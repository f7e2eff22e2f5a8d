"""Rates at thresholds, and the precision they mean where positives are rarer or more common than in the sample."""

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.integer]
Values = npt.NDArray[np.float64]


def precision_at_prevalence(recall: Values, false_positive_rate: Values, prevalence: float) -> Values:
    """Precision to expect where a given share is positive:  p TPR / (p TPR + (1 - p) FPR).

    Recall and false-positive rate are each counted within one class, so they carry over to another share of
    positives; precision does not.

    Args:
        recall: (k,) float in [0, 1], TPR.
        false_positive_rate: (k,) float in [0, 1], FPR.
        prevalence: share of positives, in (0, 1).

    Returns:
        (k,) float64 in [0, 1]; 0/0 is 0.

    Source:
        Bayes' rule; the positive predictive value of Altman & Bland 1994, BMJ 309:102.
    """
    hits = prevalence * recall
    return _ratio(hits, hits + (1 - prevalence) * false_positive_rate)


def rates(
    labels: Labels, scores: npt.NDArray[np.floating], thresholds: Values, prevalence: float | None = None
) -> dict[str, Values]:
    """Metrics when scores at or above each threshold are called positive.

    Args:
        labels: (n,) int in {0, 1}, both present.
        scores: (n,) float, probability of the positive.
        thresholds: (k,) float64, on the scale of the scores.
        prevalence: share of positives that precision and F1 are for, in (0, 1); None for the sample's own.

    Returns:
        ``recall``, ``precision``, ``f1``, ``false_positive_rate``: (k,) float64 in [0, 1] each; 0/0 is 0.
    """
    found, false_alarms = (_called(scores[labels == label], thresholds) for label in (1, 0))
    positives, negatives, calls = np.sum(labels == 1), np.sum(labels == 0), found + false_alarms
    recall, false_positive_rate = found / positives, false_alarms / negatives
    if prevalence is None:
        precision, f1 = _ratio(found, calls), 2 * found / (positives + calls)
    else:
        precision = precision_at_prevalence(recall, false_positive_rate, prevalence)
        f1 = _ratio(2 * precision * recall, precision + recall)
    return {"recall": recall, "precision": precision, "f1": f1, "false_positive_rate": false_positive_rate}


def _called(scores: npt.NDArray[np.floating], thresholds: Values) -> Values:
    return np.float64(len(scores)) - np.searchsorted(np.sort(scores), thresholds)


def _ratio(part: Values, whole: Values) -> Values:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
