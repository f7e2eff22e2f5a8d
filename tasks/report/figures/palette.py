"""Colours that tell handlings apart on white and on black, without telling red from green."""

from collections.abc import Sequence

from steelyard.models.comparison.outcome import CellName

GREY, BLUE, GREEN = "#7d8793", "#2f86d0", "#0a9e74"

INK, SOFT, GRID, LINE, PAPER = "#1b2026", "#57606c", "#e6e9ed", "#d9dde3", "#ffffff"
"""Of text, of what stands back, of grids and axes, and of what is below: as on the page's light paper."""

OF_THE_PAGE = {INK: "var(--ink)", SOFT: "var(--soft)", GRID: "var(--grid)", LINE: "var(--line)", PAPER: "var(--paper)"}
"""What the page calls them, which has others of its own where it is dark or printed."""

# Okabe and Ito's, those that stand out on both papers.
HANDLINGS = (BLUE, GREEN, "#c86fa0", "#4fb0e0", "#8f78c8", "#a8882a")

# From little weight to much: amber, vermilion, plum. Each is darker than the one before, so they also differ in grey.
WEIGHTS = ((233, 166, 44), (213, 94, 0), (150, 50, 110))

Colours = dict[tuple[str, float], str]
"""By the key of a cell."""


def colours(cells: Sequence[CellName]) -> Colours:
    """A colour per cell of a sweep: grey for a baseline, a scale for class weights, one for each other method.

    The same handling has the same colour in each recipe.
    """
    weights = sorted({(cell.weight_positive, cell.label) for cell in cells if _is_weighted(cell)})
    methods = list(dict.fromkeys(_method(cell) for cell in cells if not cell.is_baseline and not _is_weighted(cell)))
    of_cell = {}
    for cell in cells:
        if cell.is_baseline:
            colour = GREY
        elif _is_weighted(cell):
            colour = _between(weights.index((cell.weight_positive, cell.label)) / max(1, len(weights) - 1))
        else:
            colour = HANDLINGS[methods.index(_method(cell)) % len(HANDLINGS)]
        of_cell[cell.key] = colour
    return of_cell


def _is_weighted(cell: CellName) -> bool:
    return cell.label.startswith(("weights ", "weights:"))


def _method(cell: CellName) -> str:
    return cell.label.partition(":")[0]


def _between(share: float) -> str:
    place = share * (len(WEIGHTS) - 1)
    first = min(int(place), len(WEIGHTS) - 2)
    mixed = (round(a + (b - a) * (place - first)) for a, b in zip(WEIGHTS[first], WEIGHTS[first + 1], strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)
