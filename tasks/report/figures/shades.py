"""Recall of each class in more cells than have dots: the stronger the colour, the more of the class is found."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from steelyard.models.report.dossier import ENDS, Dossier
from steelyard.models.verdict.verdict import CellVerdict
from steelyard.models.words import captions
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.declaration import Declaration
from steelyard.tasks.report.figures.figure import Plot, figure, label
from steelyard.tasks.report.figures.recalls import ROW, SYMBOLS, axis, hover, recall, rows, told

MANY = 20
"""Cells."""

NUMBERED = 8
"""Up to so many cells each shade tells its number."""


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """A column for each of the best cells."""
    cells = list(dossier.cells[:MANY])
    found: list[tuple[int | None, int]] = [*rows(dossier)]
    if dossier.left_out:
        # An empty row of its own, or the shades beside it would fill it.
        found.insert(ENDS, (None, len(found) - ENDS))
    drawn = figure([_shades(cells, found)], "", "", height=170 + ROW * max(3, len(found)))
    drawn.update_yaxes(**axis(dossier), showgrid=False)
    drawn.update_xaxes(**_heads(cells), automargin=True, title=None, showgrid=False)
    return (Plot("", drawn, f"recall of each class in {len(cells)} cells: {told(dossier, cells)}"),)


def _shades(cells: Sequence[CellVerdict], found: list[tuple[int | None, int]]) -> go.Heatmap:
    values = [[np.nan if place is None else recall(cell, place) for cell in cells] for place, _ in found]
    return go.Heatmap(
        z=np.array(values, np.float32),
        x=list(range(len(cells))),
        y=[row for _, row in found],
        text=[["" if place is None else hover(cell, place) for cell in cells] for place, _ in found],
        texttemplate="%{z:.2f}" if len(cells) <= NUMBERED else "",
        textfont={"color": palette.INK, "size": 10},
        colorscale=palette.shades(palette.BLUE),
        zmin=0,
        zmax=1,
        xgap=1,
        ygap=1,
        showscale=False,
        hovertemplate="%{text}<extra></extra>",
    )


def _heads(cells: Sequence[CellVerdict]) -> dict[str, Any]:
    """Names below the columns: of few cells with their options below each other, turned only where they overlap."""
    places = list(range(len(cells)))
    if len(cells) > NUMBERED:
        return {"tickvals": places, "ticktext": [label(cell.cell) for cell in cells], "tickangle": -90}
    return {"tickvals": places, "ticktext": ["<br>".join(map(label, cell.cell.split(":"))) for cell in cells]}


def _applies(dossier: Dossier) -> bool:
    """Where not all cells have dots."""
    return dossier.every_class and len(dossier.cells) > len(SYMBOLS)


FIGURE = Declaration("shades", "Recall of each class in every cell", "hero", _applies, captions.shades, plots)
