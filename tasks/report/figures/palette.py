"""Colours that tell handlings apart on white and on black, without telling red from green."""

from collections.abc import Sequence

from steelyard.models.comparison.outcome import CellName
from steelyard.models.report.cells_shown import is_weighted, method

GREY = "#7d8793"
INK = "#010203"
"""Stands for the colour of text, which only the page knows."""

BLUE, ORANGE = "#2f86d0", "#dd7a1c"

# Okabe and Ito's, those that stand out on both papers.
HANDLINGS = ("#2f86d0", "#0a9e74", "#c86fa0", "#4fb0e0", "#8f78c8", "#a8882a")

# From little weight to much: amber, vermilion, plum. Each is darker than the one before, so they also differ in grey.
WEIGHTS = ((233, 166, 44), (213, 94, 0), (150, 50, 110))

DASHES = ("solid", "dot", "dashdot")
"""Of the recipes, where there are several."""

Colours = dict[tuple[str, float], str]
"""By the key of a cell."""


def colours(cells: Sequence[CellName]) -> Colours:
    """A colour per cell of a sweep: grey for a baseline, a scale for class weights, one for each other method.

    The same handling has the same colour in each recipe; ``dash`` tells these apart.
    """
    weights = sorted({(cell.weight_positive, cell.label) for cell in cells if is_weighted(cell)})
    methods = list(dict.fromkeys(method(cell) for cell in cells if not cell.is_baseline and not is_weighted(cell)))
    of_cell = {}
    for cell in cells:
        if cell.is_baseline:
            colour = GREY
        elif is_weighted(cell):
            colour = _between(weights.index((cell.weight_positive, cell.label)) / max(1, len(weights) - 1))
        else:
            colour = HANDLINGS[methods.index(method(cell)) % len(HANDLINGS)]
        of_cell[cell.key] = colour
    return of_cell


def dash(cell: CellName, cells: Sequence[CellName]) -> str:
    """Of the line of one of a sweep's cells: the baseline's is dashed; of several recipes each has its own."""
    recipes = sorted({each.recipe for each in cells})
    if len(recipes) == 1:
        return "dash" if cell.is_baseline else "solid"
    return DASHES[recipes.index(cell.recipe) % len(DASHES)]


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
