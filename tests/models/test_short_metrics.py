"""The metrics under short keys, against the operating points and the verdict that they are taken from."""

import math
from collections.abc import Callable
from typing import Any

import kept_classes
import pytest

from steelyard.models.comparison import short_metrics
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective import Objective
from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.report.dossier import Dossier

Make = Callable[..., Dossier]

BOUNDED = {f"{key}{end}" for key in ("recall", "precision", "roc_auc") for end in ("", "_low", "_high")}
WHOLE = BOUNDED | {"objective_on_val", "threshold", "trials", "failed_trials"}


def short(trial: Outcome, wish: str) -> dict[str, float]:
    assert trial.operating is not None
    return short_metrics.of_trial(trial.operating, trial.classes, Objective.parse(wish), trial.test["roc_auc"])


def best_of(found: Dossier) -> Outcome:
    assert found.taken is not None
    return found.taken


def test_a_trial_has_its_operating_point_on_test_and_at_most_six_keys(judged: Make) -> None:
    wish = "recall @ precision >= 0.5"
    trial = best_of(judged(wish))
    found, operating = short(trial, wish), trial.operating
    assert operating is not None and tuple(found) == short_metrics.TRIAL and len(found) <= 6
    assert (found["recall"], found["precision"]) == (operating.test["recall"], operating.test["precision"])
    assert (found["threshold"], found["objective_on_val"]) == (operating.threshold, operating.objective)
    assert found["roc_auc"] == trial.test["roc_auc"]


def test_precision_is_for_the_prevalence_that_the_objective_states(judged: Make) -> None:
    wish = "recall @ precision >= 0.5 at prevalence 0.02"
    trial = best_of(judged(wish))
    assert trial.operating is not None
    assert short(trial, wish)["precision"] == trial.operating.test["precision_at_prevalence"]


def test_of_one_class_of_many_they_are_that_classs() -> None:
    wish = "recall of class1 @ precision >= 0.5"
    found = kept_classes.kept(names=("class0", "class1", "class2", "class3"), wish=wish)
    trial = best_of(found)
    assert short(trial, wish)["recall"] == trial.classes["class1"]["recall"]
    best = found.best.point["class/recall"]
    metrics = short_metrics.of_sweep(found.found)
    assert (metrics["recall"], metrics["recall_low"], metrics["recall_high"]) == (best.value, best.low, best.high)


@pytest.mark.parametrize("wish", [*EXAMPLES, *(f"{wish} at prevalence 0.02" for wish in EXAMPLES)])
def test_a_sweep_has_the_recommended_cells_estimates_with_their_bounds(judged: Make, wish: str) -> None:
    found = judged(wish)
    metrics, best = short_metrics.of_sweep(found.found), found.best
    assert metrics.keys() - {"threshold_low", "threshold_high"} == WHOLE
    for key in ("recall", "precision", "roc_auc"):
        estimate = best.metric(key)
        told = tuple(metrics[f"{key}{end}"] for end in ("", "_low", "_high"))
        assert told == (estimate.value, estimate.low, estimate.high)
    assert (metrics["trials"], metrics["failed_trials"]) == (len(found.found.trials), 0)
    assert all(type(value) is float and math.isfinite(value) for value in metrics.values())


@pytest.mark.parametrize("make", ["classes", "one class"])
def test_where_no_threshold_is_chosen_and_where_trials_failed_none_is_nan(judged: Make, make: str) -> None:
    failed: dict[str, Any] = {"failed": [("none", 1)]}
    found = kept_classes.kept(**failed) if make == "classes" else judged(**failed)
    metrics = short_metrics.of_sweep(found.found)
    assert metrics.keys() >= WHOLE and metrics["failed_trials"] == 1
    assert all(math.isfinite(value) for value in metrics.values())


def test_a_sweep_in_which_no_trial_finished_counts_its_trials(judged: Make) -> None:
    found = judged().found
    lost = tuple(trial.model_copy(update={"status": "FAILED", "operating": None}) for trial in found.trials)
    empty = found.model_copy(update={"trials": lost, "verdict": None, "best": ""})
    assert short_metrics.of_sweep(empty) == {"trials": len(lost), "failed_trials": len(lost)}
