"""Metrics of two classes: plain numbers, never NaN."""

import numpy as np
import numpy.typing as npt

ARGMAX = float(np.nextafter(0.5, 1))
"""Threshold on the positive's probability that equals argmax: a tie is class 0."""

Labels = npt.NDArray[np.integer]
Scores = npt.NDArray[np.floating]


def at_threshold(labels: Labels, scores: Scores, threshold: float) -> dict[str, float]:
    """Recall, precision, accuracy and F1 when scores at or above the threshold are called positive.

    Args:
        labels: (n,) int in {0, 1}.
        scores: (n,) float, probability of the positive.
        threshold: on the scale of the scores.

    Returns:
        ``recall``, ``precision``, ``accuracy``, ``f1``, each in [0, 1]; 0/0 is 0.
    """
    called = scores.astype(np.float64) >= threshold
    true_positives = int(np.sum(called & (labels == 1)))
    positives, calls = int(np.sum(labels == 1)), int(np.sum(called))
    return {
        "recall": ratio(true_positives, positives),
        "precision": ratio(true_positives, calls),
        "accuracy": float(np.mean(called == (labels == 1))),
        "f1": ratio(2 * true_positives, positives + calls),
    }


def summary(labels: Labels, scores: Scores) -> dict[str, float]:
    """The metrics at argmax and the two areas, as they are logged per epoch.

    Args:
        labels: (n,) int in {0, 1}.
        scores: (n,) float, probability of the positive.

    Returns:
        ``recall precision accuracy f1 roc_auc average_precision``, each in [0, 1]. With one class only, ``roc_auc`` is
        0.5; without positives, ``average_precision`` is 0.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score  # 1 s, which only a trial's process pays.

    one_class = len(np.unique(labels)) < 2
    return at_threshold(labels, scores, ARGMAX) | {
        "roc_auc": 0.5 if one_class else float(roc_auc_score(labels, scores)),
        "average_precision": float(average_precision_score(labels, scores)) if (labels == 1).any() else 0.0,
    }


def ratio(part: float, whole: float) -> float:
    """Divide part by whole; 0/0 is 0."""
    return part / whole if whole else 0.0
