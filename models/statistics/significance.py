"""Correction of p-values for many comparisons on the same images."""

from collections.abc import Sequence

import numpy as np


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p-values; below alpha, they keep the chance of any false finding among all m at or below alpha.

    With p_(0) <= p_(1) <= ... the sorted values:  max_{j <= i} min(1, (m - j) p_(j)). The tests may depend on each
    other in any way, as those of models on the same images do.

    Returns:
        m >= 0 adjusted p-values in [0, 1], in the order of ``p``, each at least its own; equal values stay equal.

    Raises:
        ValueError: a value is outside [0, 1].

    Source:
        Holm 1979; equals ``statsmodels.stats.multitest.multipletests(p, method="holm")[1]``.
    """
    values = np.asarray(p, dtype=np.float64)
    if not np.all((values >= 0) & (values <= 1)):
        raise ValueError(f"p must be in [0, 1], got {[float(value) for value in values]}")
    order = np.argsort(values)
    left = len(values) - np.arange(len(values))
    adjusted = np.empty_like(values)
    adjusted[order] = np.maximum.accumulate(np.minimum(1.0, left * values[order]))
    return [float(value) for value in adjusted]
