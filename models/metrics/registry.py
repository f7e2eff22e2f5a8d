"""The registry of metrics: what each is called, how it is computed, and where it is shown.

One metric more is one entry in ``METRICS``, its test and a line of documentation.

Each metric of one threshold is a ratio of two sums over the cells of the confusion matrix, which at a prevalence pi are
hits  pi TPR,  misses  pi (1 - TPR),  false alarms  (1 - pi) FPR  and rightly passed  (1 - pi) (1 - FPR).  Times the
denominator, which is not negative, the constraint  numerator / denominator >= limit  is
numerator - limit * denominator >= 0.  Its left side is linear in TPR and FPR, so the constraint is a half-plane.

Source:
    Koyejo, Natarajan, Ravikumar & Dhillon 2014, Consistent Binary Classification with Generalized Performance Metrics,
    NeurIPS, equation 2: the linear-fractional metrics.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

import numpy as np

from steelyard.models.metrics.half_plane import HalfPlane, Values

if TYPE_CHECKING:  # The package of the objective imports this module.
    from steelyard.models.objective.rates import Rates

Images = Literal["", "positives", "negatives", "calls", "images"]
Place = Literal["logged", "one class", "every class"]

OF_CLASS = "class/"
"""Prefix of the keys of the class that an objective is about, where every class counts."""


class Parameters(NamedTuple):
    """Numbers that some metrics take: ``beta`` of F-beta, and what one missed positive and one false alarm cost."""

    beta: float = 1.0
    false_negative_cost: float = 1.0
    false_positive_cost: float = 1.0


PLAIN = Parameters()


class Parameter(NamedTuple):
    """How a parameter is written behind a metric's key: ``2``, or ``fn=10`` where it has a name.

    Attributes:
        field: of ``Parameters``.
        name: before the number, with an equals sign; "" where the number stands alone.
        example: a number that will do.
    """

    field: str
    name: str
    example: float


Number = float | Values


class Cells(NamedTuple):
    """The confusion matrix: counts, or shares of images of any scale and shape."""

    hit: Number
    miss: Number
    false: Number
    passed: Number

    @property
    def images(self) -> Number:
        """All of them."""
        return self.hit + self.miss + self.false + self.passed

    @classmethod
    def at(cls, tpr: Number, fpr: Number, positives: Number = 1.0, negatives: Number = 1.0) -> Self:
        """Compute the cells from the rates and the weight of each class; by default both weigh the same."""
        hit, false = positives * tpr, negatives * fpr
        return cls(hit, positives - hit, false, negatives - false)


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        label: its name for people.
        ratio: (cells, parameters) -> numerator and denominator, each linear in the cells; None where no single
            threshold has the metric.
        limit: a limit to show in an example, as people write it, so times ``per``; 0 where it cannot be a constraint.
        short: name where a column is narrow; "" for the label.
        higher_is_better: a constraint asks for at least its limit; False: for at most.
        needs_prevalence: whether it counts images of both classes as often as they come; False: the cells are those of
            two classes that weigh the same.
        as_counted: whether it is shown for the share that was counted even where an objective states another.
        alone: whether an objective may consist of the metric alone.
        chooses_by: key of the metric that chooses the threshold, of a metric that judges all thresholds at once.
        parameters: that are written behind the key.
        shown: lists that it is part of: ``LOGGED``, ``ONE_CLASS``, ``EVERY_CLASS``.
        share_of: images that it is a share of, whose number its interval rests on; "" where it is no such share.
        per: factor that it is multiplied by for display.
        unit: text behind the displayed number; "" for a share.
        bounded: whether it lies in [0, 1].
    """

    label: str
    ratio: Callable[[Cells, Parameters], tuple[Number, Number]] | None = None
    limit: float = 0.0
    short: str = ""
    higher_is_better: bool = True
    needs_prevalence: bool = False
    as_counted: bool = False
    alone: bool = False
    chooses_by: str = ""
    parameters: tuple[Parameter, ...] = ()
    shown: tuple[Place, ...] = ()
    share_of: Images = ""
    per: int = 1
    unit: str = ""
    bounded: bool = True

    @property
    def sign(self) -> str:
        """On which side of its limit a constraint must stay."""
        return ">=" if self.higher_is_better else "<="

    def value(self, rates: "Rates", given: Parameters = PLAIN) -> Values:
        """Compute the metric, of the shape of the rates and at their prevalence; 0/0 is 0."""
        assert self.ratio is not None
        part, whole = self.ratio(rates.cells if self.needs_prevalence else rates.even_cells, given)
        part, whole = np.broadcast_arrays(np.asarray(part, np.float64), whole)
        return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)

    def half_plane(self, limit: Number, prevalence: Number, given: Parameters = PLAIN) -> HalfPlane | None:
        """Return where the metric keeps to a limit, in the unit of ``value``; None where it cannot be a constraint.

        The slack  +-(numerator - limit * denominator)  is linear in both rates, so three points give its weights.
        """
        if self.ratio is None:
            return None
        weights = (prevalence, 1 - prevalence) if self.needs_prevalence else (1.0, 1.0)
        sums = [self.ratio(Cells.at(*point, *weights), given) for point in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))]
        sign = 1 if self.higher_is_better else -1
        origin, all_found, all_false = (sign * (part - limit * whole) for part, whole in sums)
        return HalfPlane(all_found - origin, all_false - origin, -origin)


def _fbeta(at: Cells, beta: float) -> tuple[Number, Number]:
    """Return both sums of  (1 + b^2) hits / ((1 + b^2) hits + b^2 misses + false alarms),  divided by 1 + b^2.

    So divided, no beta becomes inf / inf.

    Source:
        van Rijsbergen 1979, Information Retrieval, ch. 7; equals ``sklearn.metrics.fbeta_score``.
    """
    false = 1 / (1 + beta * beta)
    return at.hit, at.hit + (1 - false) * at.miss + false * at.false


METRICS: dict[str, Metric] = {
    "recall": Metric(
        "recall",
        lambda at, given: (at.hit, at.hit + at.miss),
        limit=0.95,
        alone=True,
        shown=("logged", "one class"),
        share_of="positives",
    ),
    "balanced_accuracy": Metric(
        "balanced accuracy",
        lambda at, given: (at.hit + at.passed, at.images),
        limit=0.8,
        short="balanced acc.",
        alone=True,
        shown=("every class",),
    ),
    "precision": Metric(
        "precision",
        lambda at, given: (at.hit, at.hit + at.false),
        limit=0.7,
        needs_prevalence=True,
        shown=("logged", "one class", "every class"),
        share_of="calls",
    ),
    "false_positive_rate": Metric(
        "false-positive rate",
        lambda at, given: (at.false, at.false + at.passed),
        limit=0.1,
        higher_is_better=False,
        share_of="negatives",
    ),
    "alarms": Metric(
        "alarms",
        lambda at, given: (at.hit + at.false, at.images),
        limit=30,
        higher_is_better=False,
        needs_prevalence=True,
        share_of="images",
        per=1000,
        unit=" per 1000",
    ),
    "accuracy": Metric(
        "accuracy",
        lambda at, given: (at.hit + at.passed, at.images),
        limit=0.9,
        needs_prevalence=True,
        as_counted=True,
        shown=("logged", "one class", "every class"),
        share_of="images",
    ),
    "f1": Metric(
        "F1",
        lambda at, given: _fbeta(at, 1.0),
        limit=0.6,
        needs_prevalence=True,
        alone=True,
        shown=("logged", "every class"),
    ),
    "f2": Metric("F2", lambda at, given: _fbeta(at, 2.0), limit=0.5, needs_prevalence=True, alone=True),
    "fbeta": Metric(
        "F-beta",
        lambda at, given: _fbeta(at, given.beta),
        limit=0.6,
        needs_prevalence=True,
        alone=True,
        parameters=(Parameter("beta", "", 2),),
    ),
    "average_precision": Metric("average precision", needs_prevalence=True, alone=True, chooses_by="f1"),
    # Elkan 2001, The Foundations of Cost-Sensitive Learning, IJCAI, with nothing to pay for what is right.
    "cost": Metric(
        "cost",
        lambda at, given: (given.false_negative_cost * at.miss + given.false_positive_cost * at.false, at.images),
        limit=0.3,
        higher_is_better=False,
        needs_prevalence=True,
        alone=True,
        parameters=(Parameter("false_negative_cost", "fn", 10), Parameter("false_positive_cost", "fp", 1)),
        unit=" per image",
        bounded=False,
    ),
    "roc_auc": Metric("ROC area"),
}


def _shown(place: Place) -> tuple[str, ...]:
    return tuple(key for key, of in METRICS.items() if place in of.shown)


LOGGED = _shown("logged")
"""Metrics of every trial at its operating point in MLflow, where there is a class to find; else ``tally.MACRO``."""

ONE_CLASS = _shown("one class")
"""Metrics of a cell at its operating point that tables show with an interval, where there is a class to find."""

EVERY_CLASS = _shown("every class")
"""The same where every class counts."""

DEPENDENT = frozenset(key for key, of in METRICS.items() if of.needs_prevalence and not of.as_counted)
"""Metrics that are shown for the prevalence that an objective states."""

AT_A_POINT = tuple(key for key, of in METRICS.items() if of.ratio and not of.parameters)
"""Metrics of the class to find at any threshold: all that take no parameters."""


def counted_in(positives: int, negatives: int, calls: Any) -> dict[str, Any]:
    """Return the number of images of each kind that ``Metric.share_of`` names; calls may be one number or an array."""
    return {"positives": positives, "negatives": negatives, "calls": calls, "images": positives + negatives}


def metric(key: str) -> Metric:
    """Return the metric of a key, with or without the place or the class before it."""
    return METRICS[key.rpartition("/")[2]]
