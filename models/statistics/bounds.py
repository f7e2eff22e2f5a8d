"""One-sided 95 % bounds of a share of images, and of a weighted sum of two such shares."""

from functools import cache

import numpy as np
import numpy.typing as npt
import scipy  # Its parts come when they are first used: the command line is there half a second sooner.

Values = npt.NDArray[np.float64]
Groups = npt.NDArray[np.int64]

Factor = float | Values

CONFIDENCE = 0.95
"""Of each bound, on its one side."""

Z = 1.6448536269514722
"""The normal quantile at ``CONFIDENCE``."""


def lower_bound(share: Values, n: Values, tail: float = 1 - CONFIDENCE) -> Values:
    """Return the lower Clopper-Pearson bound of shares that were counted in n images.

    Args:
        share: (...) in [0, 1].
        n: (...) images counted, >= 0; a fraction where images come in groups.
        tail: chance that the bound is too high.

    Returns:
        (...) in [0, share]; 0 where nothing was counted.

    Source:
        Clopper & Pearson 1934, equal to ``scipy.stats.binomtest(k, n, alternative="greater").proportion_ci()``; with
        fractions for images in groups: Korn & Graubard 1998, Survey Methodology 24:193.
    """
    successes = share * n
    found = scipy.special.betaincinv(np.maximum(successes, 1e-9), np.maximum(n - successes, 0) + 1, tail)
    bound: Values = np.where(successes > 0, np.minimum(found, share), 0.0)
    return bound


def upper_bound(share: Values, n: Values, tail: float = 1 - CONFIDENCE) -> Values:
    """Return the upper bound likewise, in [share, 1]; 1 where nothing was counted."""
    return 1 - lower_bound(1 - share, n, tail)


def sum_bounds(
    shares: tuple[Values, Values], lows: tuple[Values, Values], highs: tuple[Values, Values], a: Factor, b: Factor
) -> tuple[Values, Values]:
    """Return the lower and the upper bound of a * first + b * second, two shares counted in different images.

    Each is given with its own bounds, from which the variances are recovered (MOVER); the factors are numbers, or one
    for each value.

    Source:
        Zou & Donner 2008, Statistics in Medicine 27:1693, equations 3 and 4.
    """
    value = a * shares[0] + b * shares[1]
    falls, rises = np.zeros_like(value), np.zeros_like(value)
    for factor, share, low, high in zip((a, b), shares, lows, highs, strict=True):
        down, up = factor * (share - low), factor * (high - share)
        positive = np.greater(factor, 0)
        falls += np.where(positive, down, up) ** 2
        rises += np.where(positive, up, down) ** 2
    return value - np.sqrt(falls), value + np.sqrt(rises)


def effective_number(share: Values, variance: Values, n: Values, groups: Values) -> Values:
    """Return how many images that stand alone would tell a share as well as n images in groups do.

    The variance of the share between groups says how many; where it is 0, as of a share of 0 or 1, each group counts
    as one image, as if its images were all alike. Student's quantile pays for a variance that few groups tell.

    Args:
        share: (...) in [0, 1].
        variance: (...) of the share, from the linearised sums of the groups.
        n: (...) images counted; never exceeded.
        groups: (...) groups that these are in.

    Source:
        Korn & Graubard 1998, equation 2.
    """
    student = _student(1 << int(groups.max()).bit_length())[np.maximum(groups - 1, 1).astype(np.int64)]
    told = share * (1 - share) * np.divide(1, variance, out=np.zeros_like(share), where=variance > 0)
    found = np.where(variance > 0, told * (Z / student) ** 2, groups)
    return np.minimum(np.where(groups > 1, found, 1.0), n)


@cache
def _student(size: int) -> Values:
    """Return (size,) Student's quantiles at ``CONFIDENCE`` by degrees of freedom, that of 0 as of 1."""
    quantiles: Values = scipy.special.stdtrit(np.maximum(np.arange(size), 1), CONFIDENCE)
    return quantiles


def number_of_part(called: npt.NDArray[np.bool_], part: npt.NDArray[np.bool_], groups: Groups) -> Values:
    """Return the effective number of images behind the share of a part that is called, as more and more are called.

    Args:
        called: (n,) images by falling score; the share is told after each of them, were ``called`` only those up to it.
        part: (n,) which of them the share is of; ``called`` outside it does not count.
        groups: (n,) code of each image's group, from 0 on.

    Returns:
        (n,) effective numbers.
    """
    own = np.bincount(groups, weights=part)
    hit = (called & part).astype(np.float64)
    before, size, there = _counted_before(hit, groups), float(part.sum()), int(np.sum(own > 0))
    squares, products = np.cumsum(hit * (2 * before + 1)), np.cumsum(hit * own[groups])
    share = np.cumsum(hit) / size
    spread = np.maximum(squares - 2 * share * products + share**2 * np.sum(own**2), 0.0)
    variance = spread / size**2 * there / max(1, there - 1)
    return effective_number(share, variance, np.full_like(share, size), np.full_like(share, there))


def number_of_called(own: npt.NDArray[np.bool_], groups: Groups) -> Values:
    """Return the effective number behind the share of positives among the images called, by falling score.

    Args and Returns as of ``number_of_part``; ``own`` are the positives.
    """
    hit, one = own.astype(np.float64), np.ones(len(own))
    hits, calls = _counted_before(hit, groups), _counted_before(one, groups)
    squares = np.cumsum(hit * (2 * hits + 1))
    products = np.cumsum((hits + hit) * (calls + 1) - hits * calls)
    sizes, there = np.cumsum(2 * calls + 1), np.cumsum(calls == 0).astype(np.float64)
    called = np.arange(1, len(own) + 1, dtype=np.float64)
    share = np.cumsum(hit) / called
    spread = np.maximum(squares - 2 * share * products + share**2 * sizes, 0.0)
    variance = spread / called**2 * there / np.maximum(1, there - 1)
    return effective_number(share, variance, called, there)


def _counted_before(marks: Values, groups: Groups) -> Values:
    """Return for each image the marks of its group's images before it."""
    order = np.argsort(groups, kind="stable")
    sums = np.cumsum(marks[order]) - marks[order]
    first = np.r_[True, np.diff(groups[order]) != 0]
    base = np.maximum.accumulate(np.where(first, sums, 0.0))
    counted = np.empty_like(marks)
    counted[order] = sums - base
    return counted
