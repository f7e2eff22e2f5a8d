"""Which cells of a sweep stand out, where there is not room for all: the recommended one, then best on val first."""

from collections.abc import Sequence

from steelyard.models.comparison.outcome import CellName
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.differences import LEVEL

FEATURED = 12
"""Cells; beyond them only some have a line of their own."""

SIDE_BY_SIDE = 4
"""Cells whose classes are told one by one."""

COMPARED = 20
"""Cells whose differences are drawn, and again so many that are shown to differ."""


def is_weighted(cell: CellName) -> bool:
    """Whether class weights are all that a cell does."""
    return cell.label.startswith(("weights ", "weights:"))


def method(cell: CellName) -> str:
    """The handling without its options."""
    return "weights" if is_weighted(cell) else cell.label.partition(":")[0]


def featured(cells: Sequence[CellVerdict]) -> list[CellVerdict]:
    """All where they are few, else the best of each recipe's methods, and baselines."""
    if len(cells) <= FEATURED:
        return list(cells)
    first = {(cell.recipe, method(cell)): cell for cell in reversed(cells)}
    return [cell for cell in cells if first[cell.recipe, method(cell)] is cell]


def weighted(cells: Sequence[CellVerdict]) -> list[CellVerdict]:
    """The baseline and the cells that only weigh, by weight; of several recipes those of the best cell's."""
    own = [cell for cell in cells if cell.recipe == cells[0].recipe]
    found = [cell for cell in own if cell.is_baseline or is_weighted(cell)]
    return sorted(found, key=lambda cell: cell.weight_positive)


def side_by_side(cells: Sequence[CellVerdict], base: CellVerdict | None) -> list[CellVerdict]:
    """The baseline and the best handlings."""
    handlings = [cell for cell in cells if cell is not base][: SIDE_BY_SIDE - (base is not None)]
    return [cell for cell in cells if cell is base or cell in handlings]


def two(cells: Sequence[CellVerdict], base: CellVerdict | None) -> list[CellVerdict]:
    """The best, and the baseline or else the best handling beside it."""
    others = [cell for cell in (base, *cells) if cell and cell is not cells[0]]
    return [cells[0], *others[:1]]


def compared(cells: Sequence[CellVerdict], metric: str) -> list[CellVerdict]:
    """Those with a difference to the baseline: so many, and those beyond that are shown to differ in a metric."""
    found = [cell for cell in cells if cell.differences]
    return found[:COMPARED] + [cell for cell in found[COMPARED:] if cell.differences[metric].p_holm <= LEVEL][:COMPARED]
