"""Folds: parts of all images, each held out once while a network learns from all the others."""

import numpy as np
import numpy.typing as npt

from steelyard.models.data.carve import Groups, fold
from steelyard.models.errors import BadInput
from steelyard.models.spec.trial import Partition

DEFAULT = 5
"""Where heads are all that is trained, and nothing of the source speaks against it."""

LEAST_GROUPS = 10
"""Of each class, from which on folds are the default."""

Rows = npt.NDArray[np.int64]


def drawn(rows: Rows, labels: Rows, groups: Groups, spec: Partition) -> Rows:
    """Which fold each row is in, from 1 on: (n,) int64.

    Args:
        rows: (n,) int64, what is divided, ascending.
        labels: (N,) int64 in [0, K) at ``rows``.
        groups: (N,) str; "" where an image stands alone.
        spec: how many folds, and the seed that they are drawn by.

    Raises:
        BadInput: groups are too few, or too unequal, for so many folds.
    """
    folds = 1 + fold(rows, labels, groups, spec.folds, np.random.default_rng([spec.split_seed, 0]))
    if (there := int(folds.max())) < spec.folds:
        unlike = f"folds must be at most {there}, into which groups of such sizes can be divided, got {spec.folds}"
        raise BadInput(f"{unlike}; give fewer")
    return folds


def groups_of_classes(labels: Rows, groups: Groups) -> int:
    """Groups of the class that has the fewest, an image that stands alone being one.

    Args:
        labels: (N,) int64 in [0, K); -1 where an image is not used.
        groups: (N,) str; "" where an image stands alone.
    """
    alone = groups == ""
    return min(
        int(np.sum(alone & (labels == label))) + len(set(groups[~alone & (labels == label)]))
        for label in range(int(labels.max()) + 1)
    )
