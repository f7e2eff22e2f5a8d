"""The metrics: what each is called, in which unit it is told, and whether it is a share."""

from typing import NamedTuple

OF_CLASS = "class/"
"""Before the key of a metric of the class that an objective is about, where every class counts."""


class Metric(NamedTuple):
    """How a metric is told.

    Attributes:
        label: what people call it.
        per: what it is multiplied by.
        unit: what then stands behind it; "" for a share.
        bounded: whether it lies in [0, 1], and differences of it in [-1, 1].
    """

    label: str
    per: float = 1.0
    unit: str = ""
    bounded: bool = True


METRICS = {
    "recall": Metric("recall"),
    "precision": Metric("precision"),
    "accuracy": Metric("accuracy"),
    "false_positive_rate": Metric("false-positive rate"),
    "alarms": Metric("alarms", 1000.0, " per 1000"),
    "f1": Metric("F1"),
    "fbeta": Metric("F-beta"),
    "balanced_accuracy": Metric("balanced accuracy"),
    "cost": Metric("cost", unit=" per image", bounded=False),
    "roc_auc": Metric("ROC area"),
    "average_precision": Metric("average precision"),
    "rare": Metric("recall of the rarer half"),
    "frequent": Metric("recall of the more frequent half"),
}

ONE_CLASS = ("recall", "precision", "accuracy")
"""Of a cell at its operating point, that tables show where there is a class to find."""

EVERY_CLASS = ("balanced_accuracy", "precision", "f1", "accuracy")
"""Likewise where every class counts."""


def metric(key: str) -> Metric:
    """The metric of a key, with or without the place or the class before it."""
    return METRICS[key.rpartition("/")[2]]
