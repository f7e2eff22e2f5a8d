"""From the scores of K classes to decisions: which threshold is chosen on one part, and what each image is called."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.metrics import ARGMAX, argmax
from steelyard.models.metrics.tally import Tally
from steelyard.models.objective.objective import Objective
from steelyard.models.objective.rates import Labels, Rates, Scores
from steelyard.models.objective.threshold import UPPER_END, Choice

BY_ARGMAX = -1.0
"""A threshold below every score: no class has one, and the highest score decides."""


def threshold_class(objective: Objective, class_names: Sequence[str]) -> int | None:
    """The class whose threshold is chosen, by its place.

    Args:
        objective: what is wanted.
        class_names: K names; of two the second is the class to find.

    Returns:
        None where every class counts alike, and the highest score decides.
    """
    if len(class_names) == 2:
        return 1
    return class_names.index(objective.class_name) if objective.class_name else None


def choose(objective: Objective, labels: Labels, scores: Scores, class_names: Sequence[str]) -> Choice:
    """The operating point on one part: the best threshold of its class, or ``BY_ARGMAX``.

    Where no threshold is feasible, argmax stands in.

    Args:
        objective: what is wanted.
        labels: (n,) int in [0, K).
        scores: (n, K) float, probability of each class.
        class_names: K names.

    Raises:
        ValueError: the part lacks the class, or holds nothing else.
    """
    place = threshold_class(objective, class_names)
    if place is None:
        tally = Tally.of(labels, argmax(scores), len(class_names))
        value = float(tally.macro()["balanced_accuracy"])
        return Choice(BY_ARGMAX, True, value, value)
    own = (labels == place).astype(np.int64)
    if len(class_names) == 2:
        return objective.choose(own, scores[:, place], fallback=ARGMAX)
    choice = objective.choose(own, scores[:, place], fallback=UPPER_END)
    if choice.feasible:
        return choice
    found = rates_of(own, argmax(scores) == place)
    return replace(choice, threshold=BY_ARGMAX, value=float(objective.values(found)))


def rates_of(own: Labels, called: npt.NDArray[np.bool_]) -> Rates:
    """Rates of a decision on one class, of shape ().

    Args:
        own: (n,) int in {0, 1}, 1 for the images of the class; both present.
        called: (n,) bool, which images are called it.
    """
    positives = int(own.sum())
    hits, false_alarms = np.array(np.sum(called & (own == 1))), np.array(np.sum(called & (own == 0)))
    return Rates.of(hits, false_alarms, positives, len(own) - positives)


def decide(scores: Scores, threshold: float, place: int | None) -> npt.NDArray[np.int64]:
    """The class each image is called.

    An image is called the class with the threshold where its score reaches that, and otherwise the class of the highest
    score among the others.

    Args:
        scores: (n, K) float.
        threshold: as chosen; ``BY_ARGMAX`` where the highest score decides.
        place: of the class with the threshold; None where none has one.

    Returns:
        (n,) int64 in [0, K).
    """
    if threshold == BY_ARGMAX or place is None:
        return argmax(scores)
    own, others = scores[:, place].astype(np.float64), scores.astype(np.float64)
    others[:, place] = -np.inf
    return np.where(own >= threshold, place, argmax(others))
