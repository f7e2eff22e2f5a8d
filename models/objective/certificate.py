"""The thresholds of one network, what is certified at each of them, and the choice of one.

A constraint is certified at a threshold where its one-sided 95 % bound on the held-out scores keeps to the limit. The
choice among the certified thresholds is not corrected for: that the threshold handed over still keeps its constraint in
95 % of sweeps is shown by simulation (docs/statistics.md), as "Learn then Test" asks of any search over thresholds
(Angelopoulos, Bates, Candes, Jordan & Lei 2021).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.half_plane import HalfPlane
from steelyard.models.metrics.registry import METRICS, Images
from steelyard.models.objective.objective import Objective
from steelyard.models.objective.rates import ROUNDING, Labels, Rates, Scores, Values
from steelyard.models.statistics.bounds import (
    Groups,
    lower_bound,
    number_of_called,
    number_of_part,
    sum_bounds,
    upper_bound,
)

UPPER_END = float(np.nextafter(1, 2))
"""A threshold that calls no image."""

FLOOR = 0.05
"""Of the positives: thresholds that find fewer raise so few alarms that these can refute nothing."""

HALVINGS = 30
"""Of the limits between which the tightest is looked for."""

Bounds = tuple[Values, Values, "Intervals | None"]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Choice:
    """A threshold, and what it does on the images that chose it.

    Attributes:
        threshold: scores at or above it are called positive.
        certified: whether the constraint is certified there; true where the objective has none.
        value: the metric that is optimised; for ``cost`` per image, for ``average_precision`` that of the whole curve.
        rank: higher is better, and what is certified comes first: the value, in [0, 1], or 1 / (1 + cost per image);
            else minus what the bound lacks to the limit, in [-1, 0).
        place: of the threshold among the candidates.
    """

    threshold: float
    certified: bool
    value: float
    rank: float
    place: int


@dataclass(frozen=True)
class Intervals:
    """Recall and false-positive rate at k thresholds, each with its one-sided 95 % bounds, (k,) each."""

    shares: tuple[Values, Values]
    lows: tuple[Values, Values]
    highs: tuple[Values, Values]

    @classmethod
    def of(cls, rates: Rates, positives: Values, negatives: Values) -> Self:
        """From the rates, and the effective numbers of images of both classes."""
        shares = rates.recall, rates.false_positive_rate
        numbers = positives, negatives
        lows = lower_bound(shares[0], numbers[0]), lower_bound(shares[1], numbers[1])
        return cls(shares, lows, (upper_bound(shares[0], numbers[0]), upper_bound(shares[1], numbers[1])))

    def bounds(self, plane: HalfPlane) -> tuple[Values, Values]:
        """The bounds of the slack in a half-plane."""
        low, high = sum_bounds(self.shares, self.lows, self.highs, plane.a, plane.b)
        return low - plane.c, high - plane.c


@dataclass(frozen=True)
class Candidates:
    """The thresholds of one network that may be best, highest first, and what is known at each.

    The first calls no image. Below it a threshold lies under each distinct score of a positive, midway to the next
    lower score of any image: lowering it further only adds false alarms.

    Attributes:
        thresholds: (k,) float64, falling, on the scale of the scores.
        rates: (k,) at them, on the images that choose, at the objective's prevalence or their own.
        slack: (k,) by how much the constraint is kept, < 0 where it is missed; in the unit of ``Objective.slack``.
        low: (k,) its one-sided 95 % lower bound; ``high`` the upper one.
        intervals: of both rates, where the bound is that of a sum of them.
    """

    thresholds: Values
    rates: Rates
    slack: Values
    low: Values
    high: Values
    intervals: Intervals | None

    @classmethod
    def of(cls, objective: Objective, labels: Labels, scores: Scores, groups: Groups | None = None) -> Self:
        """Find the thresholds of (n,) scores, and bound the constraint at each.

        Args:
            objective: with a constraint or without.
            labels: (n,) int, 1 for a positive and 0 for a negative, both present.
            scores: (n,) float in [0, 1].
            groups: (n,) code of each image's group, from 0 on; None where each stands alone.
        """
        exact = scores.astype(np.float64)
        order = np.argsort(-exact, kind="stable")
        own, falling = labels[order] == 1, exact[order]
        last = np.flatnonzero(np.diff(falling, append=-np.inf))
        hits = np.cumsum(own)[last]
        kept = np.flatnonzero(np.diff(hits, prepend=0))
        ends, below = last[kept], np.append(falling[1:], 0.0)[last[kept]]
        middle = (falling[ends] + below) / 2
        # Between float64 neighbours there is no middle: it must not round down, or the lower would be called too.
        thresholds = np.append(UPPER_END, np.where(middle > below, middle, falling[ends]))
        size = int(own.sum()), int((~own).sum())
        found = np.append(0, hits[kept])
        rates = Rates.of(found, np.append(0, ends + 1) - found, *size, objective.prevalence)
        slack = objective.slack(rates)
        in_order = None if groups is None else groups[order]
        bounds = _bounds(objective, rates, partial(_number, own=own, groups=in_order, ends=ends))
        return cls(thresholds, rates, slack, *bounds)

    @property
    def refuted(self) -> bool:
        """Whether no threshold that finds ``FLOOR`` of the positives can be taken to keep the constraint.

        Each is refuted by its own 95 % bound. If some threshold kept the constraint in truth, its bound alone would
        miss that in at most 5 % of samples, so all of them together do (the intersection-union test: Berger 1982,
        Technometrics 24:295).
        """
        return bool((self.high[self.rates.recall >= FLOOR] < 0).all())

    def certified_limits(self, objective: Objective) -> Values:
        """Return (k,) the tightest limit that each threshold would be certified for, in the unit of the metric.

        Where the limit moves the edge of the half-plane alone, that is as far from the limit as the bound; else, as of
        a precision at a stated prevalence, it is found by halving.
        """
        told = METRICS[objective.constraint]
        if self.intervals is None or not told.bounded:
            return objective.limit + (self.low if objective.at_least else -self.low)
        kept, missed = (np.full(len(self.low), float(end)) for end in (not objective.at_least, objective.at_least))
        for _ in range(HALVINGS):
            middle = (kept + missed) / 2
            plane = told.half_plane(middle, self.rates.prevalence, objective.parameters)
            holds = plane is not None and self.intervals.bounds(plane)[0] >= 0
            kept, missed = np.where(holds, middle, kept), np.where(holds, missed, middle)
        return kept

    def choose(self, objective: Objective) -> Choice:
        """Return the best of the certified thresholds, the highest of equals.

        Where none is certified, it is the one whose bound comes nearest to the limit, among those that find ``FLOOR``
        of the positives.
        """
        best, rank, certified = best_places(objective, self.rates, self.low)
        place, value = int(best), float(objective.values(self.rates)[best])
        return Choice(float(self.thresholds[place]), bool(certified), value, float(rank), place)


def best_places(objective: Objective, rates: Rates, low: Values) -> tuple[Places, Values, npt.NDArray[np.bool_]]:
    """Return which of k thresholds is chosen, its rank, and whether it is certified; the first axis is theirs.

    From the rates, and the lower bounds of the slack, at the thresholds.
    """
    certified = low >= -ROUNDING
    some: npt.NDArray[np.bool_] = np.asarray(certified.any(axis=0))
    merit, nearest = np.where(certified, objective.merit(rates), -np.inf), np.where(rates.recall >= FLOOR, low, -np.inf)
    worth = np.where(some, merit, nearest)
    most = worth.max(axis=0)
    places = np.argmax(worth >= most - ROUNDING * some, axis=0)
    return places, np.where(some, most, np.clip(most, -1.0, -ROUNDING)), some


def _number(of: Images, own: npt.NDArray[np.bool_], groups: Groups | None, ends: npt.NDArray[np.int64]) -> Values:
    """Return (k,) effective numbers of the images that a share is of.

    From images by falling score, called up to each of ``ends``; at the first threshold nothing is called.
    """
    if of == "calls":
        return np.append(0.0, ends + 1.0 if groups is None else number_of_called(own, groups)[ends])
    every = np.ones(len(own), bool)
    part = {"positives": own, "negatives": ~own}.get(of, every)
    if groups is None:
        return np.full(len(ends) + 1, float(part.sum()))
    return np.append(float(len(np.unique(groups[part]))), number_of_part(every, part, groups)[ends])


def _bounds(objective: Objective, rates: Rates, number: Callable[[Images], Values]) -> Bounds:
    """Return the lower and the upper bound of the slack: of one share by its own, else of a sum of two.

    With the intervals of the two.
    """
    plane = objective.half_plane(rates.prevalence)
    if plane is None:
        return np.zeros_like(rates.recall), np.zeros_like(rates.recall), None
    if share_of := objective.counted_in:
        share, n = objective.constrained(rates), number(share_of)
        low, high = lower_bound(share, n) - objective.limit, upper_bound(share, n) - objective.limit
        return (low, high, None) if objective.at_least else (-high, -low, None)
    intervals = Intervals.of(rates, number("positives"), number("negatives"))
    return *intervals.bounds(plane), intervals
