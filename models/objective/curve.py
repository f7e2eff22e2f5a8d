"""What judges a whole curve, not a point on it."""

import numpy as np

from steelyard.models.objective.rates import Labels, Scores, rates


def average_precision(labels: Labels, scores: Scores, prevalence: float | None = None) -> float:
    """Mean of the precisions at all thresholds, each weighted by the recall it adds:  sum_k (R_k - R_k-1) P_k.

    Args:
        labels: (n,) int in {0, 1}, both present.
        scores: (n,) float, higher is more positive; equal scores come in one step.
        prevalence: share of positives that the precisions are for, in (0, 1); None for the sample's own.

    Returns:
        In (0, 1]; for random scores the share of positives, on average.

    Raises:
        ValueError: one of the classes is missing.

    Source:
        ``sklearn.metrics.average_precision_score``, which this equals where the share is the sample's own. That it
        depends on the share: Flach & Kull 2015, Precision-Recall-Gain Curves, NeurIPS.
    """
    at = rates(labels, scores, np.unique(scores)[::-1].astype(np.float64), prevalence)
    return float(np.diff(at.recall, prepend=0.0) @ at.precision)
