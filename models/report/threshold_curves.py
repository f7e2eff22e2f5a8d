"""The curves of trials over all thresholds, the mean of a cell's, and where in their plane a constraint holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from steelyard.models.objective import Objective
from steelyard.models.objective.rates import ROUNDING, Labels, Rates, Scores, Values, rates
from steelyard.models.objective.threshold_choice import UPPER_END

RECALLS = np.linspace(0, 1, 101)
"""At which the curves of networks are averaged."""


@dataclass(frozen=True)
class Curve:
    """Recall and false-positive rate, in [0, 1] and rising, at falling thresholds: (k,) float64 each."""

    thresholds: Values
    recall: Values
    false_positive_rate: Values


def curve(labels: Labels, scores: Scores, steps: int) -> Curve:
    """All thresholds of a trial, but for those that leave both rates within one step of the last one kept.

    The first is above all scores, the last calls every image.

    Args:
        labels: (n,) int in {0, 1}, both present.
        scores: (n,) float in [0, 1].
        steps: that an axis from 0 to 1 is told apart in, >= 1.
    """
    thresholds, at = _all(labels, scores)
    squares = np.column_stack([np.floor(at.recall * steps), np.floor(at.false_positive_rate * steps)])
    kept = np.append(True, (np.diff(squares, axis=0) != 0).any(axis=1))
    kept[-1] = True
    return Curve(thresholds[kept], at.recall[kept], at.false_positive_rate[kept])


def mean(networks: Sequence[tuple[Labels, Scores]], recalls: Values = RECALLS) -> Curve:
    """The mean curve of a cell: at each recall the mean over networks of the false-positive rate it costs.

    Images of equal scores are called in one step, along which both rates rise evenly, as in the area under the curve.

    Args:
        networks: of each seed, and of each fold, (n,) int labels in {0, 1}, both present, and (n,) float scores in
            [0, 1].
        recalls: (k,) in [0, 1], rising.

    Returns:
        ``thresholds`` are the means of the networks' own.

    Source:
        Fawcett 2006, "An introduction to ROC analysis", section 8.2, with the axes exchanged: the average is taken
        along the false-positive rate, so that one mean serves the ROC curve and the precision-recall curve.
    """
    costs = [_cost(labels, scores, recalls) for labels, scores in networks]
    thresholds, false_alarms = (np.mean(of, axis=0) for of in zip(*costs, strict=True))
    return Curve(thresholds, recalls, false_alarms)


def _cost(labels: Labels, scores: Scores, recalls: Values) -> tuple[Values, Values]:
    """The highest threshold that reaches each recall, and the false-positive rate on the way there."""
    thresholds, at = _all(labels, scores)
    reached = np.searchsorted(at.recall, recalls - ROUNDING)
    before = np.maximum(reached - 1, 0)
    rise, cost = (of[reached] - of[before] for of in (at.recall, at.false_positive_rate))
    share = np.divide(recalls - at.recall[before], rise, out=np.zeros_like(rise), where=rise > 0)
    return thresholds[reached], at.false_positive_rate[before] + np.clip(share, 0, 1) * cost


def _all(labels: Labels, scores: Scores) -> tuple[Values, Rates]:
    """Every threshold that calls other images than the one before, falling, and the rates there."""
    thresholds = np.append(UPPER_END, np.unique(scores.astype(np.float64))[::-1])
    return thresholds, rates(labels, scores, thresholds)


def steps(trials: int) -> int:
    """How finely curves are told apart where there are so many: 200 steps for few trials, 60 for hundreds."""
    return int(np.clip(12_000 / max(1, trials), 60, 200))


class At(NamedTuple):
    """Rates of a cell, mean over its seeds; the precision is the mean of the seeds' own, as in the verdict."""

    recall: float
    false_positive_rate: float
    precision: float


def at_threshold(labels: Labels, seeds: npt.NDArray[np.floating], thresholds: Sequence[float], prevalence: float) -> At:
    """How a cell does where each seed has a threshold of its own.

    Args:
        labels: (n,) int in {0, 1}, both present.
        seeds: (s, n) float.
        thresholds: (s,) on the scale of the scores.
        prevalence: share of positives that the precision is for, in (0, 1).
    """
    found = [rates(labels, of, np.array([at])).at(prevalence) for of, at in zip(seeds, thresholds, strict=True)]
    return At(*(float(np.mean([getattr(at, name) for at in found])) for name in At._fields))


def allowed(objective: Objective, prevalence: float, recalls: Values) -> Values:
    """Compute the highest false-positive rate that the constraint allows at each recall.

    Args:
        objective: with a constraint or without.
        prevalence: share of positives, in (0, 1), for which the constraint is judged.
        recalls: (k,) in [0, 1].

    Returns:
        (k,) float64 in [0, 1]; NaN where no rate is allowed, 1 where all are.
    """
    plane = objective.half_plane(prevalence)
    return np.ones_like(recalls) if plane is None else plane.highest_fpr(recalls)


def edge(objective: Objective, prevalence: float, recalls: Values) -> Values:
    """The lowest precision that the constraint allows at each recall: that of ``allowed``; NaN likewise."""
    most = allowed(objective, prevalence, recalls)
    precision = Rates(recalls, np.nan_to_num(most), prevalence).precision
    # Where nothing is called the precision counts as 0, but the edge goes on as it comes.
    return np.where(np.isnan(most), np.nan, precision)
