"""A cell at one threshold per seed: its metrics, each with an interval for other images and other seeds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Self

from steelyard.models.metrics.registry import METRICS, counted_in
from steelyard.models.objective import Objective
from steelyard.models.statistics.combined_intervals import (
    alarms_interval,
    balanced_accuracy_interval,
    linear_interval,
    precision_interval,
)
from steelyard.models.statistics.intervals import IntervalName, Share
from steelyard.models.statistics.sampled import Sampled
from steelyard.models.statistics.share_spread import FEW
from steelyard.models.statistics.spread import Spread
from steelyard.models.statistics.variance_parts import HELD, LEARNED
from steelyard.models.verdict.cell_verdict import Estimate
from steelyard.models.verdict.estimates import (
    Interval,
    estimate,
    estimates,
    means,
    one_class_basis,
    share,
    spreads_of,
    within,
)
from steelyard.models.verdict.evidence import Evidence, judged
from steelyard.models.verdict.scored_trials import Cell


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
        at, (positives, negatives) = evidence.at(place, sampled), evidence.test.sizes
        called = at["recall"].value * positives + at["false_positive_rate"].value * negatives
        calls, basis = means(evidence, called), one_class_basis(evidence)
        images = counted_in(positives, negatives, calls)
        by_metric = {
            name: spreads_of(
                evidence, metric, basis, images.get(METRICS[name].share_of), _learned(evidence, name, place)
            )
            for name, metric in at.items()
        }
        return {
            cell: cls(
                _known_by_hits({name: of_cells[cell] for name, of_cells in by_metric.items()}, positives),
                positives,
                negatives,
                of_cell,
                evidence.objective,
                evidence.interval,
            )
            for cell, of_cell in zip(evidence.cells, calls, strict=True)
        }

    def without_seeds(self) -> Self:
        """The same where seeds added nothing, as with very many of them; what folds add is not theirs."""
        spreads = {
            metric: spread if spread.folded else replace(spread, between=0.0) for metric, spread in self.spreads.items()
        }
        return replace(self, spreads=spreads)

    def estimate(self, metric: str) -> Estimate:
        """The metric's mean over seeds and its 95 % interval."""
        return estimate(self.spreads[metric], self.bounds(metric))

    def bounds(self, metric: str, factor: float = 1.0) -> Interval:
        """The 95 % interval that ``factor`` times as many images would give, if the estimate stayed.

        A counted share has the interval of its count, one of two shares that of their combination, whatever else the
        bootstrap's.
        """
        own, stated, folded = self.spreads[metric], self.objective.prevalence, self.spreads["recall"].folded
        recall = share(self.spreads["recall"], self.positives, factor)
        false_alarms = share(self.spreads["false_positive_rate"], self.negatives, factor)
        if stated is not None and metric in ("precision", "alarms"):
            if folded and self._varies:  # A threshold that other images would have chosen moves both rates.
                return own.on_odds(factor)
            combined = precision_interval if metric == "precision" else alarms_interval
            return combined(recall, false_alarms, stated, self.interval)
        if metric == "balanced_accuracy" and not (folded and self._varies):
            return balanced_accuracy_interval(recall, false_alarms, self.interval)
        if metric == "cost":
            # Groups differ in their share of positives too.
            if (folded and self._varies) or (stated is None and own.groups is not None):
                low, high = own.interval(factor)
                return max(0.0, low), high
            return linear_interval(*self._costs(recall, false_alarms), self.interval)
        if share_of := METRICS[metric].share_of:
            images = counted_in(self.positives, self.negatives, self.calls)[share_of]
            return share(own, images, factor).interval(self.interval)
        return within(own, factor)

    @property
    def _varies(self) -> bool:
        """Whether hits, misses and false alarms are more than a few, so that samples of the images vary them."""
        hits = self.spreads["recall"].mean * self.positives
        return min(hits, self.positives - hits, self.calls - hits) >= FEW

    def _costs(self, recall: Share, false_alarms: Share) -> tuple[float, Share, float, Share]:
        """Cost per image as a sum of two shares: of positives that are missed, and of negatives that raise an alarm."""
        objective, own = self.objective, self.positives / (self.positives + self.negatives)
        positive = own if objective.prevalence is None else objective.prevalence
        costs = objective.false_negative_cost * positive, objective.false_positive_cost * (1 - positive)
        return costs[0], Share(1 - recall.value, recall.n), costs[1], false_alarms


def _known_by_hits(spreads: Mapping[str, Spread], positives: int) -> Mapping[str, Spread]:
    """The same, with no more degrees of freedom for a precision in folds than there are hits that tell its variance."""
    own = spreads["precision"]
    if not own.folded:
        return spreads
    return {**spreads, "precision": replace(own, hits=spreads["recall"].mean * positives)}


def precision_as_counted(evidence: Evidence) -> dict[Cell, Estimate]:
    """Precision at the operating point where as many images are positive as in test, whatever the objective states."""
    rates, (positives, negatives) = evidence.sampled, evidence.test.sizes
    recall, wrong = rates["operating/recall"], rates["operating/false_positive_rate"]
    metric = judged(recall, wrong, rates["operating/share"], attrgetter("precision"))
    calls = means(evidence, recall.value * positives + wrong.value * negatives)
    return estimates(evidence, metric, one_class_basis(evidence), calls, _learned(evidence, "precision", "operating"))


def _learned(evidence: Evidence, metric: str, place: str) -> float:
    """What other training sets are taken to add to the variance of a metric in folds, beside what samples say."""
    held = place == "operating" and evidence.chooses_again and metric == evidence.objective.constraint
    return HELD * evidence.test.alone if held else LEARNED
