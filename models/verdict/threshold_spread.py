"""How much a threshold depends on the images of val that chose it."""

from dataclasses import replace

import numpy as np

from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.objective import Objective
from steelyard.models.objective.drawn_choice import Scored, choose
from steelyard.models.objective.objective import EDGE, STRICT
from steelyard.models.objective.rates import Labels, Scores, Values
from steelyard.models.objective.threshold_choice import best_threshold, design_of
from steelyard.models.statistics.bootstrap import SAMPLES, chunks
from steelyard.models.statistics.dealing import Groups, deal
from steelyard.models.verdict import corrected_scores
from steelyard.models.verdict.cell_verdict import Threshold
from steelyard.models.verdict.evidence import Evidence

SAMPLED = 500
"""Samples of val at most, on each of which a trial chooses: they tell its 95 % range to an eighth of a deviation."""


def spreads(evidence: Evidence) -> list[Threshold]:
    """Each trial's threshold and its 95 % range over bootstrap samples of val, in each of which it is chosen again."""
    chosen = [_chosen(evidence, column) for column in range(len(evidence.trials))]
    if evidence.place is None:
        return chosen
    val, samples = evidence.val, min(SAMPLED, evidence.samples)
    again = chosen_again(val.own, val.scores, evidence.objective, samples, val.groups)
    return [one.model_copy(update=_range(of)) for one, of in zip(chosen, again, strict=True)]


def _range(again: Values) -> dict[str, float | None]:
    """Of what (B,) samples chose."""
    kept = again[np.isfinite(again)]
    low, high = map(float, np.quantile(kept, [0.025, 0.975])) if len(kept) else (None, None)
    return {"low": low, "high": high, "out_of_reach": float(1 - len(kept) / len(again))}


def _chosen(evidence: Evidence, column: int) -> Threshold:
    """What a trial chose on val, on the scale of corrected scores too, and what it would have with another margin."""
    trial = evidence.trials[column]
    own, objective = trial.operating, evidence.objective
    chosen = Threshold(seed=trial.outcome.seed, value=own.threshold, feasible=own.feasible, on_val=own.objective)
    if evidence.place is None:
        return chosen
    val = evidence.val
    scored = val.own, val.scores[column], ARGMAX
    if objective.margin > EDGE and objective.constraint:
        edge = best_threshold(replace(objective, margin=EDGE), *scored)
        chosen = chosen.model_copy(update={"at_the_edge": edge.value if edge.feasible else None})
    if objective.margin < STRICT and objective.constraint:
        strict = best_threshold(replace(objective, margin=STRICT), *scored, val.groups)
        called = strict.feasible and (val.scores[column] >= strict.threshold).any()
        chosen = chosen.model_copy(update={"stricter": strict.threshold if called else None})
    return chosen.model_copy(update={"corrected": corrected_scores.threshold(evidence, trial)})


def chosen_again(
    labels: Labels, scores: Scores, objective: Objective, samples: int = SAMPLES, groups: Groups | None = None
) -> Values:
    """What ``best_threshold`` chooses on each of B bootstrap samples of ``chunks``; the draws are those of seed 0.

    From (v,) labels in {0, 1}, both present, (T, v) scores in [0, 1] and groups as ``chunks`` draws them whole.

    Returns:
        (T, B) float64; NaN where no threshold of a sample is feasible.
    """
    trials = [(row, design_of(objective, labels, row, groups)) for row in scores]
    pieces = (deal(labels, weights, groups)[0] for weights in chunks(labels, samples, 0, groups))
    chosen = [
        [choose(Scored(labels, row.astype(np.float64)), drawn, objective, design) for row, design in trials]
        for drawn in pieces
    ]
    return np.concatenate(chosen, axis=1)
