"""What is wanted of a model: a metric to optimise, one to keep in bounds, and where it will work."""

from dataclasses import dataclass, field
from typing import Self, TypeVar

import numpy as np

from steelyard.models.metrics.half_plane import HalfPlane
from steelyard.models.metrics.registry import METRICS, Images, Parameters
from steelyard.models.objective.grammar import AS_TEST, read, write_number, written, written_bound
from steelyard.models.objective.rates import ROUNDING, Rates, Values

Share = TypeVar("Share")


@dataclass(frozen=True)
class Objective:
    """A metric to optimise and, optionally, one that must keep to a bound and the share of positives to expect.

    Attributes:
        metric: key of a metric that may stand alone, or ``recall`` or ``precision`` under a constraint.
        constraint: key of a metric that has a half-plane; "" for none.
        bound: of the constraint as written, so times the metric's ``per``; 0 without a constraint.
        prevalence: share of positives expected in use, for which everything is computed; None for the sample's.
        as_test: whether test's was asked for in words, which matters where train is thinned; no part of what is wanted.
        beta: of ``fbeta``, as metric or constraint, > 0; recall counts that many times as much as precision.
        false_negative_cost: of ``cost``, as metric or constraint, > 0; of one missed positive, in any unit.
        false_positive_cost: of ``cost``, > 0; of one false alarm, in the same unit.
        class_name: where every class counts, the one that all of it is about, beside the rest; "" for the class to
            find, or for ``balanced_accuracy`` over all classes.
    """

    metric: str
    constraint: str = ""
    bound: float = 0.0
    prevalence: float | None = None
    beta: float = 1.0
    false_negative_cost: float = 1.0
    false_positive_cost: float = 1.0
    class_name: str = ""
    as_test: bool = field(default=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an objective as people write it; ``str`` of it reads back as an equal one.

        Raises:
            BadInput: ``text`` is of no form, and the message shows them all; or a number in it is out of range.
        """
        return cls(**read(text))

    def __str__(self) -> str:
        numbers = self.parameters._asdict()
        words = [self.metric, f"of {self.class_name}" * bool(self.class_name), *written(self.metric, numbers)]
        if self.constraint:
            words += ["@", self.constraint, *written(self.constraint, numbers)]
            words += [written_bound(self.constraint, self.bound)]
        words += [] if self.prevalence is None else ["at prevalence", write_number(self.prevalence)]
        words += [f"at prevalence {AS_TEST}"] * (self.as_test and self.prevalence is None)
        return " ".join(word for word in words if word)

    @property
    def parameters(self) -> Parameters:
        """The numbers that its metrics take."""
        return Parameters(self.beta, self.false_negative_cost, self.false_positive_cost)

    @property
    def limit(self) -> float:
        """The bound in the unit of ``Rates``: 30 alarms per 1000 are a share of 0.03."""
        return self.bound / METRICS[self.constraint].per if self.constraint else 0.0

    @property
    def at_least(self) -> bool:
        """Whether the constrained metric must not fall below the bound; false where it must not exceed it, or none."""
        return bool(self.constraint) and METRICS[self.constraint].higher_is_better

    @property
    def lower_is_better(self) -> bool:
        """Whether the metric is to be minimised."""
        return not METRICS[self.metric].higher_is_better

    @property
    def is_of_the_curve(self) -> bool:
        """Whether the metric judges all thresholds at once, and not the one that is chosen."""
        return bool(METRICS[self.metric].chooses_by)

    @property
    def at_a_point(self) -> str:
        """The key of the metric that chooses the threshold: F1 for one that judges all thresholds at once."""
        return METRICS[self.metric].chooses_by or self.metric

    @property
    def needs_prevalence(self) -> bool:
        """Whether the same rates would be judged otherwise where another share is positive."""
        return any(METRICS[key].needs_prevalence for key in (self.metric, self.constraint) if key)

    @property
    def caution(self) -> str:
        """What to know before trusting it, whatever the images; "" where there is nothing."""
        if self.metric == "recall" and not self.constraint:
            return "objective recall alone is won by calling everything positive"
        # Where no prevalence is stated, one half: a constraint on alarms or on their rate allows the origin at any.
        plane = self.half_plane(0.5 if self.prevalence is None else self.prevalence)
        if self.metric == "precision" and plane is not None and plane.allows(0.0, 0.0):
            return f"objective {self} asks for no recall: it can be won by calling a single image positive"
        return ""

    def half_plane(self, prevalence: float | Values) -> HalfPlane | None:
        """Return where the constraint holds if this share of images, in (0, 1), is positive; None without one."""
        return METRICS[self.constraint].half_plane(self.limit, prevalence, self.parameters) if self.constraint else None

    def measure(self, key: str, rates: Rates) -> Values:
        """Compute a metric with the objective's parameters, of the shape of the rates and at their prevalence."""
        return METRICS[key].value(rates, self.parameters)

    def share_for(self, key: str, counted: Share) -> Share | float:
        """Return the share of positives that a metric is shown for: the stated one, or the counted.

        The latter where none is stated, and for a metric that is shown as counted and is not the constraint.
        """
        as_counted = METRICS[key].as_counted and key != self.constraint
        return counted if self.prevalence is None or as_counted else self.prevalence

    def values(self, rates: Rates) -> Values:
        """The metric that is optimised, of the shape of the rates; in [0, 1], for ``cost`` per image and >= 0.

        ``average_precision`` judges the curve, not a point: its operating point is that of the best F1, also a point
        on the precision-recall curve, so F1 is what this gives for it.
        """
        return self.measure(self.at_a_point, self._where_it_works(rates))

    def merit(self, rates: Rates) -> Values:
        """``values`` so that higher is better, in [0, 1]: for ``cost`` 1 / (1 + cost per image)."""
        values = self.values(rates)
        return 1 / (1 + values) if self.lower_is_better else values

    def constrained(self, rates: Rates) -> Values:
        """The metric that is kept in bounds, of the shape of the rates, alarms as a share; 0 without one."""
        if not self.constraint:
            return np.zeros_like(rates.recall)
        return self.measure(self.constraint, self._where_it_works(rates))

    @property
    def counted_in(self) -> Images:
        """The images that the constrained metric is a share of, where its bound is that of one share; else ""."""
        of = METRICS[self.constraint] if self.constraint else None
        if of is None or of.as_counted or (of.needs_prevalence and self.prevalence is not None):
            return ""
        return of.share_of

    def slack(self, rates: Rates) -> Values:
        """By how much the constraint is kept, of the shape of the rates: negative where it is missed; 0 without one.

        In the unit of the constrained metric where that is one counted share, else in that of its half-plane.
        """
        at = self._where_it_works(rates)
        if self.counted_in:
            excess = self.measure(self.constraint, at) - self.limit
            return excess if self.at_least else -excess
        plane = self.half_plane(at.prevalence)
        return np.zeros_like(rates.recall) if plane is None else plane.value(at.recall, at.false_positive_rate)

    def violations(self, rates: Rates) -> Values:
        """By how much the constraint is missed, in the unit of ``slack``; 0 where it is kept, and without one."""
        missed = -self.slack(rates)
        return np.where(missed > ROUNDING, missed, 0.0)

    def _where_it_works(self, rates: Rates) -> Rates:
        return rates if self.prevalence is None else rates.at(self.prevalence)
