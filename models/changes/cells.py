"""What became of each cell, from one sweep to another."""

from collections.abc import Collection, Sequence
from typing import TypeVar

from steelyard.models.changes.differences import Change, of_cell
from steelyard.models.trial import Frozen
from steelyard.models.verdict.verdict import CellVerdict, Estimate, Shape, Status

SHOWN = ("recall", "precision", "accuracy", "roc_auc")

Name = TypeVar("Name", bound=str | tuple[str, float])


class Standing(Frozen):
    """What one cell was in one sweep.

    Attributes:
        place: among the cells of the sweep, 1 for the best on val.
        shape: what the handling did to the curve of the baseline; None where no seed of both finished.
        status: whether the constraint holds on test; None where the objective has none.
        recall: on test at the operating point.
        precision: likewise, for the prevalence of the sweep's objective.
        accuracy: likewise, as counted.
        roc_auc: on test.
    """

    place: int
    shape: Shape | None
    status: Status | None
    recall: Estimate
    precision: Estimate
    accuracy: Estimate
    roc_auc: Estimate


class CellChange(Frozen):
    """One cell in both sweeps, or in one of them.

    Attributes:
        cell: its name.
        weight_positive: 0.5 where there are no weights.
        earlier: None where no trial of it finished there.
        later: likewise.
        changes: metric -> the later's minus the earlier's: ``roc_auc``, the objective's own metric and its
            constraint's; or ``roc_auc``, ``recall`` and, if both are for about the same share of positives,
            ``precision`` where the objectives are not the same; ``balanced_accuracy`` where every class counts; empty
            where the cell is in one sweep alone, or the sweeps are about different things.
    """

    cell: str
    weight_positive: float
    earlier: Standing | None
    later: Standing | None
    changes: dict[str, Change]


def standing(cells: Sequence[CellVerdict], name: str, weight_positive: float) -> Standing | None:
    """What a cell was among all of a sweep, best on val first; None where it is not there."""
    for place, cell in enumerate(cells, start=1):
        if (cell.cell, cell.weight_positive) == (name, weight_positive):
            status = cell.feasibility.status if cell.feasibility else None
            figures = {metric: of_cell(cell, metric) for metric in SHOWN}
            return Standing(place=place, shape=cell.shape, status=status, **figures)
    return None


def in_order(before: Collection[Name], now: Collection[Name]) -> list[Name]:
    """Names of both in the later's order, then those of the later alone, then those of the earlier alone."""
    names = dict.fromkeys([*now, *before])
    return sorted(names, key=lambda name: (name not in now or name not in before, name not in now))
