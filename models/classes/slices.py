"""Accuracy within each value of a slice column, at the operating point."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.classes.evidence import ClassesEvidence
from steelyard.models.classes.points import whole
from steelyard.models.classes.verdict import ClassSlice
from steelyard.models.statistics.share_spread import effective_images, of_a_part, share_spreads
from steelyard.models.statistics.shares import IntervalName, Share
from steelyard.models.statistics.spread import Spread
from steelyard.models.verdict.point import estimate
from steelyard.models.verdict.tried import Cell


def slices(evidence: ClassesEvidence) -> Mapping[Cell, tuple[ClassSlice, ...]]:
    """Each cell's accuracy per value of each slice column, worst first; none where there is no such column.

    What seeds, and groups of images, do to accuracy as a whole, they are taken to do to a slice. A slice may be low
    because its classes are hard, and not because of what it has in common.
    """
    if evidence.slices is None or not len(evidence.slices.columns):
        return dict.fromkeys(evidence.cells, ())
    redrawn, basis, images = evidence.redrawn["operating"], whole(evidence), len(evidence.test.labels)
    accuracy = redrawn.macro()["accuracy"]
    cells = [accuracy.of(columns) for columns in evidence.cells.values()]
    found = share_spreads(cells, [float(images)] * len(cells), basis.images, basis.groups, evidence.kinds)
    at = evidence.slices.loc[evidence.test.ids]
    return {
        cell: tuple(
            sorted(
                (
                    _slice(column, value, redrawn.hit[columns][:, rows], spread, images, evidence.interval)
                    for column, value, rows in _values(at)
                ),
                key=lambda slice_: slice_.accuracy.value,
            )
        )
        for (cell, columns), spread in zip(evidence.cells.items(), found, strict=True)
    }


def _values(table: pd.DataFrame) -> Iterator[tuple[str, str, npt.NDArray[np.bool_]]]:
    for column in table.columns:
        values = table[column].to_numpy()
        for value in np.unique(values):
            yield str(column), str(value), values == value


def _slice(
    column: str, value: str, hit: npt.NDArray[np.bool_], whole_: Spread, images: int, interval: IntervalName
) -> ClassSlice:
    shares, counted = hit.mean(axis=1), hit.shape[1]
    spread = of_a_part(whole_, images, float(shares.mean()), counted)
    share = Share(spread.mean, effective_images(spread, counted))
    spread = replace(spread, deviation=float(shares.std(ddof=1)) if len(shares) > 1 else 0.0)
    return ClassSlice(column=column, value=value, images=counted, accuracy=estimate(spread, share.interval(interval)))
