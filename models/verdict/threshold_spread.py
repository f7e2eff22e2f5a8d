"""How much a threshold depends on the images of val that chose it."""

import numpy as np

from steelyard.models.objective import Objective
from steelyard.models.objective.rates import Labels, Scores, Values
from steelyard.models.objective.weighted_choice import choose
from steelyard.models.statistics.bootstrap import SAMPLES, Groups, chunks
from steelyard.models.verdict import corrected_scores
from steelyard.models.verdict.cell_verdict import Threshold
from steelyard.models.verdict.evidence import Evidence


def spread(evidence: Evidence, column: int) -> Threshold:
    """A trial's threshold and its 95 % range over bootstrap samples of val, in each of which it is chosen again."""
    trial = evidence.trials[column]
    chosen = Threshold(seed=trial.outcome.seed, value=trial.operating.threshold, feasible=trial.operating.feasible)
    if evidence.place is None:
        return chosen
    val = evidence.val
    again = chosen_again(val.own, val.scores[column], evidence.objective, evidence.samples, val.groups)
    kept = again[np.isfinite(again)]
    low, high = map(float, np.quantile(kept, [0.025, 0.975])) if len(kept) else (None, None)
    spread = {"low": low, "high": high, "out_of_reach": float(1 - len(kept) / len(again))}
    return chosen.model_copy(update=spread | {"corrected": corrected_scores.threshold(evidence, trial)})


def chosen_again(
    labels: Labels, scores: Scores, objective: Objective, samples: int = SAMPLES, groups: Groups | None = None
) -> Values:
    """What ``best_threshold`` chooses on each of B bootstrap samples of ``chunks``; the draws are those of seed 0.

    From (v,) labels in {0, 1}, both present, (v,) scores in [0, 1] and groups as ``chunks`` draws them whole.

    Returns:
        (B,) float64; NaN where no threshold of a sample is feasible.
    """
    exact = scores.astype(np.float64)
    positives, negatives = exact[labels == 1], exact[labels == 0]
    pieces = chunks(labels, samples, 0, groups)
    return np.concatenate([choose(positives, negatives, objective, *weights) for weights in pieces])
