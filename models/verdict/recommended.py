"""Which cell to use: the simplest of which val does not show that another is better. Test has no say in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from steelyard.models.metrics.registry import OF_CLASS
from steelyard.models.statistics.bootstrap import ENOUGH
from steelyard.models.verdict.cell_verdict import Difference
from steelyard.models.verdict.differences import LEVEL, of_rivals
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import Cell
from steelyard.models.verdict.sweep_verdict import Leader


def recommended(evidence: Evidence, order: Sequence[Cell]) -> tuple[list[Cell], Leader | None]:
    """The cells with the one to use first, and what the best handling has over the baseline of its recipe on val.

    That is the best on val of the handlings that val shows to be better than the baseline of their recipe with its
    threshold moved, by a paired interval with Holm's correction over all comparisons, if it comes before all baselines;
    else the first of these. They are compared in the objective; where one misses its constraint on val in all seeds
    also in the metric under that, and where both do in that first.

    Args:
        evidence: of the sweep.
        order: cells with a finished trial, best on val first.

    Returns:
        The cells, and None where the best on val is a baseline, or there is none.
    """
    best, baselines = order[0], evidence.baselines(order)
    base = next(iter(baselines.values()), best)
    if base == best:
        return list(order), None
    before = order[: order.index(base)]
    partners = {cell: baselines[recipe] for cell in before if (recipe := evidence.outcome(cell).recipe) in baselines}
    differences = of_rivals(on_val(evidence), order)
    gains = {both: _gain(evidence, *both, of) for both in partners.items() if (of := differences.get(both))}
    # What comes before all baselines misses the constraint no more often than they do.
    better = [cell for (cell, _), gain in gains.items() if gain.shown]
    first, leader = (better or [base])[0], (better or [best])[0]
    told = gains.get((leader, partners.get(leader, base)), _Gain())
    found = Leader(
        cell=leader[0],
        weight_positive=leader[1],
        baseline=partners.get(leader, base)[0],
        metric=told.metric,
        difference=told.difference,
    )
    return [first, *(cell for cell in order if cell != first)], found


def on_val(evidence: Evidence) -> Evidence:
    """The same sweep where the images of val report too, at the threshold that each sample of them chooses anew."""
    trials = [replace(trial, scores=_reporting(trial.scores)) for trial in evidence.trials]
    return replace(evidence, trials=trials, samples=min(ENOUGH, evidence.samples), together=True)


def _reporting(scores: pd.DataFrame) -> pd.DataFrame:
    val = scores[scores["split"] == "val"]
    # In one split there is one turn, in which thresholds are chosen anew as in folds.
    val = val if "fold" in val else val.assign(fold=1)
    return pd.concat([val, val.assign(split="test")], ignore_index=True)


@dataclass(frozen=True)
class _Gain:
    """What a cell has over its baseline; the sign is 1 where more of it is better, else -1."""

    metric: str = ""
    difference: Difference | None = None
    sign: int = 1

    @property
    def better(self) -> float:
        """By how much, whatever chance may add."""
        return self.sign * self.difference.value if self.difference else 0.0

    @property
    def shown(self) -> bool:
        """Whether it is better."""
        return self.difference is not None and self.difference.p_holm <= LEVEL and self.better > 0


def _gain(evidence: Evidence, cell: Cell, base: Cell, differences: Mapping[str, Difference]) -> _Gain:
    """In the first metric that shows a cell to be better than its baseline, or else in the first of all."""
    compared = _compared(evidence, cell, base)
    gains = [_Gain(key, differences[key], sign) for key, sign in compared if key in differences]
    both_miss = _missed(evidence, cell) == _missed(evidence, base) == 1
    if both_miss and len(gains) > 1 and gains[0].better < 0:
        gains = gains[:1]  # What it has more of the objective is no gain where it is further from the constraint.
    return next((gain for gain in gains if gain.shown), (gains or [_Gain()])[0])


def _compared(evidence: Evidence, cell: Cell, base: Cell) -> list[tuple[str, int]]:
    """The metrics that two cells are compared in, and 1 where more of one is better, else -1."""
    objective, missed = evidence.objective, [_missed(evidence, of) == 1 for of in (cell, base)]
    own = objective.metric, -1 if objective.lower_is_better else 1
    if evidence.every_class:
        return [(f"{OF_CLASS}{own[0]}", own[1]) if objective.class_name else ("balanced_accuracy", 1)]
    constrained = objective.constraint, 1 if objective.at_least else -1
    return [constrained, own] if all(missed) else [own, constrained] if any(missed) else [own]


def _missed(evidence: Evidence, cell: Cell) -> float:
    """Share of a cell's seeds in which no threshold meets the constraint on val."""
    columns = evidence.cells[cell]
    return sum(not evidence.trials[column].operating.feasible for column in columns) / len(columns)
