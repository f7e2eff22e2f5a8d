"""The choice of the threshold for an objective, and what each image is called at it.

Of two classes and of K: there the threshold is of one class, or none has one and the highest score decides.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.metrics import argmax
from steelyard.models.metrics.tally import Tally
from steelyard.models.objective.certificate import Candidates, Choice
from steelyard.models.objective.objective import Objective
from steelyard.models.objective.rates import Labels, Rates, Scores, Values
from steelyard.models.statistics.areas import areas_of_class
from steelyard.models.statistics.bounds import Groups

BY_ARGMAX = -1.0
"""A threshold below every score: no class has one, and the highest score decides."""


def threshold_class(objective: Objective, class_names: Sequence[str]) -> int | None:
    """Return the place of the class whose threshold is chosen; of two names that of the second, the class to find.

    None where every class counts alike, and the highest score decides.
    """
    if len(class_names) == 2:
        return 1
    return class_names.index(objective.class_name) if objective.class_name else None


def choose(
    objective: Objective, labels: Labels, scores: Scores, class_names: Sequence[str], groups: Groups | None = None
) -> Choice:
    """Choose the threshold of the class that has one, or ``BY_ARGMAX``.

    Args:
        objective: what it is for; one of the curve is ranked by its average precision.
        labels: (n,) int in [0, K).
        scores: (n, K) probabilities of each class.
        class_names: K names.
        groups: (n,) code of each image's group, from 0 on; None where each stands alone.

    Raises:
        ValueError: the images lack the class, or are of nothing else.
    """
    place = threshold_class(objective, class_names)
    if place is None:
        value = float(Tally.of(labels, argmax(scores), len(class_names)).macro()["balanced_accuracy"])
        return Choice(BY_ARGMAX, True, value, value, 0)
    own = (labels == place).astype(np.int64)
    found = Candidates.of(objective, own, scores[:, place], groups).choose(objective)
    if not objective.is_of_the_curve:
        return found
    value = areas_of_class(own == 1, scores[:, place], objective.prevalence)["average_precision"][0]
    return Choice(found.threshold, True, value, value, found.place)


def rates_of(own: Labels, called: npt.NDArray[np.bool_]) -> Rates:
    """Return the rates, of shape (), of (n,) images ``called`` a class; ``own`` in {0, 1}, both present, are of it."""
    positives = int(own.sum())
    hits, false_alarms = np.array(np.sum(called & (own == 1))), np.array(np.sum(called & (own == 0)))
    return Rates.of(hits, false_alarms, positives, len(own) - positives)


def decide(scores: Scores, threshold: float | Values, place: int | None) -> npt.NDArray[np.int64]:
    """Return the class each image is called.

    An image is called the class with the threshold where its score reaches that, and otherwise the class of the highest
    score among the others.

    Args:
        scores: (n, K) float.
        threshold: as chosen, one for all or (n,) of each image; ``BY_ARGMAX`` where the highest score decides.
        place: of the class with the threshold; None where none has one.

    Returns:
        (n,) int64 in [0, K).
    """
    if place is None:
        return argmax(scores)
    own, others, at = scores[:, place].astype(np.float64), scores.astype(np.float64), np.asarray(threshold)
    others[:, place] = -np.inf
    chosen = np.where(own >= at, place, argmax(others))
    return np.where(at == BY_ARGMAX, argmax(scores), chosen)
