"""The least variance of a difference of recalls, where classes have few images and a bootstrap finds too little.

Drawn among themselves, one image of a class never varies, and n of them vary (n - 1) / n of what they should. Of four
handlings that are alike, with 50 classes of one image each and one seed, the bootstrap alone put some in an order in 76
of 100 simulated sweeps, with 2 images each in 28; with this in 6 and in none (200 sweeps each, so +-3).
"""

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.tally import Values
from steelyard.models.statistics.class_bootstrap import Redrawn

Columns = npt.NDArray[np.int64]

MORE = 2
"""Images that each class is given beside its own, as the mean of all classes is."""


def even(chosen: npt.NDArray[np.bool_]) -> Values:
    """(K,) the same weight for each of the chosen classes, 0 for the others; they sum to 1."""
    weights: Values = chosen / chosen.sum()
    return weights


def least_variance(found: Redrawn, mine: Columns, others: Columns, weights: Values) -> float:
    """Least variance, over other images, of a weighted mean of the differences of recall, averaged over seeds.

    V = sum_c w_c^2 (q_c - d_c^2) / (n_c - 1) + 1 / N^2  with  N = 1 / sum_c w_c^2 / n_c

    d_c and q_c are the mean and the mean square of what an image of class c adds, found by one and not by the other; so
    each is taken as if ``MORE`` images more had those of all classes. 1 / N^2 is what one image more that only one
    finds adds.

    Args:
        found: decisions of all trials.
        mine: (S,) trials of a cell.
        others: (S,) trials of another, of the same seeds.
        weights: (K,) of the classes, summing to 1; 0 for a class without images.

    Source:
        As ``models.verdict.class_points.counted_in``, with the exact variance of paired shares in place of p (1 - p).
    """
    there = np.flatnonzero(weights)
    sizes, weight = found.once.sizes[there], weights[there]
    added = (found.hit[mine].astype(np.float64) - found.hit[others]).mean(axis=0)
    mean, square = (_per_class(found, of)[there] / sizes for of in (added, added**2))
    images = 1 / np.sum(weight**2 / sizes)
    overall = (images * np.sum(weight * square) + 1) / (images + 2)
    square = (sizes * square + MORE * overall) / (sizes + MORE)
    mean = (sizes * mean + MORE * np.sum(weight * mean)) / (sizes + MORE)
    return float(np.sum(weight**2 * (square - mean**2) / np.maximum(1, sizes - 1)) + 1 / images**2)


def _per_class(found: Redrawn, values: Values) -> Values:
    return np.bincount(found.labels, weights=values, minlength=len(found.once.sizes)).astype(np.float64)
