"""How sure a share of counted images can be, and a mean over seeds."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import t as student_t

Z_95 = 1.959963984540054


def wilson_interval(share: float, n: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval for a binomial share.

    Args:
        share: successes / n, in [0, 1].
        n: images counted, >= 1.
        z: normal quantile; the default gives 95 %.

    Returns:
        Lower and upper bound, in [0, 1].

    Raises:
        ValueError: ``share`` outside [0, 1] or ``n`` below 1.

    Source:
        Wilson 1927; equals ``scipy.stats.binomtest(k, n).proportion_ci(method="wilson")``.
    """
    if not 0 <= share <= 1 or n < 1:
        raise ValueError(f"share must be in [0, 1] and n >= 1, got {share} and {n}")
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def resolvable(positives: int, recall: float = 0.9) -> float:
    """Half-width of the 95 % interval that so many positives give a recall, in [0, 1]."""
    low, high = wilson_interval(recall, positives)
    return (high - low) / 2


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float, float]:
    """Mean of repeated measurements and Student's interval for it.

    Args:
        values: n >= 2 numbers, such as a paired difference per seed.
        confidence: in (0, 1).

    Returns:
        Mean, lower and upper bound; for fewer than two values the bounds are infinite.

    Source:
        Student 1908; equals ``scipy.stats.ttest_1samp(values, 0).confidence_interval(confidence)``.
    """
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return mean, -math.inf, math.inf
    half = float(student_t.ppf((1 + confidence) / 2, n - 1) * np.std(values, ddof=1) / math.sqrt(n))
    return mean, mean - half, mean + half
