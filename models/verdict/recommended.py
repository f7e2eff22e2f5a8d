"""Which cell to use: the simplest of which val does not show that another is better. Test has no say in it."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from steelyard.models.metrics.lexicon import OF_CLASS
from steelyard.models.verdict.cell_verdict import Difference
from steelyard.models.verdict.differences import LEVEL, of_rivals
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import Cell
from steelyard.models.verdict.sweep_verdict import Leader

SAMPLES = 500
"""Of the bootstrap, at most: only its variance is used."""


def recommended(evidence: Evidence, order: Sequence[Cell]) -> tuple[list[Cell], Leader | None]:
    """The cells with the one to use first, and what the best handling has over the baseline on val.

    That is the best on val of the handlings that val shows to be better than the baseline of their recipe with its
    threshold moved, by a paired interval of the objective with Holm's correction over all comparisons; else that
    baseline. One that misses the constraint on val in more seeds than the best cell is no rival to it.

    Args:
        evidence: of the sweep.
        order: cells with a finished trial, best on val first.

    Returns:
        The cells, and None where the best on val is the baseline, or has none to be compared with.
    """
    best, baselines = order[0], evidence.baselines(order)
    base = baselines.get(evidence.outcome(best).recipe, best)
    if base == best:
        return list(order), None
    own = [cell for cell in order if evidence.outcome(cell).recipe == evidence.outcome(best).recipe and cell != base]
    if _missed(evidence, base) > _missed(evidence, best):
        return list(order), Leader(cell=best[0], weight_positive=best[1])
    key, sign = _compared(evidence, best)
    differences = of_rivals(on_val(evidence), order)
    gains = {cell: differences[cell, base][key] for cell in own if key in differences.get((cell, base), {})}
    better = [cell for cell, gain in gains.items() if _shown(gain, sign) and _as_feasible(evidence, cell, base)]
    first = better[0] if better else base
    leader = first if better else next(iter(gains), best)
    told = Leader(cell=leader[0], weight_positive=leader[1], metric=key, difference=gains.get(leader))
    return [first, *(cell for cell in order if cell != first)], told


def on_val(evidence: Evidence) -> Evidence:
    """The same sweep where the images of val report too, at the threshold that each sample of them chooses anew."""
    trials = [replace(trial, scores=_reporting(trial.scores)) for trial in evidence.trials]
    return replace(evidence, trials=trials, samples=min(SAMPLES, evidence.samples), together=True)


def _reporting(scores: pd.DataFrame) -> pd.DataFrame:
    val = scores[scores["split"] == "val"]
    # In one split there is one turn, in which thresholds are chosen anew as in folds.
    val = val if "fold" in val else val.assign(fold=1)
    return pd.concat([val, val.assign(split="test")], ignore_index=True)


def _compared(evidence: Evidence, best: Cell) -> tuple[str, int]:
    """The metric that the best are compared in, and 1 where more of it is better, else -1.

    Where none meets the constraint on val that is the metric under it.
    """
    objective = evidence.objective
    if evidence.every_class and not objective.class_name:
        return "balanced_accuracy", 1
    if evidence.every_class:
        return f"{OF_CLASS}{objective.metric}", -1 if objective.lower_is_better else 1
    if objective.constraint and _missed(evidence, best):
        return objective.constraint, 1 if objective.at_least else -1
    return objective.metric, -1 if objective.lower_is_better else 1


def _shown(gain: Difference, sign: int) -> bool:
    return gain.p_holm <= LEVEL and sign * gain.value > 0


def _as_feasible(evidence: Evidence, cell: Cell, base: Cell) -> bool:
    return _missed(evidence, cell) <= _missed(evidence, base)


def _missed(evidence: Evidence, cell: Cell) -> float:
    """Share of a cell's seeds in which no threshold meets the constraint on val."""
    columns = evidence.cells[cell]
    return sum(not evidence.trials[column].operating.feasible for column in columns) / len(columns)
