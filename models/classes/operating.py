"""A trial's operating point where every class counts: chosen on val, reported on test."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.classes.objective import ClassesObjective
from steelyard.models.classes.tally import MACRO, Labels, Tally, argmax
from steelyard.models.outcome import Operating

PREFIX = "score_"
"""Of the columns of a trial's scores, followed by the number of the class."""

PerClass = dict[str, dict[str, float]]


def matrix(scores: pd.DataFrame) -> npt.NDArray[np.float32]:
    """(n, K) float32, the probability of each class, from the columns ``score_0``, ``score_1``, ..."""
    columns = [column for column in scores.columns if column.startswith(PREFIX)]
    return scores[[f"{PREFIX}{place}" for place in range(len(columns))]].to_numpy(np.float32)


def choose(scores: pd.DataFrame, objective: ClassesObjective, class_names: tuple[str, ...]) -> Operating:
    """Pick the threshold on val, or let argmax decide, and apply it to test.

    Args:
        scores: columns split, label and ``score_<c>``, as a trial writes them.
        objective: what the threshold is for.
        class_names: K names.

    Returns:
        An operating point whose metrics are macro over the classes present, with accuracy and balanced accuracy.
    """
    val = scores[scores["split"] == "val"]
    choice = objective.choose(val["label"].to_numpy(np.int64), matrix(val), class_names)
    at = {
        part: _macro(scores[scores["split"] == part], objective, choice.threshold, class_names)
        for part in ("val", "test")
    }
    return Operating(
        threshold=choice.threshold, feasible=choice.feasible, objective=choice.value, rank=choice.rank, **at
    )


def at_argmax(test: pd.DataFrame, class_names: tuple[str, ...]) -> PerClass:
    """Recall, precision and F1 of each class on some images, where the highest score decides."""
    return _named(test["label"].to_numpy(np.int64), argmax(matrix(test)), class_names)


def at_point(
    test: pd.DataFrame, objective: ClassesObjective, threshold: float, class_names: tuple[str, ...]
) -> PerClass:
    """Recall, precision and F1 of each class on some images, at a threshold."""
    called = objective.decide(matrix(test), threshold, class_names)
    return _named(test["label"].to_numpy(np.int64), called, class_names)


def _macro(
    part: pd.DataFrame, objective: ClassesObjective, threshold: float, class_names: tuple[str, ...]
) -> dict[str, float]:
    called = objective.decide(matrix(part), threshold, class_names)
    found = Tally.of(part["label"].to_numpy(np.int64), called, len(class_names)).macro()
    return {name: float(found[name]) for name in MACRO}


def _named(labels: Labels, called: Labels, class_names: tuple[str, ...]) -> PerClass:
    found = Tally.of(labels, called, len(class_names)).per_class()
    return {
        name: {metric: float(values[place]) for metric, values in found.items()}
        for place, name in enumerate(class_names)
    }
