"""The points to choose between: argmax, the operating point, and what another threshold of the baseline does."""

from collections.abc import Iterator
from typing import Any

from models.report import equivalent
from models.report.dossier import Dossier
from models.verdict.verdict import CellVerdict
from tasks.report.figures import palette

MANY = 12
"""Cells; beyond them only some stand out."""

Point = tuple[CellVerdict, float, float, str]


def kinds(dossier: Dossier) -> Iterator[tuple[str, str, list[Point]]]:
    """Name, symbol, and the cells with their recall and false-positive rate there."""
    cells = featured(dossier)
    yield "argmax", "circle", [(cell, *_rates(cell.argmax), "argmax, mean of seeds") for cell in cells]
    yield "operating point", "diamond", [(cell, *_rates(cell.point), _operating(cell)) for cell in cells]
    found = [(cell, equivalent.point(dossier, cell)) for cell in cells]
    same = [
        (cell, recall, wrong, f"the baseline at {at:.3g}, which should do what argmax does here")
        for cell, (at, recall, wrong) in ((cell, point) for cell, point in found if point)
    ]
    if same:
        yield "baseline at the threshold that equals the weight", "x-thin", same


def _operating(cell: CellVerdict) -> str:
    chosen = ", ".join(f"{each.value:.3g}" for each in cell.thresholds)
    return f"operating point, thresholds {chosen}"


def _rates(at: dict[str, Any]) -> tuple[float, float]:
    return at["recall"].value, at["false_positive_rate"].value


def marker(symbol: str, colours: list[str]) -> dict[str, Any]:
    """Plotly's marker, with an edge in the colour of text where it has an inside."""
    if symbol == "x-thin":
        return {"symbol": symbol, "size": 11, "line": {"width": 2.4, "color": colours}}
    return {"symbol": symbol, "size": 11, "color": colours, "line": {"width": 1.4, "color": palette.INK}}


def featured(dossier: Dossier) -> list[CellVerdict]:
    """The cells whose means are bold: all where they are few, else the best of each method, and the baseline."""
    cells = dossier.verdict.cells
    if len(cells) <= MANY:
        return list(cells)
    first = {palette.method(cell): cell for cell in reversed(cells)}
    return [cell for cell in cells if first[palette.method(cell)] is cell]
