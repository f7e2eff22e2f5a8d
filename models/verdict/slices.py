"""Recall within each value of a slice column, at the operating point."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.statistics.share_spread import effective_images, of_a_part
from steelyard.models.statistics.shares import Share
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.point import Point, estimate
from steelyard.models.verdict.tried import Cell
from steelyard.models.verdict.verdict import Slice


def slices(evidence: Evidence, cell: Cell, point: Point, table: pd.DataFrame) -> tuple[Slice, ...]:
    """The cell's recall per value of each slice column, worst first; values without positives are left out.

    Args:
        evidence: of the sweep.
        cell: which.
        point: the cell at its operating point; what seeds, and groups of images, do to recall as a whole, they are
            taken to do to a slice.
        table: a column (str) per slice, indexed by image id; of all images of test at least.
    """
    test, columns = evidence.test, evidence.cells[cell]
    found = evidence.called(columns)
    at = table.loc[test.ids]
    return tuple(
        sorted(
            (
                _slice(str(column), value, found[:, rows], point)
                for column in at.columns
                for value, rows in _positives_by_value(at[column], test.labels).items()
            ),
            key=lambda slice_: slice_.recall.value,
        )
    )


def _positives_by_value(column: "pd.Series[str]", labels: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.int64]]:
    values = column.to_numpy()
    rows = {str(value): np.flatnonzero((values == value) & (labels == 1)) for value in np.unique(values)}
    return {value: places for value, places in rows.items() if len(places)}


def _slice(column: str, value: str, found: npt.NDArray[np.bool_], point: Point) -> Slice:
    recalls, positives = found.mean(axis=1), found.shape[1]
    whole = of_a_part(point.spreads["recall"], point.positives, float(recalls.mean()), positives)
    spread = replace(whole, deviation=float(recalls.std(ddof=1)) if len(recalls) > 1 else 0.0)
    share = Share(spread.mean, effective_images(spread, positives))
    recall = estimate(spread, share.interval(point.interval))
    return Slice(column=column, value=value, positives=positives, recall=recall)
