"""The metrics, each registered once: what it is called, what its interval is made from, and where it is shown.

A metric more is computed from the rates of a class (``objective/rates.py``) or the counts of K classes (``tally.py``)
under its key, has its entry here, and stands in the lists of where it is wanted.
"""

from typing import Any, Literal, NamedTuple

Images = Literal["", "positives", "negatives", "calls", "images"]

OF_CLASS = "class/"
"""Before the key of a metric of the class that an objective is about, where every class counts."""


class Metric(NamedTuple):
    """How a metric is told and judged.

    Attributes:
        label: what people call it.
        short: what it is called where a column is narrow; "" for the label.
        share_of: which images it is a share of, whose count its interval is made from; "" where it is made from
            bootstrap samples, or from the two shares that the metric combines.
        depends: whether the same rates make something else of it where another share of images is positive, so that it
            is told for the prevalence that an objective states; accuracy is told as counted.
        bound: how a constraint on it is written behind its key; "" where it cannot be one.
        alone: whether an objective may be the metric and no more.
        per: what it is multiplied by.
        unit: what then stands behind it; "" for a share.
        bounded: whether it lies in [0, 1], and differences of it in [-1, 1].
    """

    label: str
    short: str = ""
    share_of: Images = ""
    depends: bool = False
    bound: str = ""
    alone: bool = False
    per: int = 1
    unit: str = ""
    bounded: bool = True


METRICS = {
    "recall": Metric("recall", share_of="positives", bound=">= 0.95", alone=True),
    "precision": Metric("precision", share_of="calls", depends=True, bound=">= 0.7"),
    "false_positive_rate": Metric("false-positive rate", share_of="negatives", bound="<= 0.1"),
    "alarms": Metric("alarms", share_of="images", depends=True, bound="<= 30 per 1000", per=1000, unit=" per 1000"),
    "accuracy": Metric("accuracy", share_of="images"),
    "f1": Metric("F1", depends=True, alone=True),
    "fbeta": Metric("F-beta", depends=True),
    "balanced_accuracy": Metric("balanced accuracy", short="balanced acc.", alone=True),
    "cost": Metric("cost", depends=True, unit=" per image", bounded=False),
    "roc_auc": Metric("ROC area"),
    "average_precision": Metric("average precision", depends=True, alone=True),
    "rare": Metric("recall of the rarer half"),
    "frequent": Metric("recall of the more frequent half"),
}

LOGGED = ("recall", "precision", "accuracy", "f1")
"""Of every trial at its operating point in MLflow, where there is a class to find; else those of ``tally.MACRO``."""

ONE_CLASS = ("recall", "precision", "accuracy")
"""Of a cell at its operating point, that tables show with an interval where there is a class to find."""

EVERY_CLASS = ("balanced_accuracy", "precision", "f1", "accuracy")
"""Likewise where every class counts."""

DEPENDENT = frozenset(key for key, of in METRICS.items() if of.depends)
"""What the same rates make something else of where another share is positive."""

AT_A_POINT = tuple(key for key, of in METRICS.items() if of.share_of or key in ONE_CLASS)
"""Those that a class to find is judged by at any threshold."""


def counted_in(positives: int, negatives: int, calls: Any) -> dict[str, Any]:
    """How many images there are of each kind that ``Metric.share_of`` names; calls may be one number or an array."""
    return {"positives": positives, "negatives": negatives, "calls": calls, "images": positives + negatives}


def metric(key: str) -> Metric:
    """The metric of a key, with or without the place or the class before it."""
    return METRICS[key.rpartition("/")[2]]
