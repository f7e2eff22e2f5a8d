"""The choice of a threshold where images weigh, as on bootstrap samples of them: many weightings at once."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from steelyard.models.objective.margin import keeps_order, missed
from steelyard.models.objective.objective import EDGE, Objective
from steelyard.models.objective.rates import ROUNDING, Rates, Values
from steelyard.models.objective.threshold_choice import candidates, last_of_the_best

Weights = npt.NDArray[np.floating]

LEAST = 1e-9
"""Of a weight that is divided by."""

LOOKED_AT = 16
"""Images in order of which the last that a weighting has is looked for at once."""

AT_ONCE = 200_000
"""Thresholds times weightings that are looked at together: what is computed of them stays in the cache."""


def choose(
    positives: Values, negatives: Values, objective: Objective, hits: Weights, misfires: Weights, design: float = 1.0
) -> Values:
    """What ``best_threshold`` chooses on each of b weightings, (p, b) and (q, b), of scores (p,) and (q,): (b,).

    NaN where no threshold of a weighting is feasible at the edge; with a margin the nearest one stands in. ``design``
    is how many images say as much as one that is drawn alone.
    """
    fewest = float(np.min(misfires.sum(axis=0))) / design
    # Whoever calls another positive at most lowers the threshold to its score: what lies between is only false alarms.
    places = np.unique(positives if keeps_order(objective, fewest) else np.concatenate([positives, negatives]))
    pieces = max(1, hits.shape[1] * (len(negatives) + len(places)) // AT_ONCE)
    pairs = zip(*(np.array_split(of, pieces, axis=1) for of in (hits, misfires)), strict=True)
    return np.concatenate([_chosen((positives, negatives), places, objective, both, design) for both in pairs])


def _chosen(
    scores: tuple[Values, Values], places: Values, objective: Objective, weights: Sequence[Weights], design: float
) -> Values:
    found, wrong = (called_from(own, weight, places) for own, weight in zip(scores, weights, strict=True))
    own, rest = (weight.sum(axis=0) for weight in weights)
    at = _rates((found, wrong), (own, rest), (len(scores[0]), len(scores[1])), objective)
    violations = missed(objective, at, np.maximum(own, LEAST), np.maximum(rest, LEAST), design)
    values, allowed = objective.values(at), violations <= violations.min(axis=0) + ROUNDING
    place = last_of_the_best(np.where(allowed, -values if objective.lower_is_better else values, -np.inf))
    feasible = (violations == 0).any(axis=0) | (objective.margin > EDGE)
    return np.where(feasible, _midway(scores, places, weights, place), np.nan)


def _rates(
    called: tuple[Values, Values], all_of: tuple[Values, Values], images: tuple[int, int], objective: Objective
) -> Rates:
    """Of (d + 1, b) summed weights that are called, of (b,) those of all images of a class, and of their numbers."""
    (found, wrong), (own, rest) = called, all_of
    if np.allclose(own, images[0]) and np.allclose(rest, images[1]):
        return Rates.of(found, wrong, *images, objective.prevalence)
    share = objective.prevalence or np.clip(own / np.maximum(own + rest, LEAST), LEAST, 1 - LEAST)
    return Rates(found / np.maximum(own, LEAST), wrong / np.maximum(rest, LEAST), share)


def called_from(scores: Values, weights: Weights, distinct: Values) -> Values:
    """(d + 1, b): the summed weights of the scores at or above each of d distinct ones, and 0 above all."""
    order = np.argsort(scores)
    below = np.zeros((len(scores) + 1, weights.shape[1]))
    np.cumsum(weights[order], axis=0, out=below[1:])
    first = np.append(np.searchsorted(scores[order], distinct), len(scores))
    called: Values = below[-1] - below[first]
    return called


def _midway(
    scores: tuple[Values, Values], places: Values, weights: Sequence[Weights], place: npt.NDArray[np.int64]
) -> Values:
    """Midway between the scores of each weighting on both sides of a place, by the rule of ``candidates``.

    Images whose scores are at or above that of the place, (b,) in [0, d] of the places (d,), are called positive.
    """
    both = np.concatenate(scores)
    order = np.argsort(both)
    ascending = both[order]
    # Of equals the highest was taken, so the score at the place itself is in the sample, unless nothing is called.
    upper = places[np.minimum(place, len(places) - 1)]
    lower = _last_present(order, weights, np.searchsorted(ascending, upper) - 1)
    below_it = ascending[np.maximum(lower, 0)]
    middle, (least, most) = (below_it + upper) / 2, candidates(ascending)[[0, -1]]
    midway = np.where(lower < 0, least, np.where(middle > below_it, middle, upper))
    return np.where(place == len(places), most, midway)


def _last_present(
    order: npt.NDArray[np.int64], weights: Sequence[Weights], start: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The last place, (b,) from ``start`` down, of the images in order that has a weight; -1 where there is none."""
    found, number, back = start.copy(), len(weights[0]), np.arange(LOOKED_AT)
    looking = np.flatnonzero(found >= 0)
    while len(looking):
        before = found[looking][:, None] - back
        images, columns = order[np.maximum(before, 0)], np.broadcast_to(looking[:, None], before.shape)
        own, there = images < number, np.empty(before.shape, bool)
        there[own] = weights[0][images[own], columns[own]] > 0
        there[~own] = weights[1][images[~own] - number, columns[~own]] > 0
        there |= before < 0
        first = there.argmax(axis=1)
        found[looking] -= np.where(there.any(axis=1), first, LOOKED_AT)
        looking = looking[~there.any(axis=1)]
    return np.maximum(found, -1)
