"""How many images it takes to show something, and what so many can show."""

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from scipy.special import ndtri

from steelyard.models.statistics.intervals import wilson_interval

STRIDE = 10
"""So many factors are passed over at first: 1 to 10 % of the way."""


def resolvable(positives: int, recall: float = 0.9) -> float:
    """Half-width of the 95 % interval that so many positives give a recall, in [0, 1]."""
    low, high = wilson_interval(recall, positives)
    return (high - low) / 2


def factor_needed(
    interval_at: Callable[[float], tuple[float, float]], bound: float, largest: float = 1000.0
) -> float | None:
    """The factor by which the numbers of images must grow until an interval no longer contains a bound.

    Args:
        interval_at: lower and upper bound of the interval at a factor in [1, largest], the estimate unchanged. Where a
            larger factor's interval is not always within a smaller one's, as with few degrees of freedom, what it
            leaves for less than a tenth of its way is passed over.
        bound: what must lie outside, on either side; an end of the interval is inside.
        largest: the factor at which to give up, >= 1.

    Returns:
        The smallest factor with 3 significant digits that does it, in [1, largest]; None where ``largest`` does not.

    Raises:
        ValueError: ``largest`` is not finite and at least 1.
    """
    if not 1 <= largest < math.inf:
        raise ValueError(f"largest must be finite and >= 1, got {largest}")
    factors = _three_digits(largest)
    coarse = [*range(0, len(factors), STRIDE), len(factors) - 1]

    def decides(factor: float) -> bool:
        low, high = interval_at(factor)
        return not low <= bound <= high

    first = next((place for place in coarse if decides(factors[place])), None)
    return None if first is None else factors[bisect_left(factors, True, max(0, first - STRIDE), first, key=decides)]


@dataclass(frozen=True)
class Smallest:
    """The smallest true differences between two models that are shown; above 1 where so few images show none."""

    recall: float
    roc_auc: float


def smallest_difference(
    positives: int,
    negatives: int,
    comparisons: int = 1,
    power: float = 0.8,
    alpha: float = 0.05,
    correlation: float = 0.5,
    *,
    recall: float = 0.9,
    area: float = 0.85,
) -> Smallest:
    """The smallest true difference of two models on the same images that a two-sided test shows with a given power.

    (z_{1 - alpha/(2 m)} + z_power) sqrt(2 (1 - rho)) se, where se is the standard error of one model. The level alpha/m
    is that of Holm's first step, so it holds whatever the other comparisons give. The test is taken to be normal.
    McNemar's exact one is more careful: where 80 % are asked for it has 72 % on 100 positives and 77 % on 600.

    Args:
        positives: images of the class to find, >= 1.
        negatives: images of the other class, >= 1.
        comparisons: m, how many pairs of models are compared, >= 1.
        power: chance of showing the difference, in [0.5, 1).
        alpha: chance of showing any difference where there is none, in (0, 1).
        correlation: rho, of the two estimates over draws of the images, in [-1, 1); for recall that is the correlation
            of the two models' hits over positives.
        recall: of the two models, in (0, 1).
        area: under the ROC curve of the two models, in (0, 1).

    Raises:
        ValueError: an argument outside its range.

    Source:
        The paired normal test, as in Connor 1987 for shares; the area as in Hanley & McNeil 1983.
    """
    _require(">= 1", lambda value: value >= 1, positives=positives, negatives=negatives, comparisons=comparisons)
    _require("in (0, 1)", lambda value: 0 < value < 1, alpha=alpha, recall=recall, area=area)
    _require("in [0.5, 1)", lambda value: 0.5 <= value < 1, power=power)
    _require("in [-1, 1)", lambda value: -1 <= value < 1, correlation=correlation)
    quantiles = float(ndtri(1 - alpha / (2 * comparisons)) + ndtri(power)) * math.sqrt(2 * (1 - correlation))
    return Smallest(
        recall=quantiles * math.sqrt(recall * (1 - recall) / positives),
        roc_auc=quantiles * area_error(area, positives, negatives),
    )


def area_error(area: float, positives: int, negatives: int) -> float:
    """Standard error of an area under the ROC curve.

    sqrt((A (1 - A) + (n1 - 1)(Q1 - A^2) + (n0 - 1)(Q2 - A^2)) / (n1 n0)),  Q1 = A / (2 - A),  Q2 = 2 A^2 / (1 + A).

    For an area A in [0, 1], n1 >= 1 positives and n0 >= 1 negatives.

    Returns:
        In units of the area, >= 0. Exact where the scores of both classes are exponential. For normal ones of the same
        variance at an area of .85 it is 17 % too large with 40 positives and 120 negatives, 27 % with 100 and 900, and
        15 % too small with 400 and 100.

    Source:
        Hanley & McNeil 1982, Radiology 143:29, equations 1 and 2.
    """
    two_positives, two_negatives = area / (2 - area) - area**2, 2 * area**2 / (1 + area) - area**2
    pairs = area * (1 - area) + (positives - 1) * two_positives + (negatives - 1) * two_negatives
    return math.sqrt(max(0.0, pairs) / (positives * negatives))


def _require(what: str, holds: Callable[[float], bool], **arguments: float) -> None:
    for name, value in arguments.items():
        if not holds(value):
            raise ValueError(f"{name} must be {what}, got {value}")


def _three_digits(largest: float) -> list[float]:
    """Numbers with 3 significant digits from 1 on, ascending, and ``largest``."""
    decades = range(math.ceil(math.log10(largest)) + 1)
    return [*(f for d in decades for m in range(100, 1000) if (f := m * 10**d / 100) < largest), largest]
