"""The choice of a threshold where images weigh, as on bootstrap samples of them: many weightings at once."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from steelyard.models.objective.margin import missed
from steelyard.models.objective.objective import EDGE, Objective
from steelyard.models.objective.rates import ROUNDING, Rates, Values
from steelyard.models.objective.threshold_choice import candidates, last_of_the_best

Weights = npt.NDArray[np.floating]

LEAST = 1e-9
"""Of a weight that is divided by."""

AT_ONCE = 200_000
"""Thresholds times weightings that are looked at together: what is computed of them stays in the cache."""


def choose(
    positives: Values, negatives: Values, objective: Objective, hits: Weights, misfires: Weights, design: float = 1.0
) -> Values:
    """What ``best_threshold`` chooses on each of b weightings, (p, b) and (q, b), of scores (p,) and (q,): (b,).

    NaN where no threshold of a weighting is feasible at the edge; with a margin the nearest one stands in. ``design``
    is how many images say as much as one that is drawn alone.
    """
    distinct = np.unique(np.concatenate([positives, negatives]))
    pieces = max(1, hits.shape[1] * len(distinct) // AT_ONCE)
    pairs = zip(*(np.array_split(of, pieces, axis=1) for of in (hits, misfires)), strict=True)
    return np.concatenate([_chosen((positives, negatives), distinct, objective, both, design) for both in pairs])


def _chosen(
    scores: tuple[Values, Values], distinct: Values, objective: Objective, weights: Sequence[Weights], design: float
) -> Values:
    found, wrong = (called_from(own, weight, distinct) for own, weight in zip(scores, weights, strict=True))
    at = _rates(found, wrong, len(scores[0]), len(scores[1]), objective)
    violations = missed(objective, at, np.maximum(found[0], LEAST), np.maximum(wrong[0], LEAST), design)
    values, allowed = objective.values(at), violations <= violations.min(axis=0) + ROUNDING
    place = last_of_the_best(np.where(allowed, -values if objective.lower_is_better else values, -np.inf))
    present = -np.diff(found + wrong, axis=0) > 0
    feasible = (violations == 0).any(axis=0) | (objective.margin > EDGE)
    return np.where(feasible, _midway(distinct, present, place), np.nan)


def _rates(found: Values, wrong: Values, positives: int, negatives: int, objective: Objective) -> Rates:
    """Of (d + 1, b) summed weights, the first of them of all images of a class."""
    if np.allclose(found[0], positives) and np.allclose(wrong[0], negatives):
        return Rates.of(found, wrong, positives, negatives, objective.prevalence)
    share = objective.prevalence or np.clip(found[0] / np.maximum(found[0] + wrong[0], LEAST), LEAST, 1 - LEAST)
    return Rates(found / np.maximum(found[0], LEAST), wrong / np.maximum(wrong[0], LEAST), share)


def called_from(scores: Values, weights: Weights, distinct: Values) -> Values:
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
