"""Some of many images, such that rare classes keep all of theirs."""

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


def some_of_each(labels: npt.NDArray[np.integer], most: int, seed: int = 0) -> Rows:
    """Places of at most so many images, ascending: classes with the most images are thinned to one size.

    Args:
        labels: (n,) int, >= 0.
        most: images, at least one of each class.
        seed: of what is drawn.
    """
    if len(labels) <= most:
        return np.arange(len(labels))
    counts = np.bincount(labels)
    each, left, room = most, most, int(np.count_nonzero(counts))
    for count in np.sort(counts[counts > 0]):
        each = max(1, left // room)
        if count > each:
            break
        left, room = left - int(count), room - 1
    rng = np.random.default_rng(seed)
    of_classes = (np.flatnonzero(labels == label) for label in np.flatnonzero(counts))
    kept = [rows if len(rows) <= each else rng.choice(rows, each, replace=False) for rows in of_classes]
    return np.sort(np.concatenate(kept))
