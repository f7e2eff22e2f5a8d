"""Metrics of K classes as they are logged: macro over the classes present, at argmax, with the areas."""

import numpy as np

from steelyard.models.classes.tally import Labels, Scores, Tally, argmax


def summary(labels: Labels, scores: Scores) -> dict[str, float]:
    """The metrics at argmax and the two areas, macro over the classes present, under the names of two classes.

    Args:
        labels: (n,) int in [0, K).
        scores: (n, K) float, probability of each class.

    Returns:
        ``recall precision f1 balanced_accuracy accuracy roc_auc average_precision``, each in [0, 1]. The areas are
        means of each class against the rest; with one class only, ``roc_auc`` is 0.5.

    Source:
        ``sklearn.metrics.balanced_accuracy_score``; for the areas, one class against the rest, macro: Hand & Till 2001
        discuss the alternatives.
    """
    macro = Tally.of(labels, argmax(scores), scores.shape[1]).macro()
    return {name: float(value) for name, value in macro.items()} | _areas(labels, scores)


def _areas(labels: Labels, scores: Scores) -> dict[str, float]:
    from sklearn.metrics import average_precision_score, roc_auc_score  # 1 s, which only a trial's process pays.

    present = np.unique(labels)
    precise = [float(average_precision_score(labels == of, scores[:, of])) for of in present]
    areas = [float(roc_auc_score(labels == of, scores[:, of])) for of in present] if len(present) > 1 else [0.5]
    return {"roc_auc": float(np.mean(areas)), "average_precision": float(np.mean(precise))}
