"""Metrics of a trial as they are logged per epoch: of the class to find, or means over K classes; never NaN."""

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.areas import AREAS, areas
from steelyard.models.metrics.tally import Tally

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
    called = (scores.astype(np.float64) >= threshold).astype(np.int64)
    tally = Tally.of(labels, called, 2)
    found = {name: float(values[1]) for name, values in tally.per_class().items()}
    return {"recall": found["recall"], "precision": found["precision"]} | {
        "accuracy": float(tally.macro()["accuracy"]),
        "f1": found["f1"],
    }


def summary(labels: Labels, scores: Scores) -> dict[str, float]:
    """The metrics at argmax and the two areas, as they are logged per epoch.

    Args:
        labels: (n,) int in [0, K).
        scores: (n, K) float, probability of each class; of two the second is the one to find.

    Returns:
        ``recall precision accuracy f1 roc_auc average_precision``, each in [0, 1]; of K classes means over those
        present, each against the rest, with ``balanced_accuracy``. With one class only, ``roc_auc`` is 0.5; without
        positives, ``average_precision`` is 0.

    Source:
        ``sklearn.metrics.balanced_accuracy_score``; for the areas of K classes, macro: Hand & Till 2001 discuss the
        alternatives.
    """
    if scores.shape[1] == 2:
        positive = scores[:, 1]
        return at_threshold(labels, positive, ARGMAX) | _areas([(labels == 1, positive)])
    macro = Tally.of(labels, argmax(scores), scores.shape[1]).macro()
    of_classes = _areas([(labels == of, scores[:, of]) for of in np.unique(labels)])
    return {name: float(value) for name, value in macro.items()} | of_classes


def _areas(each: list[tuple[npt.NDArray[np.bool_], Scores]]) -> dict[str, float]:
    """Means of both areas, each class against the rest."""
    both = [areas(scores[own], scores[~own]) for own, scores in each]
    return {name: float(np.mean(values)) for name, values in zip(AREAS, zip(*both, strict=True), strict=True)}


def argmax(scores: Scores) -> npt.NDArray[np.int64]:
    """(n, K) scores -> (n,) int64, the class of the highest; of equals the first."""
    called: npt.NDArray[np.int64] = scores.argmax(axis=1)
    return called
