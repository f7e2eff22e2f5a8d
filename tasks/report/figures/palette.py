"""Colours that tell handlings apart on white and on black, without telling red from green."""

from collections.abc import Sequence

from models.report.dossier import Cell
from models.tables import BASELINE

GREY = "#7d8793"
INK = "#010203"
"""Stands for the colour of text, which only the page knows."""

BLUE, ORANGE = "#2f86d0", "#dd7a1c"

# Okabe and Ito's, those that stand out on both papers.
HANDLINGS = ("#2f86d0", "#0a9e74", "#c86fa0", "#4fb0e0", "#8f78c8", "#a8882a")

# From little weight to much: amber, vermilion, plum. Each is darker than the one before, so they also differ in grey.
WEIGHTS = ((233, 166, 44), (213, 94, 0), (150, 50, 110))

Key = tuple[str, float]


def colours(cells: Sequence[Cell]) -> dict[Key, str]:
    """A colour per cell: grey for the baseline, a scale for class weights, one for each other method.

    Args:
        cells: of a sweep.
    """
    weights = sorted({key(cell)[::-1] for cell in cells if is_weighted(cell)})
    methods = list(dict.fromkeys(method(cell) for cell in cells if cell.cell != BASELINE and not is_weighted(cell)))
    found = {}
    for cell in cells:
        if cell.cell == BASELINE:
            colour = GREY
        elif is_weighted(cell):
            colour = _between(weights.index(key(cell)[::-1]) / max(1, len(weights) - 1))
        else:
            colour = HANDLINGS[methods.index(method(cell)) % len(HANDLINGS)]
        found[key(cell)] = colour
    return found


def key(cell: Cell) -> Key:
    """What tells a cell from the others: two weights may share a name."""
    return cell.cell, cell.weight_positive


def is_weighted(cell: Cell) -> bool:
    """Whether class weights are all that a cell does."""
    return cell.cell.startswith(("weights ", "weights:"))


def method(cell: Cell) -> str:
    """The handling without its options."""
    return "weights" if is_weighted(cell) else cell.cell.partition(":")[0]


def faint(colour: str, opacity: float) -> str:
    """The colour, as much of it as ``opacity`` in [0, 1] says."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def shades(colour: str) -> list[list[float | str]]:
    """A scale from hardly any of the colour, which is no field of its own on either paper, to most of it."""
    return [[0.0, faint(colour, 0.06)], [1.0, faint(colour, 0.85)]]


def _between(share: float) -> str:
    place = share * (len(WEIGHTS) - 1)
    first = min(int(place), len(WEIGHTS) - 2)
    mixed = (round(a + (b - a) * (place - first)) for a, b in zip(WEIGHTS[first], WEIGHTS[first + 1], strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)
