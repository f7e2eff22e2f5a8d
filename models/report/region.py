"""Where an objective's constraint holds, in the plane of recall and false-positive rate."""

import numpy as np

from steelyard.models.objective import Objective
from steelyard.models.objective.rates import ROUNDING, Rates, Values


def allowed(objective: Objective, prevalence: float, recalls: Values) -> Values:
    """The highest false-positive rate that the constraint allows at each recall.

    Args:
        objective: with a constraint or without.
        prevalence: share of positives, in (0, 1), for which the constraint is judged.
        recalls: (k,) in [0, 1].

    Returns:
        (k,) float64 in [0, 1]; NaN where no rate is allowed, 1 where all are.

    Source:
        The constraint solved for the rate:  precision >= b  is  FPR <= P TPR (1 - b) / ((1 - P) b),  and
        alarms <= a  is  FPR <= (a - P TPR) / (1 - P).
    """
    bound, wanted, rest = objective.limit, prevalence * recalls, 1 - prevalence
    if objective.constraint == "precision":
        most = wanted * (1 - bound) / (rest * bound)
    elif objective.constraint == "alarms":
        most = (bound - wanted) / rest
    elif objective.constraint == "false_positive_rate":
        most = np.full_like(recalls, bound)
    else:
        most = np.where(recalls >= bound, 1.0, -1.0) if objective.constraint == "recall" else np.ones_like(recalls)
    return np.where(most >= -ROUNDING, np.clip(most, 0.0, 1.0), np.nan)


def edge(objective: Objective, prevalence: float, recalls: Values) -> Values:
    """The lowest precision that the constraint allows at each recall: that of ``allowed``; NaN likewise."""
    most = allowed(objective, prevalence, recalls)
    precision = Rates(recalls, np.nan_to_num(most), prevalence).precision
    # Where nothing is called the precision counts as 0, but the edge goes on as it comes.
    return np.where(np.isnan(most), np.nan, precision)
