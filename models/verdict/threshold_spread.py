"""How much a threshold depends on the images of val that chose it."""

import numpy as np
import numpy.typing as npt

from steelyard.models.objective import Objective, candidates
from steelyard.models.objective.rates import Labels, Rates, Scores, Values
from steelyard.models.objective.threshold_choice import last_of_the_best
from steelyard.models.statistics.bootstrap import SAMPLES, Groups, Weights, chunks
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
    return np.concatenate([_choose(positives, negatives, objective, *weights) for weights in pieces])


def _choose(positives: Values, negatives: Values, objective: Objective, hits: Weights, misfires: Weights) -> Values:
    distinct = np.unique(np.concatenate([positives, negatives]))
    found, wrong = _called(positives, hits, distinct), _called(negatives, misfires, distinct)
    at = Rates.of(found, wrong, len(positives), len(negatives), objective.prevalence)
    feasible, values = objective.violations(at) == 0, objective.values(at)
    place = last_of_the_best(np.where(feasible, -values if objective.lower_is_better else values, -np.inf))
    present = -np.diff(found + wrong, axis=0) > 0
    return np.where(feasible.any(axis=0), _midway(distinct, present, place), np.nan)


def _called(scores: Values, weights: Weights, distinct: Values) -> Values:
    """(d + 1, b): the summed weights of the scores at or above each of the distinct ones, and 0 above all."""
    order = np.argsort(scores)
    below = np.zeros((len(scores) + 1, weights.shape[1]))
    np.cumsum(weights[order], axis=0, out=below[1:])
    first = np.append(np.searchsorted(scores[order], distinct), len(scores))
    called: Values = below[-1] - below[first]
    return called


def _midway(distinct: Values, present: npt.NDArray[np.bool_], place: npt.NDArray[np.int64]) -> Values:
    """Midway between the scores of each sample on both sides of a place, by the rule of ``candidates``.

    Of the scores (d,), ascending, a sample has those that are present (d, b); from its place on, (b,) in [0, d], they
    are called positive.
    """
    rows, samples = np.arange(len(distinct))[:, None], np.arange(len(place))
    below = np.maximum.accumulate(np.where(present, rows, -1), axis=0)
    lower = np.where(place > 0, below[np.maximum(place - 1, 0), samples], -1)
    least, most = candidates(distinct)[[0, -1]]
    # Of equals the highest was taken, so the score at the place itself is in the sample, unless nothing is called.
    upper = distinct[np.minimum(place, len(distinct) - 1)]
    below_it = distinct[np.maximum(lower, 0)]
    middle = (below_it + upper) / 2
    midway = np.where(lower < 0, least, np.where(middle > below_it, middle, upper))
    return np.where(place == len(distinct), most, midway)
