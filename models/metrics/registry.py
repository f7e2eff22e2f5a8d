"""The registry of metrics: what each is called, how it is computed, and where it is shown.

One metric more is one entry in ``METRICS``, its test and a line of documentation. Every constraint on a metric is a
half-plane  a TPR + b FPR >= c  at a prevalence pi: each is derived beside the function that returns it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

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


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        label: its name for people.
        value: (rates, parameters) -> the metric, of the shape of the rates; None where no single threshold has it.
        half_plane: (limit, prevalence, parameters) -> where the metric keeps to the limit; None where it cannot be a
            constraint. The limit is in the unit of ``value``; the prevalence is in (0, 1).
        limit: a limit to show in an example, as people write it, so times ``per``.
        short: name where a column is narrow; "" for the label.
        higher_is_better: a constraint asks for at least its limit; False: for at most.
        needs_prevalence: whether the same rates give another value where another share of images is positive.
        as_counted: whether it is nevertheless shown for the share that was counted, where an objective states another.
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
    value: "Callable[[Rates, Parameters], Values] | None" = None
    half_plane: Callable[[float, float | Values, Parameters], HalfPlane] | None = None
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


def _precision(limit: float, pi: float | Values) -> HalfPlane:
    """Return where  pi TPR / (pi TPR + (1 - pi) FPR) >= p.

    Times the denominator:  pi (1 - p) TPR - (1 - pi) p FPR >= 0.
    """
    return HalfPlane(pi * (1 - limit), -(1 - pi) * limit, 0.0)


def _fbeta(limit: float, pi: float | Values, beta: float) -> HalfPlane:
    """Return where  (1 + B) pi TPR / (B pi + pi TPR + (1 - pi) FPR) >= f,  with  B = beta^2.

    Times the denominator:  pi (1 + B - f) TPR - (1 - pi) f FPR >= f B pi.  Divided by 1 + B, with w = 1 / (1 + B), so
    that no beta overflows:  pi (1 - w f) TPR - (1 - pi) w f FPR >= f (1 - w) pi.
    """
    w = 1 / (1 + beta * beta)
    return HalfPlane(pi * (1 - w * limit), -(1 - pi) * w * limit, limit * (1 - w) * pi)


def _cost(limit: float, pi: float | Values, given: Parameters) -> HalfPlane:
    """Return where  pi (1 - TPR) c_FN + (1 - pi) FPR c_FP <= k.

    Negated, with the constant on the right:  pi c_FN TPR - (1 - pi) c_FP FPR >= pi c_FN - k.
    """
    missed = pi * given.false_negative_cost
    return HalfPlane(missed, -(1 - pi) * given.false_positive_cost, missed - limit)


METRICS: dict[str, Metric] = {
    "recall": Metric(
        "recall",
        value=lambda at, given: at.recall,
        half_plane=lambda limit, pi, given: HalfPlane(1.0, 0.0, limit),
        limit=0.95,
        alone=True,
        shown=("logged", "one class"),
        share_of="positives",
    ),
    "balanced_accuracy": Metric(
        "balanced accuracy",
        value=lambda at, given: at.balanced_accuracy,
        # (TPR + 1 - FPR) / 2 >= m
        half_plane=lambda limit, pi, given: HalfPlane(0.5, -0.5, limit - 0.5),
        limit=0.8,
        short="balanced acc.",
        alone=True,
        shown=("every class",),
    ),
    "precision": Metric(
        "precision",
        value=lambda at, given: at.precision,
        half_plane=lambda limit, pi, given: _precision(limit, pi),
        limit=0.7,
        needs_prevalence=True,
        shown=("logged", "one class", "every class"),
        share_of="calls",
    ),
    "false_positive_rate": Metric(
        "false-positive rate",
        value=lambda at, given: at.false_positive_rate,
        half_plane=lambda limit, pi, given: HalfPlane(0.0, -1.0, -limit),
        limit=0.1,
        higher_is_better=False,
        share_of="negatives",
    ),
    "alarms": Metric(
        "alarms",
        value=lambda at, given: at.alarms,
        # pi TPR + (1 - pi) FPR <= m
        half_plane=lambda limit, pi, given: HalfPlane(-pi, -(1 - pi), -limit),
        limit=30,
        higher_is_better=False,
        needs_prevalence=True,
        share_of="images",
        per=1000,
        unit=" per 1000",
    ),
    "accuracy": Metric(
        "accuracy",
        value=lambda at, given: at.accuracy,
        # pi TPR + (1 - pi) (1 - FPR) >= m
        half_plane=lambda limit, pi, given: HalfPlane(pi, -(1 - pi), limit - (1 - pi)),
        limit=0.9,
        needs_prevalence=True,
        as_counted=True,
        shown=("logged", "one class", "every class"),
        share_of="images",
    ),
    "f1": Metric(
        "F1",
        value=lambda at, given: at.f1,
        half_plane=lambda limit, pi, given: _fbeta(limit, pi, 1.0),
        limit=0.6,
        needs_prevalence=True,
        alone=True,
        shown=("logged", "every class"),
    ),
    "fbeta": Metric(
        "F-beta",
        value=lambda at, given: at.fbeta(given.beta),
        half_plane=lambda limit, pi, given: _fbeta(limit, pi, given.beta),
        limit=0.6,
        needs_prevalence=True,
        alone=True,
        parameters=(Parameter("beta", "", 2),),
    ),
    "average_precision": Metric("average precision", needs_prevalence=True, alone=True, chooses_by="f1"),
    "cost": Metric(
        "cost",
        value=lambda at, given: at.cost(given.false_negative_cost, given.false_positive_cost),
        half_plane=_cost,
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

AT_A_POINT = tuple(key for key, of in METRICS.items() if of.value and not of.parameters)
"""Metrics of the class to find at any threshold: all that take no parameters."""


def counted_in(positives: int, negatives: int, calls: Any) -> dict[str, Any]:
    """Return the number of images of each kind that ``Metric.share_of`` names; calls may be one number or an array."""
    return {"positives": positives, "negatives": negatives, "calls": calls, "images": positives + negatives}


def metric(key: str) -> Metric:
    """Return the metric of a key, with or without the place or the class before it."""
    return METRICS[key.rpartition("/")[2]]
