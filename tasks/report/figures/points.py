"""The points to choose between: argmax, the operating point, and what another threshold of the baseline does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from steelyard.models.report.dossier import Dossier
from steelyard.models.report.selection import featured
from steelyard.models.verdict.verdict import CellVerdict, Estimate
from steelyard.tasks.report.figures import palette


@dataclass(frozen=True)
class Point:
    """A cell at a place, mean over its seeds.

    Attributes:
        cell: which.
        recall: on test.
        false_positive_rate: likewise.
        precision: mean of the seeds' own, as in the tables.
        told: what the place is.
    """

    cell: CellVerdict
    recall: float
    false_positive_rate: float
    precision: float
    told: str


def kinds(dossier: Dossier) -> Iterator[tuple[str, str, list[Point]]]:
    """Name and symbol, with a point per cell that stands out."""
    cells = featured(dossier.cells)
    yield "argmax", "circle", [Point(cell, *_rates(cell.argmax), "argmax, mean of seeds") for cell in cells]
    yield "operating point", "diamond", [Point(cell, *_rates(cell.point), _operating(cell)) for cell in cells]
    same = [
        Point(cell, *at[1], f"the baseline at {at[0]:.3g}, which should do what argmax does here")
        for cell in cells
        if (at := dossier.equivalent(cell))
    ]
    if same:
        yield "baseline at the threshold that equals the weight", "x-thin", same


def _operating(cell: CellVerdict) -> str:
    chosen = ", ".join(f"{each.value:.3g}" for each in cell.thresholds)
    return f"operating point, thresholds {chosen}"


def _rates(at: dict[str, Estimate]) -> tuple[float, float, float]:
    return at["recall"].value, at["false_positive_rate"].value, at["precision"].value


def marker(symbol: str, colours: list[str]) -> dict[str, Any]:
    """Plotly's marker, with an edge in the colour of text where it has an inside."""
    if symbol == "x-thin":
        return {"symbol": symbol, "size": 11, "line": {"width": 2.4, "color": colours}}
    return {"symbol": symbol, "size": 11, "color": colours, "line": {"width": 1.4, "color": palette.INK}}
