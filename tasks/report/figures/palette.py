"""Colours that tell handlings apart on white and on black, without telling red from green."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from steelyard.models.comparison.outcome import CellName
from steelyard.models.report.cells_shown import is_weighted, method

GREY = "#7d8793"

INK, SOFT, GRID, LINE, PAPER = "#1b2026", "#57606c", "#e6e9ed", "#d9dde3", "#ffffff"
"""Of text, of what stands back, of grids and axes, and of what is below: as on the page's light paper."""

OF_THE_PAGE = {INK: "var(--ink)", SOFT: "var(--soft)", GRID: "var(--grid)", LINE: "var(--line)", PAPER: "var(--paper)"}
"""What the page calls them, which has others of its own where it is dark or printed."""

BLUE, ORANGE = "#2f86d0", "#dd7a1c"

# Okabe and Ito's, those that stand out on both papers.
HANDLINGS = ("#2f86d0", "#0a9e74", "#c86fa0", "#4fb0e0", "#8f78c8", "#a8882a")

# From little weight to much: amber, vermilion, plum. Each is darker than the one before, so they also differ in grey.
WEIGHTS = ((233, 166, 44), (213, 94, 0), (150, 50, 110))

Dash = tuple[float, ...]
"""CSS pixels of a line that are drawn and left free in turn; () for all drawn."""

SOLID, DASHED, DOTTED = (), (5.0, 4.0), (2.0, 3.0)
DASHES: tuple[Dash, ...] = (SOLID, DOTTED, (6.0, 3.0, 2.0, 3.0))
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


def dash(cell: CellName, cells: Sequence[CellName]) -> Dash:
    """Of the line of one of a sweep's cells: the baseline's is dashed; of several recipes each has its own."""
    recipes = sorted({each.recipe for each in cells})
    if len(recipes) == 1:
        return DASHED if cell.is_baseline else SOLID
    return DASHES[recipes.index(cell.recipe) % len(DASHES)]


def shaded(shares: npt.NDArray[np.floating], colour: str, most: float) -> npt.NDArray[np.float64]:
    """Colours of fields from 0 to ``most``: the stronger the colour, the more.

    Args:
        shares: (m, n) float; NaN is left free.
        colour: ``#2f86d0``.
        most: > 0; gets most of the colour, and 0 hardly any, which is no field of its own on either paper.

    Returns:
        (m, n, 4) float in [0, 1]: red, green, blue and opacity.
    """
    opacity = np.where(np.isnan(shares), 0.0, 0.06 + 0.79 * np.clip(np.nan_to_num(shares) / most, 0, 1))
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return np.stack([*(np.full(shares.shape, part) for part in parts), opacity], axis=-1)


def _between(share: float) -> str:
    place = share * (len(WEIGHTS) - 1)
    first = min(int(place), len(WEIGHTS) - 2)
    mixed = (round(a + (b - a) * (place - first)) for a, b in zip(WEIGHTS[first], WEIGHTS[first + 1], strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)
