"""A few metrics under short keys, which fit the head of a column: of a trial, and of a sweep's recommended cell."""

import math

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.metrics.registry import OF_CLASS
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import Operating, PerClass

ON_VAL = "objective_on_val"
TRIAL = (ON_VAL, "recall", "precision", "roc_auc", "threshold")
"""Of each trial, besides the keys that say of which part and at which threshold they are."""

Metrics = dict[str, float]


def of_trial(operating: Operating, classes: PerClass, objective: Objective, roc_auc: float | None = None) -> Metrics:
    """The operating point of a trial on test, by the keys of ``TRIAL``; without ``roc_auc`` where that is not known.

    Of one class of many it is that class's; precision is for the prevalence that the objective states.
    """
    on_test = operating.test | {"precision": operating.test.get("precision_at_prevalence", operating.test["precision"])}
    if objective.class_name in classes:
        on_test = classes[objective.class_name]
    found = {ON_VAL: operating.objective, "recall": on_test["recall"], "precision": on_test["precision"]}
    return found | ({} if roc_auc is None else {"roc_auc": roc_auc}) | {"threshold": operating.threshold}


def of_sweep(found: Comparison) -> Metrics:
    """The recommended cell with the bounds of its 95 % intervals, and how many trials there were.

    Returns:
        ``recall``, ``precision`` and ``roc_auc``, each with ``..._low`` and ``..._high``; ``threshold``;
        ``objective_on_val``; ``trials`` and ``failed_trials``. Of a sweep in which no trial finished only the last two.
        None is NaN.
    """
    metrics: Metrics = {"trials": float(len(found.trials)), "failed_trials": float(len(found.failed))}
    taken = next((trial for trial in found.judged if trial.trial_id == found.best), None)
    if found.verdict is None or taken is None or taken.operating is None:
        return metrics
    best, prefix = found.verdict.cells[0], OF_CLASS * bool(Objective.parse(found.objective).class_name)
    metrics |= {ON_VAL: taken.operating.objective, "threshold": taken.operating.threshold}
    for key in ("recall", "precision", "roc_auc"):
        # Of one class the area is known where the objective is about its curve.
        known = best.point | best.areas
        of = known.get(f"{prefix}{key}", known[key])
        metrics |= {key: of.value, f"{key}_low": of.low, f"{key}_high": of.high}
    return {key: float(value) for key, value in metrics.items() if math.isfinite(value)}
