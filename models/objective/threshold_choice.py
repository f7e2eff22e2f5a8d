"""The choice of the threshold for an objective, and what each image is called at it.

Of two classes and of K: there the threshold is of one class, or none has one and the highest score decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.metrics import ARGMAX, argmax
from steelyard.models.metrics.tally import Tally
from steelyard.models.objective.margin import Groups, design_effect, missed
from steelyard.models.objective.objective import EDGE, Objective
from steelyard.models.objective.rates import ROUNDING, Labels, Rates, Scores, Values, average_precision, rates

UPPER_END = float(np.nextafter(1, 2))

BY_ARGMAX = -1.0
"""A threshold below every score: no class has one, and the highest score decides."""


@dataclass(frozen=True)
class Choice:
    """A threshold chosen on one part.

    Attributes:
        threshold: scores at or above it are called positive; the fallback where nothing is feasible.
        feasible: whether the constraint holds at the threshold.
        value: the metric that is optimised, at the threshold; for ``cost`` the cost per image; for
            ``average_precision`` that of the whole curve.
        rank: higher is better. Feasible: the value, in [0, 1], or 1 / (1 + cost per image); infeasible: minus the
            smallest violation, in [-1, 0). So whatever meets its constraint ranks before whatever does not.
    """

    threshold: float
    feasible: bool
    value: float
    rank: float


def threshold_class(objective: Objective, class_names: Sequence[str]) -> int | None:
    """The place of the class whose threshold is chosen; of two names that of the second, the class to find.

    None where every class counts alike, and the highest score decides.
    """
    if len(class_names) == 2:
        return 1
    return class_names.index(objective.class_name) if objective.class_name else None


def choose(
    objective: Objective,
    labels: Labels,
    scores: Scores,
    class_names: Sequence[str],
    groups: Groups | None = None,
    parts: int = 1,
) -> Choice:
    """The operating point on one part: the best threshold of its class, or ``BY_ARGMAX``.

    From (n,) labels in [0, K), (n, K) probabilities of each class, and (n,) codes of groups, None where each image
    stands alone. Where no threshold is feasible, the nearest one stands in, or argmax where the edge would do. Where
    the images are one of several ``parts``, whose thresholds together are to keep the margin, each lies as deep as that
    of all of them would.

    Raises:
        ValueError: the part lacks the class, or holds nothing else.
    """
    place = threshold_class(objective, class_names)
    if place is None:
        value = float(Tally.of(labels, argmax(scores), len(class_names)).macro()["balanced_accuracy"])
        return Choice(BY_ARGMAX, True, value, value)
    own = (labels == place).astype(np.int64)
    if len(class_names) == 2:
        return best_threshold(objective, own, scores[:, place], ARGMAX, groups, parts)
    choice = best_threshold(objective, own, scores[:, place], UPPER_END, groups, parts)
    if choice.feasible or objective.margin > EDGE:
        return choice
    value = float(objective.values(rates_of(own, argmax(scores) == place)))
    return replace(choice, threshold=BY_ARGMAX, value=value)


def best_threshold(
    objective: Objective,
    labels: Labels,
    scores: Scores,
    fallback: float,
    groups: Groups | None = None,
    parts: int = 1,
) -> Choice:
    """The best threshold of a class by brute force over all that differ; of equals the highest.

    From (n,) labels in {0, 1}, both present, (n,) probabilities of the positive and (n,) codes of groups; ``fallback``
    is the threshold to report where none is feasible at the edge. With a margin it is the one whose bound comes nearest
    to the limit. The images are one of several ``parts``, as of ``choose``.
    """
    thresholds = np.append(candidates(scores), fallback)
    at, design = rates(labels, scores, thresholds, objective.prevalence), design_of(objective, labels, scores, groups)
    design /= parts
    values, sizes = objective.values(at), (int(np.sum(labels == 1)), int(np.sum(labels == 0)))
    signed = -values if objective.lower_is_better else values
    violations = missed(objective, at, *sizes, design)[:-1]
    if violations.all() and objective.margin <= EDGE:
        return Choice(fallback, False, float(values[-1]), -float(violations.min()))
    chosen = _best(signed[:-1], violations)
    value, rank = float(values[chosen]), float(objective.merit(at)[chosen])
    if violations.all():
        # Groups are as hard for every network: what they do to one must not rank it behind another.
        alone = missed(objective, at, *sizes, 1 / parts)[:-1]
        return Choice(float(thresholds[chosen]), False, value, -float(max(alone.min(), ROUNDING)))
    if objective.is_of_the_curve:
        value = rank = average_precision(labels, scores, objective.prevalence)
    return Choice(float(thresholds[chosen]), True, value, rank)


def _best(signed: Values, violations: Values) -> int:
    """Of the thresholds that miss the limit least, the last of those with the highest value."""
    return int(last_of_the_best(np.where(violations <= violations.min() + ROUNDING, signed, -np.inf)))


def design_of(objective: Objective, labels: Labels, scores: Scores, groups: Groups | None) -> float:
    """How many of the images say as much as one that is drawn alone, at the threshold that would do at the edge."""
    if objective.margin <= EDGE or groups is None:
        return 1.0
    thresholds = candidates(scores)
    at = rates(labels, scores, thresholds, objective.prevalence)
    signed = -objective.values(at) if objective.lower_is_better else objective.values(at)
    return design_effect(objective, labels, scores >= thresholds[_best(signed, objective.violations(at))], groups)


def candidates(scores: Scores) -> Values:
    """Thresholds that split (n,) scores in [0, 1] differently, ascending.

    (d + 1,) float64 for d distinct scores: 0 (everything is positive), midway between neighbours, and just above 1
    (nothing is).
    """
    distinct = np.unique(scores).astype(np.float64)
    low, high = distinct[:-1], distinct[1:]
    middle = (low + high) / 2
    # Between float64 neighbours there is no middle: it must not round down, or the lower would be called too.
    return np.concatenate([[0.0], np.where(middle > low, middle, high), [UPPER_END]])


def last_of_the_best(signed: Values) -> npt.NDArray[np.int64]:
    """Along the first axis of (k, ...), finite or -inf, the last index of what equals the highest up to rounding."""
    best = signed.max(axis=0)
    # Relative, as a cost can be of any size; where the best is 0 its equals are exact.
    equal = signed >= best - ROUNDING * np.abs(best)
    last: npt.NDArray[np.int64] = len(signed) - 1 - np.argmax(equal[::-1], axis=0)
    return last


def rates_of(own: Labels, called: npt.NDArray[np.bool_]) -> Rates:
    """Rates, of shape (), of which images are ``called`` (n,) a class; ``own`` (n,) in {0, 1}, both present, are it."""
    positives = int(own.sum())
    hits, false_alarms = np.array(np.sum(called & (own == 1))), np.array(np.sum(called & (own == 0)))
    return Rates.of(hits, false_alarms, positives, len(own) - positives)


def decide(scores: Scores, threshold: float | Values, place: int | None) -> npt.NDArray[np.int64]:
    """The class each image is called.

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
