"""The trials of all folds of a cell as one, with held-out scores of every image."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np
import pandas as pd

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import Operating, counted, matrix, per_class
from steelyard.models.objective.threshold_choice import decide, threshold_class
from steelyard.models.verdict.scored_trials import ScoredTrial


def pooled(
    outcomes: Sequence[Outcome],
    trials: Sequence[ScoredTrial],
    objective: Objective,
    class_names: tuple[str, ...],
    groups: "pd.Series[str] | None" = None,
) -> tuple[tuple[Outcome, ...], list[ScoredTrial]]:
    """The outcomes, and the trials that finished, with those of all folds together in place of those of each fold.

    One threshold is chosen on the scores of all folds together, which the network handed over shares: it is the mean of
    theirs. Losses are means over folds. Where a fold has failed, all of its cell and seed has.

    Args:
        outcomes: of all trials, in the order planned.
        trials: those that finished, with their scores.
        objective: what the thresholds were chosen for.
        class_names: K names; of two the second is the class to find.
        groups: name of each image's group by id, "" for one that stands alone; None where all do.
    """
    if not any(outcome.fold for outcome in outcomes):
        return tuple(outcomes), list(trials)
    finished = {trial.outcome.trial_id: trial for trial in trials}
    together: dict[tuple[str, str, float, int], list[Outcome]] = {}
    for outcome in outcomes:
        key = outcome.recipe, outcome.cell, outcome.weight_positive, outcome.seed
        together.setdefault(key, []).append(outcome)
    every, whole = [], []
    for folds in together.values():
        if failed := next((outcome for outcome in folds if not outcome.operating), None):
            every.append(failed.model_copy(update={"fold": 0, "reason": f"fold {failed.fold}: {failed.reason}"}))
            continue
        one = _as_one([finished[outcome.trial_id] for outcome in folds], objective, class_names, groups)
        every.append(one.outcome)
        whole.append(one)
    return tuple(every), whole


def _as_one(
    folds: Sequence[ScoredTrial],
    objective: Objective,
    class_names: tuple[str, ...],
    groups: "pd.Series[str] | None",
) -> ScoredTrial:
    outcomes = [of.outcome for of in folds]
    tables = [of.scores.assign(fold=of.outcome.fold, trial_id=of.outcome.trial_id) for of in folds]
    scores, first = pd.concat(tables, ignore_index=True), outcomes[0]
    test, place = scores[scores["split"] == "test"], threshold_class(objective, class_names)
    operating = Operating.choose(scores, objective, class_names, groups)
    what = {
        "run_id": "",
        "reused_from": first.reused_from if all(of.reused_from for of in outcomes) else "",
        "fold": 0,
        "of_folds": tuple(of.trial_id for of in outcomes),
        "flags": tuple(dict.fromkeys(f"fold {of.fold}: {flag}" for of in outcomes for flag in of.flags)),
        "seconds": sum(of.seconds for of in outcomes),
        "train": _mean([of.train for of in outcomes]),
        "val": _mean([of.val for of in outcomes]) | _at_argmax(scores, "val", class_names),
        "test": _mean([of.test for of in outcomes]) | _at_argmax(scores, "test", class_names),
        "operating": operating,
        "classes": per_class(test, class_names, operating.threshold, place) if first.every_class else {},
    }
    known = [of.learned for of in folds if of.learned is not None]
    outcome = first.model_copy(update=what)
    return replace(folds[0], outcome=outcome, scores=scores, learned=fmean(known) if known else None)


def _mean(folds: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: fmean(each[name] for each in folds) for name in folds[0]}


def _at_argmax(scores: pd.DataFrame, part: str, class_names: tuple[str, ...]) -> dict[str, float]:
    table, classes = scores[scores["split"] == part], len(class_names)
    called = decide(matrix(table), ARGMAX, 1 if classes == 2 else None)
    return counted(table["label"].to_numpy(np.int64), called, classes)
