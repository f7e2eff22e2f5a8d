"""Parts of train that a learning curve is made of: one, two and three quarters of it."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from steelyard.models.data.carve import Groups, Rows, fold

QUARTERS = 4
"""Parts of train, of which one, two, three and all teach."""

UNLIKE = 0.08
"""Of train, by which a part of it may be off where groups are whole."""


def quarters_of(train: Rows, labels: Rows, groups: Groups) -> Iterator[tuple[int, npt.NDArray[np.bool_]]]:
    """1, 2 and 3 quarters of train, drawn within each class, groups whole, each holding the smaller ones.

    One that groups make much smaller or larger than it should be is left out, and so is one that lacks a class.

    Args:
        train: (n,) int64 rows, ascending.
        labels: (N,) int64 in [0, K) at these rows.
        groups: (N,) str; "" where an image stands alone.

    Yields:
        How many quarters, and (n,) which of the rows they are.
    """
    quarter, classes = fold(train, labels, groups, QUARTERS), np.unique(labels[train])
    for quarters in range(1, QUARTERS):
        inside = quarter < quarters
        off = abs(np.mean(inside) - quarters / QUARTERS)
        if off <= UNLIKE and np.array_equal(np.unique(labels[train[inside]]), classes):
            yield quarters, inside
