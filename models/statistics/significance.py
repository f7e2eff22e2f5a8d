"""What many comparisons on the same images show: a test per pair of models, and what it costs to make several."""

from collections.abc import Sequence

import numpy as np
from scipy.special import bdtr


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


def mcnemar(b: int, c: int) -> float:
    """Exact two-sided McNemar test that two models err equally often on the same images.

    Images on which both are right or both are wrong say nothing of it; of the others each model should have half:
    min(1, 2 sum_{k <= min(b, c)} C(b + c, k) / 2^(b + c)).

    b >= 0 images only the first model gets right, c >= 0 only the second.

    Returns:
        p-value in (0, 1]; 1 where the models never differ.

    Raises:
        ValueError: ``b`` or ``c`` is negative.

    Source:
        McNemar 1947; equals ``statsmodels.stats.contingency_tables.mcnemar(table, exact=True)``.
    """
    if b < 0 or c < 0:
        raise ValueError(f"b and c must be counts >= 0, got {b} and {c}")
    return min(1.0, float(2 * bdtr(min(b, c), b + c, 0.5)))
