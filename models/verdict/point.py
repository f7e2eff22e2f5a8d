"""A cell at one threshold per seed: its metrics, each with an interval for other images and other seeds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from steelyard.models.metrics.lexicon import METRICS, counted_in
from steelyard.models.objective import Objective
from steelyard.models.statistics.bootstrap import AREAS, Sampled
from steelyard.models.statistics.combined import (
    alarms_interval,
    balanced_accuracy_interval,
    linear_interval,
    precision_interval,
)
from steelyard.models.statistics.share_spread import effective_images
from steelyard.models.statistics.shares import IntervalName, Share
from steelyard.models.statistics.spread import Spread
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.tried import Cell
from steelyard.models.verdict.verdict import Estimate

Interval = tuple[float, float]


@dataclass(frozen=True)
class Point:
    """One cell at one threshold per seed.

    Attributes:
        spreads: metric -> mean over seeds and its variance.
        positives: of test.
        negatives: of test.
        calls: images called positive, mean over seeds.
        objective: gives the prevalence.
        interval: of shares.
    """

    spreads: Mapping[str, Spread]
    positives: int
    negatives: int
    calls: float
    objective: Objective
    interval: IntervalName

    @classmethod
    def of_each(cls, evidence: Evidence, place: str, sampled: Mapping[str, Sampled] | None = None) -> dict[Cell, Self]:
        """Every cell at a place; the cells share what they know of the variance between seeds."""
        at, cells = evidence.at(place, sampled), evidence.cells
        positives, negatives = evidence.test.sizes
        calls = at["recall"].value * positives + at["false_positive_rate"].value * negatives
        images = counted_in(positives, negatives, calls)
        by_metric = {
            name: evidence.spreads([of.of(columns) for columns in cells.values()], images.get(METRICS[name].share_of))
            for name, of in at.items()
        }
        return {
            cell: cls(
                {name: of_cells[number] for name, of_cells in by_metric.items()},
                positives,
                negatives,
                float(np.mean(calls[columns])),
                evidence.objective,
                evidence.interval,
            )
            for number, (cell, columns) in enumerate(cells.items())
        }

    def without_seeds(self) -> Self:
        """The same where seeds added nothing, as with very many of them."""
        spreads = {metric: replace(spread, between=0.0) for metric, spread in self.spreads.items()}
        return replace(self, spreads=spreads)

    def estimate(self, metric: str) -> Estimate:
        """The metric's mean over seeds and its 95 % interval."""
        return estimate(self.spreads[metric], self.bounds(metric))

    def estimates(self) -> dict[str, Estimate]:
        """Of every metric."""
        return {metric: self.estimate(metric) for metric in self.spreads}

    def bounds(self, metric: str, factor: float = 1.0) -> Interval:
        """The 95 % interval that ``factor`` times as many images would give, if the estimate stayed.

        A counted share has the interval of its count, one of two shares that of their combination, whatever else the
        bootstrap's.
        """
        stated, recall, false_alarms = self.objective.prevalence, *self._rates(factor)
        if stated is not None and metric in ("precision", "alarms"):
            combined = precision_interval if metric == "precision" else alarms_interval
            return combined(recall, false_alarms, stated, self.interval)
        if metric == "balanced_accuracy":
            return balanced_accuracy_interval(recall, false_alarms, self.interval)
        if metric == "cost":
            return linear_interval(*self._costs(recall, false_alarms), self.interval)
        if share_of := METRICS[metric].share_of:
            images = counted_in(self.positives, self.negatives, self.calls)[share_of]
            return self._share(metric, images, factor).interval(self.interval)
        low, high = self.spreads[metric].interval(factor)
        return max(0.0, low), min(1.0, high)

    def _rates(self, factor: float) -> tuple[Share, Share]:
        return (
            self._share("recall", self.positives, factor),
            self._share("false_positive_rate", self.negatives, factor),
        )

    def _costs(self, recall: Share, false_alarms: Share) -> tuple[float, Share, float, Share]:
        """Cost per image as a sum of two shares: of positives that are missed, and of negatives that raise an alarm."""
        own = self.positives / (self.positives + self.negatives)
        share = own if self.objective.prevalence is None else self.objective.prevalence
        missed = Share(1 - recall.value, recall.n)
        objective = self.objective
        return objective.false_negative_cost * share, missed, objective.false_positive_cost * (1 - share), false_alarms

    def _share(self, metric: str, images: float, factor: float) -> Share:
        spread = self.spreads[metric]
        return Share(min(1.0, max(0.0, spread.mean)), effective_images(spread, images, factor))


def areas(evidence: Evidence) -> dict[Cell, dict[str, Estimate]]:
    """The areas of the class to find, of every cell."""
    found = {name: _estimates(evidence, evidence.sampled[name]) for name in AREAS}
    return {cell: {name: of_cells[cell] for name, of_cells in found.items()} for cell in evidence.cells}


def _estimates(evidence: Evidence, metric: Sampled) -> dict[Cell, Estimate]:
    found = evidence.spreads([metric.of(columns) for columns in evidence.cells.values()])
    return {cell: estimate(spread, _of_area(spread)) for cell, spread in zip(evidence.cells, found, strict=True)}


def _of_area(spread: Spread) -> Interval:
    low, high = spread.interval()
    return max(0.0, low), min(1.0, high)


def estimate(spread: Spread, bounds: Interval) -> Estimate:
    """Mean, bounds that hold it, deviation and seeds."""
    low, high = bounds
    return Estimate(
        value=spread.mean,
        low=min(low, spread.mean),
        high=max(high, spread.mean),
        deviation=spread.deviation if spread.seeds > 1 else None,
        seeds=spread.seeds,
    )


def clears(bounds: Interval, objective: Objective) -> bool:
    """Whether all of the interval keeps to the objective's limit."""
    worst = bounds[0] if objective.at_least else bounds[1]
    return worst >= objective.limit if objective.at_least else worst <= objective.limit


def misses(bounds: Interval, objective: Objective) -> bool:
    """Whether none of the interval keeps to the objective's limit."""
    best = bounds[1] if objective.at_least else bounds[0]
    return best < objective.limit if objective.at_least else best > objective.limit


def more_positives(point: Point, factor: float) -> int:
    """How many more positives a growth of test by ``factor`` is."""
    return math.ceil(round((factor - 1) * point.positives, 6))
