"""Whether test is like val: the rates at one threshold, which no share of positives changes."""

import math
from dataclasses import replace

from steelyard.models.verdict.cell_verdict import Estimate, Unlike
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.one_class_metrics import Point
from steelyard.models.verdict.scored_trials import Cell

RATES = ("recall", "false_positive_rate")

WIDER = 1.3
"""About 99 % instead of 95: a threshold flatters the images that chose it a little."""


def unlike(evidence: Evidence, cell: Cell, on_test: Point) -> tuple[Unlike, ...]:
    """The rates of a cell that differ between val and test by more than their intervals allow, at the same threshold.

    None where val is test, or both are all images in turn.
    """
    trials = [evidence.trials[column] for column in evidence.cells[cell]]
    if evidence.test.folds is not None or any(trial.trial.partition.validate_on == "test" for trial in trials):
        return ()
    of_val = [trial.scores[trial.scores["split"] == "val"].assign(split="test") for trial in trials]
    alone = replace(
        evidence, trials=[replace(one, scores=scores) for one, scores in zip(trials, of_val, strict=True)], slices=None
    )
    on_val = Point.of_each(alone, "operating")[cell]
    each = [Unlike(metric=name, val=on_val.estimate(name), test=on_test.estimate(name)) for name in RATES]
    return tuple(of for of in each if _differ(of.val, of.test))


def _differ(val: Estimate, test: Estimate) -> bool:
    upper, lower = (val, test) if val.value > test.value else (test, val)
    allowed = math.hypot(upper.value - upper.low, lower.high - lower.value)
    return upper.value - lower.value > WIDER * allowed
