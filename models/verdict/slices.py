"""Recall, or accuracy where every class counts, within each value of a slice column, at the operating point."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from steelyard.models.verdict.cell_verdict import Slice
from steelyard.models.verdict.estimates import fixed
from steelyard.models.verdict.evidence import Evidence

Rows = npt.NDArray[np.int64]


def slices(evidence: Evidence, column: int) -> tuple[Slice, ...]:
    """Return a network's share per value of each slice column, worst first; none where there is no such column.

    Where there is a class to find, recall, and values without an image of it are left out; else accuracy, which may be
    low because a value's classes are hard, and not because of what it has in common.
    """
    if evidence.slices is None or not len(evidence.slices.columns):
        return ()
    metric = "accuracy" if evidence.every_class else "recall"
    hit = (evidence.called(column) == evidence.test.labels).astype(np.float32)
    each = []
    for name, value, rows in _values(evidence):
        weights = evidence.weights[rows]
        there = np.maximum(weights.sum(axis=0, dtype=np.float64), 1.0)
        at = fixed(float(hit[rows].mean()), (hit[rows] @ weights) / there, float(len(rows)))
        each.append(Slice(column=name, value=value, images=len(rows), metric=metric, at=at))
    return tuple(sorted(each, key=lambda of_value: of_value.at.value))


def _values(evidence: Evidence) -> Iterator[tuple[str, str, Rows]]:
    """Each value of each column, and the images of test that count for it."""
    assert evidence.slices is not None
    table, counts = evidence.slices.loc[evidence.test.ids], evidence.every_class | (evidence.test.own == 1)
    for column in table.columns:
        values = table[column].to_numpy()
        for value in np.unique(values):
            if len(rows := np.flatnonzero((values == value) & counts)):
                yield str(column), str(value), rows
