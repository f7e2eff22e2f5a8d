"""The thresholds of one network, what is certified at each of them, and the choice of one.

A constraint is certified at a threshold where its one-sided 95 % bound on the held-out scores keeps to the limit. The
choice among the certified thresholds is not corrected for: that the threshold handed over still keeps its constraint in
95 % of sweeps is shown by simulation (docs/statistics.md), as "Learn then Test" asks of any search over thresholds
(Angelopoulos, Bates, Candes, Jordan & Lei 2021).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.areas import areas
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
class Candidates:
    """The thresholds of one network that may be best, highest first, and what is known at each.

    The first calls no image. Below it a threshold lies under each distinct score of a positive, midway to the next
    lower score of any image: lowering it further only adds false alarms.

    Attributes:
        thresholds: (k,) float64, falling, on the scale of the scores.
        rates: (k,) at them, on the images that choose, at the objective's prevalence or their own.
        slack: (k,) by how much the constraint is kept, < 0 where it is missed; in the unit of ``Objective.slack``.
        low: (k,) its one-sided 95 % lower bound; ``high`` the upper one.
        size: positives and negatives.
    """

    thresholds: Values
    rates: Rates
    slack: Values
    low: Values
    high: Values
    size: tuple[int, int]

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
        numbers = _Numbers.of(own, None if groups is None else groups[order], ends)
        low, high = _bounds(objective, rates, numbers) if objective.constraint else (slack, slack)
        return cls(thresholds, rates, slack, low, high, size)

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

        The bound of one share is that limit. Of a sum of two, the limit is found between those that all and none keep.
        """
        if objective.counted_in:
            return objective.limit + (self.low if objective.at_least else -self.low)
        sign = 1.0 if objective.at_least else -1.0
        kept, missed = np.zeros(len(self.low)), np.ones(len(self.low))
        for _ in range(BISECTIONS if objective.bounded_constraint else 0):
            middle = (kept + missed) / 2
            holds = np.array([self.bound(objective, float(m if sign > 0 else 1 - m), at) >= 0 for at, m in enumerate(middle)])
            kept, missed = np.where(holds, middle, kept), np.where(holds, missed, middle)
        return kept if sign > 0 else 1 - kept

    def choose(self, objective: Objective) -> Choice:
        """Return the best of the certified thresholds, the highest of equals.

        Where none is certified, it is the one whose bound comes nearest to the limit, among those that find ``FLOOR``
        of the positives.
        """
        certified = self.low >= -ROUNDING
        values = objective.values(self.rates)
        if not certified.any():
            place = int(np.argmax(np.where(self.rates.recall >= FLOOR, self.low, -np.inf)))
            rank = max(-1.0, min(float(self.low[place]), -ROUNDING))
            return Choice(float(self.thresholds[place]), False, float(values[place]), rank, place)
        merit = np.where(certified, objective.merit(self.rates), -np.inf)
        place = int(np.argmax(merit >= merit.max() - ROUNDING))
        return Choice(float(self.thresholds[place]), True, float(values[place]), float(merit[place]), place)


def choose(objective: Objective, labels: Labels, scores: Scores, groups: Groups | None = None) -> Choice:
    """Choose a threshold, as ``Candidates.choose``; an objective of the curve is ranked by its area."""
    found = Candidates.of(objective, labels, scores, groups).choose(objective)
    if not objective.is_of_the_curve:
        return found
    share = objective.prevalence
    value = average_precision(labels, scores, share) if share else areas(scores[labels == 1], scores[labels == 0])[1]
    return Choice(found.threshold, True, value, value, found.place)


def average_precision(labels: Labels, scores: Scores, prevalence: float) -> float:
    """Return the average precision where another share of images, in (0, 1), is positive.

    Source:
        ``sklearn.metrics.average_precision_score`` with the images of each class weighted to that share.
    """
    own = labels == 1
    rising, others = np.sort(scores[own]), np.sort(scores[~own])
    recall = (len(rising) - np.searchsorted(rising, rising, "left")) / len(rising)
    wrong = (len(others) - np.searchsorted(others, rising, "left")) / len(others)
    return float(np.mean(prevalence * recall / (prevalence * recall + (1 - prevalence) * wrong)))


@dataclass(frozen=True)
class _Numbers:
    """(k,) effective numbers of images behind the shares that bounds are made of, at each candidate threshold."""

    positives: Values
    negatives: Values
    called: Values
    images: Values

    @classmethod
    def of(cls, own: npt.NDArray[np.bool_], groups: Groups | None, ends: npt.NDArray[np.int64]) -> Self:
        """Of images by falling score, called up to each of ``ends``; nothing is called at the first threshold."""
        calls, every = ends + 1.0, np.ones(len(own), bool)
        if groups is None:
            sizes = (float(own.sum()), float((~own).sum()), 0.0, float(len(own)))
            of_ends = (np.full(len(ends), sizes[0]), np.full(len(ends), sizes[1]), calls, np.full(len(ends), sizes[3]))
        else:
            parts = (number_of_part(every, part, groups) for part in (own, ~own, every))
            positives, negatives, images = (of[ends] for of in parts)
            of_ends = positives, negatives, number_of_called(own, groups)[ends], images
            each = (len(np.unique(groups[part])) for part in (own, ~own, every))
            positive, negative, all_images = map(float, each)
            sizes = positive, negative, 0.0, all_images
        return cls(*(np.append(first, of) for first, of in zip(sizes, of_ends, strict=True)))


def _bounds(objective: Objective, rates: Rates, numbers: _Numbers) -> tuple[Values, Values]:
    """Return the lower and the upper bound of the slack: of one share by its own, else of a sum of two."""
    if share_of := objective.counted_in:
        share, n = objective.constrained(rates), getattr(numbers, share_of)
        low, high = lower_bound(share, n) - objective.limit, upper_bound(share, n) - objective.limit
        return (low, high) if objective.at_least else (-high, -low)
    plane = objective.half_plane(rates.prevalence)
    both = (rates.recall, numbers.positives), (rates.false_positive_rate, numbers.negatives)
    low, high = sum_bounds(*both, plane.a, plane.b)
    return low - plane.c, high - plane.c
