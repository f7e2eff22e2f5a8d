"""95 % intervals of one number: of a share of counted images, and of a mean of repeated measurements."""

import math
from collections.abc import Sequence

import numpy as np
import scipy  # Its parts come when they are first used: the command line is there half a second sooner.

Z_95 = 1.959963984540054


def wilson_interval(share: float, n: float, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval for a binomial share.

    Args:
        share: successes / n, in [0, 1].
        n: images counted, finite and > 0; a fraction where it is an effective number (seeds or a design that cluster).
        z: normal quantile; the default gives 95 %.

    Returns:
        Lower and upper bound, in [0, 1], ``share`` between them.

    Raises:
        ValueError: ``share`` outside [0, 1], or ``n`` not finite and positive.

    Source:
        Wilson 1927; equals ``scipy.stats.binomtest(k, n).proportion_ci(method="wilson")``.
    """
    if not 0 <= share <= 1 or not 0 < n < math.inf:
        raise ValueError(f"share must be in [0, 1] and n finite and > 0, got {share} and {n}")
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At a share of 0 or 1 the bound is the share; rounding must not put it a hair inside.
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


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
    half = float(scipy.special.stdtrit(n - 1, (1 + confidence) / 2) * np.std(values, ddof=1) / math.sqrt(n))
    return mean, mean - half, mean + half
