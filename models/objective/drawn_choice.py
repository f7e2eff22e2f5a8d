"""The choice of a threshold on many samples of the same images, such as those of a bootstrap, at once."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from steelyard.models.objective.margin import keeps_order, missed
from steelyard.models.objective.objective import EDGE, Objective
from steelyard.models.objective.rates import ROUNDING, Labels, Rates, Values
from steelyard.models.objective.threshold_choice import candidates
from steelyard.models.statistics.dealing import Drawn

AT_ONCE = 200_000
"""Images of all samples that are looked at together: what is computed of them stays in the cache."""

Places = npt.NDArray[np.int64]


class Scored(NamedTuple):
    """(n,) images: 1 for a positive, else 0, and their scores in [0, 1]."""

    own: Labels
    scores: Values


def choose(scored: Scored, drawn: Drawn, objective: Objective, design: float = 1.0) -> Values:
    """What ``best_threshold`` chooses on each of b samples: (b,) float64.

    NaN where no threshold of a sample is feasible at the edge, since with a margin the nearest one stands in, and where
    a sample lacks a class. ``design`` is how many images say as much as one that is drawn alone.
    """
    distinct, code = np.unique(scored.scores, return_inverse=True)
    # Of equal scores the positives come first; what is no image is a negative before all others.
    keys = np.append(2 * code + (scored.own != 1), -1).astype(np.int32)
    pieces = np.array_split(drawn, max(1, min(len(drawn), drawn.size // AT_ONCE)))
    found = [_chosen(np.sort(keys[piece], axis=1), distinct, objective, design) for piece in pieces]
    return np.concatenate(found)


def _chosen(keys: npt.NDArray[np.int32], distinct: Values, objective: Objective, design: float) -> Values:
    """(b,) of (b, m) images in the order of their scores: twice the place of that, and 1 more of a negative."""
    there, own = keys >= 0, (keys & 1) == 0
    positives, negatives = own.sum(axis=1, dtype=float), (there & ~own).sum(axis=1, dtype=float)
    whole = (positives > 0) & (negatives > 0)
    fewest = float(negatives.min(initial=np.inf, where=whole)) / design
    rows, columns = np.divmod(np.flatnonzero(_looked_at(keys, own, objective, fewest)), keys.shape[1] + 1)
    from_here = np.pad(np.cumsum(own[:, ::-1], axis=1, dtype=np.int32)[:, ::-1], ((0, 0), (0, 1)))
    hits, sizes = from_here[rows, columns], (np.maximum(positives, 1)[rows], np.maximum(negatives, 1)[rows])
    at = Rates.of(hits, keys.shape[1] - columns - hits, *sizes, objective.prevalence)
    violations = missed(objective, at, *sizes, design)
    values = objective.values(at)
    best, least = _best(rows, -values if objective.lower_is_better else values, violations)
    feasible = whole & ((least == 0) | (objective.margin > EDGE))
    return np.where(feasible, _midway(keys, columns[best], distinct), np.nan)


def _looked_at(
    keys: npt.NDArray[np.int32], own: npt.NDArray[np.bool_], objective: Objective, negatives: float
) -> npt.NDArray[np.bool_]:
    """(b, m + 1) the images from which on all may be called: the first of its score; at last, none.

    Whoever calls another positive at most lowers the threshold to its score: what lies between is only false alarms.
    And where positives follow one another, all of them are found at the price of one; but more alarms may be too many,
    and to a precision of 1 they add nothing.
    """
    found = np.ones((len(keys), keys.shape[1] + 1), bool)
    found[:, :-1] = own if keeps_order(objective, negatives) else keys >= 0
    if keeps_order(objective, negatives) and objective.constraint != "alarms" and objective.metric != "precision":
        found[:, 1:-1] &= ~own[:, :-1]
    else:
        found[:, 1:-1] &= keys[:, 1:] >> 1 != keys[:, :-1] >> 1
    return found


def _best(rows: Places, signed: Values, violations: Values) -> tuple[Places, Values]:
    """Of the places of each row, ascending, the last of the best of those that miss the limit least; and by how much.

    From (k,) rows, ascending, from 0 on and each there, and (k,) of each place.
    """
    starts = np.searchsorted(rows, np.arange(rows[-1] + 1))
    least = np.minimum.reduceat(violations, starts)
    signed = np.where(violations <= least[rows] + ROUNDING, signed, -np.inf)
    best = np.maximum.reduceat(signed, starts)[rows]
    # Relative, as a cost can be of any size; where the best is 0 its equals are exact.
    equal = signed >= best - ROUNDING * np.abs(best)
    last: Places = np.maximum.reduceat(np.where(equal, np.arange(len(rows)), -1), starts)
    return last, least


def _midway(keys: npt.NDArray[np.int32], place: Places, distinct: Values) -> Values:
    """Midway between the scores of each sample on both sides of a place, by the rule of ``candidates``."""
    every, (least, most) = np.arange(len(keys)), candidates(distinct)[[0, -1]]
    upper = distinct[keys[every, np.minimum(place, keys.shape[1] - 1)] >> 1]
    before = keys[every, np.maximum(place - 1, 0)]
    below = distinct[np.maximum(before, 0) >> 1]
    middle = (below + upper) / 2
    midway = np.where((place == 0) | (before < 0), least, np.where(middle > below, middle, upper))
    chosen: Values = np.where(place == keys.shape[1], most, midway)
    return chosen
