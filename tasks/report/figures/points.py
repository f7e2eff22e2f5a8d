"""The points to choose between: argmax, the operating point, and what another threshold of the baseline does."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from steelyard.models.report.curves import At
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.selection import featured
from steelyard.models.verdict.verdict import CellVerdict, Estimate
from steelyard.tasks.report.figures import palette


class Point(NamedTuple):
    """A cell at a place, mean over its seeds, and what the place is."""

    cell: CellVerdict
    at: At
    told: str


def kinds(dossier: Dossier) -> Iterator[tuple[str, str, list[Point]]]:
    """Name and symbol, with a point per cell that stands out."""
    cells = featured(dossier.cells)
    yield "argmax", "circle", [Point(cell, _rates(cell.argmax), "argmax, mean of seeds") for cell in cells]
    yield "operating point", "diamond", [Point(cell, _rates(cell.point), _operating(cell)) for cell in cells]
    same = [
        Point(cell, at[1], f"the baseline at {at[0]:.3g}, which should do what argmax does here")
        for cell in cells
        if (at := dossier.equivalent(cell))
    ]
    if same:
        yield "baseline at the threshold that equals the weight", "x-thin", same


def _operating(cell: CellVerdict) -> str:
    chosen = ", ".join(f"{each.value:.3g}" for each in cell.thresholds)
    return f"operating point, thresholds {chosen}"


def _rates(at: dict[str, Estimate]) -> At:
    return At(*(at[rate].value for rate in At._fields))


def marker(symbol: str, colours: list[str]) -> dict[str, Any]:
    """Plotly's marker, with an edge in the colour of text where it has an inside."""
    if symbol == "x-thin":
        return {"symbol": symbol, "size": 11, "line": {"width": 2.4, "color": colours}}
    return {"symbol": symbol, "size": 11, "color": colours, "line": {"width": 1.4, "color": palette.INK}}
