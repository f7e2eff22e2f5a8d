"""How sure a mean over seeds can be."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit


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
    half = float(stdtrit(n - 1, (1 + confidence) / 2) * np.std(values, ddof=1) / math.sqrt(n))
    return mean, mean - half, mean + half
