"""How many times a value must be halved or doubled to be the usual one, and whether that is far out."""

import numpy as np
import numpy.typing as npt

FAR = 4.0
"""Robust standard deviations from the median; 3.5 is usual (Iglewicz & Hoaglin 1993), but images have long tails."""

LEAST = 1 / 255
"""Light below one step of 8 bits counts as that step, since logarithms have no zero."""

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def below(values: Values, halvings: float, far: float = FAR) -> Mask:
    """(n,) whether each value is so many halvings, and robust deviations, below the median."""
    apart, spread = steps(values)
    return apart < -max(far * spread, halvings)


def steps(values: Values) -> tuple[Values, float]:
    """Doublings from the median, (n,), and their robust standard deviation."""
    levels = np.log2(np.maximum(values, LEAST))
    apart = levels - np.median(levels)
    return apart, float(robust_deviation(apart))


def robust_deviation(apart: Values) -> Values:
    """Along the last axis, of differences from a median; of the normal distribution its standard deviation."""
    deviation: Values = 1.4826 * np.median(np.abs(apart), axis=-1)
    return deviation
