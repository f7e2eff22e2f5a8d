"""What is wanted of a model: a metric to optimise, one to keep in bounds, and where it will work."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from steelyard.models.metrics.lexicon import DEPENDENT
from steelyard.models.objective.grammar import AS_TEST, PER, SIGNS, read, write_number
from steelyard.models.objective.rates import ROUNDING, Rates, Values

EDGE = 0.5
"""The margin of a threshold that may lie where the constraint just holds."""

STRICT = 0.99
"""The margin that is proposed where the constraint is not shown to hold."""


@dataclass(frozen=True)
class Objective:
    """A metric to optimise and, optionally, one that must keep to a bound and the share of positives to expect.

    Attributes:
        metric: ``recall``, ``precision``, ``f1``, ``fbeta``, ``balanced_accuracy``, ``average_precision`` or ``cost``.
        constraint: ``precision`` or ``recall`` (at least the bound), ``false_positive_rate`` or ``alarms`` (at most);
            "" for none.
        bound: as written: in (0, 1), for ``alarms`` per 1000 images and in (0, 1000); 0 without a constraint.
        prevalence: share of positives expected in use, for which everything is computed; None for the sample's.
        as_test: whether test's was asked for in words, which matters where train is thinned; no part of what is wanted.
        beta: of ``fbeta``, > 0; recall counts that many times as much as precision.
        false_negative_cost: of ``cost``, > 0; of one missed positive, in any unit.
        false_positive_cost: of ``cost``, > 0; of one false alarm, in the same unit.
        class_name: where every class counts, the one that all of it is about, beside the rest; "" for the class to
            find, or for ``balanced_accuracy`` over all classes.
        margin: chance that the constraint is to hold with for all images, in [0.5, 1), by which its threshold is
            chosen; no part of what is wanted.
    """

    metric: str
    constraint: str = ""
    bound: float = 0.0
    prevalence: float | None = None
    beta: float = 1.0
    false_negative_cost: float = 1.0
    false_positive_cost: float = 1.0
    class_name: str = ""
    margin: float = field(default=EDGE, compare=False)
    as_test: bool = field(default=False, compare=False)

    @classmethod
    def parse(cls, text: str, margin: float = EDGE) -> Self:
        """Read an objective as people write it; ``str`` of it reads back as an equal one.

        Raises:
            BadInput: ``text`` is of no form, and the message shows them all; or a number in it is out of range.
        """
        return cls(**read(text), margin=margin)

    def __str__(self) -> str:
        costs = f"fn={write_number(self.false_negative_cost)} fp={write_number(self.false_positive_cost)}"
        words = [self.metric, f"of {self.class_name}" * bool(self.class_name)]
        words += [{"fbeta": write_number(self.beta), "cost": costs}.get(self.metric, "")]
        if self.constraint:
            words += ["@", self.constraint, SIGNS[self.constraint], write_number(self.bound)]
        words += [f"per {PER}"] if self.constraint == "alarms" else []
        words += [] if self.prevalence is None else ["at prevalence", write_number(self.prevalence)]
        words += [f"at prevalence {AS_TEST}"] * (self.as_test and self.prevalence is None)
        return " ".join(word for word in words if word)

    @property
    def limit(self) -> float:
        """The bound in the unit of ``Rates``: 30 alarms per 1000 are a share of 0.03."""
        return self.bound / PER if self.constraint == "alarms" else self.bound

    @property
    def at_least(self) -> bool:
        """Whether the constrained metric must not fall below the bound; false where it must not exceed it, or none."""
        return SIGNS.get(self.constraint) == ">="

    @property
    def lower_is_better(self) -> bool:
        """Whether the metric is to be minimised."""
        return self.metric == "cost"

    @property
    def is_of_the_curve(self) -> bool:
        """Whether the metric judges all thresholds at once, and not the one that is chosen."""
        return self.metric == "average_precision"

    @property
    def needs_prevalence(self) -> bool:
        """Whether the same rates would be judged otherwise where another share is positive."""
        return bool({self.metric, self.constraint} & DEPENDENT)

    @property
    def caution(self) -> str:
        """What to know before trusting it, whatever the images; "" where there is nothing."""
        if self.metric == "recall" and not self.constraint:
            return "objective recall alone is won by calling everything positive"
        if self.metric == "precision" and not self.at_least:
            return f"objective {self} asks for no recall: it can be won by calling a single image positive"
        return ""

    def values(self, rates: Rates) -> Values:
        """The metric that is optimised, of the shape of the rates; in [0, 1], for ``cost`` per image and >= 0.

        ``average_precision`` judges the curve, not a point: its operating point is that of the best F1, also a point
        on the precision-recall curve, so F1 is what this gives for it.
        """
        at = self._where_it_works(rates)
        if self.metric == "cost":
            return at.cost(self.false_negative_cost, self.false_positive_cost)
        if self.metric == "fbeta":
            return at.fbeta(self.beta)
        values: Values = getattr(at, "f1" if self.is_of_the_curve else self.metric)
        return values

    def merit(self, rates: Rates) -> Values:
        """``values`` so that higher is better, in [0, 1]: for ``cost`` 1 / (1 + cost per image)."""
        values = self.values(rates)
        return 1 / (1 + values) if self.lower_is_better else values

    def constrained(self, rates: Rates) -> Values:
        """The metric that is kept in bounds, of the shape of the rates and in [0, 1], alarms as a share; else 0."""
        if not self.constraint:
            return np.zeros_like(rates.recall)
        values: Values = getattr(self._where_it_works(rates), self.constraint)
        return values

    def violations(self, rates: Rates) -> Values:
        """By how much the bound is missed, in [0, 1], of the shape of the rates; 0 where it is met or there is none."""
        if not self.constraint:
            return np.zeros_like(rates.recall)
        excess = self.constrained(rates) - self.limit
        missed = -excess if self.at_least else excess
        return np.where(missed > ROUNDING, missed, 0.0)

    def _where_it_works(self, rates: Rates) -> Rates:
        return rates if self.prevalence is None else rates.at(self.prevalence)
