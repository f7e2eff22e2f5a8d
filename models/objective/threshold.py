"""Thresholds to try, and the one that is chosen."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from steelyard.models.objective.rates import ROUNDING, Scores, Values

UPPER_END = float(np.nextafter(1, 2))


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


def candidates(scores: Scores) -> Values:
    """Thresholds that split the scores differently, ascending.

    Args:
        scores: (n,) float in [0, 1].

    Returns:
        (d + 1,) float64 for d distinct scores: 0 (everything is positive), midway between neighbours, and just
        above 1 (nothing is).
    """
    distinct = np.unique(scores).astype(np.float64)
    low, high = distinct[:-1], distinct[1:]
    middle = (low + high) / 2
    # Between float64 neighbours there is no middle: it must not round down, or the lower would be called too.
    return np.concatenate([[0.0], np.where(middle > low, middle, high), [UPPER_END]])


def highest_of_the_best(values: Values, feasible: npt.NDArray[np.bool_], lower_is_better: bool) -> int:
    """Index of the best among the feasible; of equals, up to rounding, the last.

    Args:
        values: (k,) float64, finite.
        feasible: (k,) bool, at least one true.
        lower_is_better: whether the best is the lowest.
    """
    return int(last_of_the_best(np.where(feasible, -values if lower_is_better else values, -np.inf)))


def last_of_the_best(signed: Values) -> npt.NDArray[np.int64]:
    """Along the first axis, the last index of what equals the highest up to rounding.

    Args:
        signed: (k, ...) float64, finite or -inf; higher is better.

    Returns:
        (...) int64.
    """
    best = signed.max(axis=0)
    # Relative, as a cost can be of any size; where the best is 0 its equals are exact.
    equal = signed >= best - ROUNDING * np.abs(best)
    last: npt.NDArray[np.int64] = len(signed) - 1 - np.argmax(equal[::-1], axis=0)
    return last
