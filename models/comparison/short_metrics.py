"""A few metrics under short keys, which fit the head of a column: of a trial, and of a sweep's recommended cell."""

import math
from collections.abc import Mapping

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.metrics.registry import OF_CLASS
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import Operating, PerClass
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate

ON_VAL = "objective_on_val"
TRIAL = (ON_VAL, "recall", "precision", "roc_auc", "threshold")
"""Of each trial, besides the keys that say of which part and at which threshold they are."""

Metrics = dict[str, float]


def of_trial(operating: Operating, classes: PerClass, objective: Objective, roc_auc: float | None = None) -> Metrics:
    """The operating point of a trial on test, and its ROC area there.

    Args:
        operating: of the trial.
        classes: class -> metric -> value on test at that point; used where the objective is about one class of many.
        objective: where it states a prevalence, precision is for that.
        roc_auc: of test; None for a network that was tested on nothing.

    Returns:
        Values by the keys of ``TRIAL``; without ``roc_auc`` where there is none.
    """
    on_test = operating.test | {"precision": operating.test.get("precision_at_prevalence", operating.test["precision"])}
    if objective.class_name in classes:
        on_test = classes[objective.class_name]
    found = {ON_VAL: operating.objective, "recall": on_test["recall"], "precision": on_test["precision"]}
    return found | ({} if roc_auc is None else {"roc_auc": roc_auc}) | {"threshold": operating.threshold}


def of_sweep(found: Comparison) -> Metrics:
    """The recommended cell on test with the bounds of its 95 % intervals, and how many trials there were.

    Returns:
        ``recall``, ``precision`` and ``roc_auc``, each with ``..._low`` and ``..._high``; ``threshold``, with bounds
        where other images of val would choose another; ``objective_on_val``; ``trials`` and ``failed_trials``. Of a
        sweep in which no trial finished only the last two. None is NaN.
    """
    counts = {"trials": len(found.trials), "failed_trials": len(found.failed)}
    taken = next((trial for trial in found.judged if trial.trial_id == found.best), None)
    if found.verdict is None or taken is None or taken.operating is None:
        return {key: float(value) for key, value in counts.items()}
    best, objective = found.verdict.cells[0], Objective.parse(found.objective)
    metrics = {ON_VAL: taken.operating.objective} | _on_test(best, objective) | _threshold(best, taken) | counts
    return {key: float(value) for key, value in metrics.items() if math.isfinite(value)}


def _on_test(best: CellVerdict, objective: Objective) -> Metrics:
    prefix = OF_CLASS * bool(objective.class_name)
    metrics: Metrics = {}
    for key in ("recall", "precision", "roc_auc"):
        estimate = _own(best.point | best.areas, prefix, key)
        metrics |= {key: estimate.value, f"{key}_low": estimate.low, f"{key}_high": estimate.high}
    return metrics


def _own(estimates: Mapping[str, Estimate], prefix: str, key: str) -> Estimate:
    # Of one class the area is known where the objective is about its curve.
    return estimates.get(f"{prefix}{key}", estimates[key])


def _threshold(best: CellVerdict, taken: Outcome) -> Metrics:
    assert taken.operating is not None
    chosen = next((each for each in best.thresholds if each.seed == taken.seed), None)
    bounds = {"threshold_low": chosen.low, "threshold_high": chosen.high} if chosen else {}
    return {"threshold": taken.operating.threshold} | {key: of for key, of in bounds.items() if of is not None}
