"""Recall, or accuracy where every class counts, within each value of a slice column, at the operating point."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from steelyard.models.statistics.intervals import IntervalName
from steelyard.models.statistics.share_spread import of_a_part
from steelyard.models.statistics.spread import Spread
from steelyard.models.verdict.cell_verdict import Slice
from steelyard.models.verdict.estimates import estimate, share
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import Cell

Rows = npt.NDArray[np.int64]


def slices(evidence: Evidence, cell: Cell, whole: Spread) -> tuple[Slice, ...]:
    """A cell's share per value of each slice column, worst first; none where there is no such column.

    Where there is a class to find, recall, and values without an image of it are left out; else accuracy, which may be
    low because a value's classes are hard, and not because of what it has in common.

    What seeds, and groups of images, do to the whole of it, they are taken to do to a slice.
    """
    if evidence.slices is None or not len(evidence.slices.columns):
        return ()
    metric = "accuracy" if evidence.every_class else "recall"
    hit = (evidence.called["operating"] == evidence.test.labels)[evidence.cells[cell]]
    images = len(evidence.test.labels) if evidence.every_class else evidence.test.sizes[0]
    each = [
        _slice((column, value, metric), hit[:, rows], whole, images, evidence.interval)
        for column, value, rows in _values(evidence)
    ]
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


def _slice(
    names: tuple[str, str, str], hit: npt.NDArray[np.bool_], whole: Spread, images: int, interval: IntervalName
) -> Slice:
    shares, counted = hit.mean(axis=1), hit.shape[1]
    spread = of_a_part(whole, images, float(shares.mean()), counted)
    spread = replace(spread, deviation=float(shares.std(ddof=1)) if len(shares) > 1 else 0.0)
    column, value, metric = names
    at = estimate(spread, share(spread, counted).interval(interval))
    return Slice(column=column, value=value, images=counted, metric=metric, at=at)
