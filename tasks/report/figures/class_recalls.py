"""Recall of each class, most images in train on top: dots of a few cells, shades of colour where there are more."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from steelyard.models.report.cells_shown import side_by_side
from steelyard.models.report.dossier import ENDS, Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.words.phrases import called, figures
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.figure import Entry, Plot, figure, label, marks, shaded, ticks

SYMBOLS = ("diamond", "circle", "square", "triangle-up")
"""Of the cells whose dots are drawn."""

SHADED = 20
"""Cells that have a column of shades."""

NUMBERED = 8
"""Up to so many columns each shade tells its number."""

ROW = 28
"""CSS pixels of a class."""

APART = 0.18
"""Of a row, that the dots of two cells are apart, so that none hides another."""

LONGEST = 16
"""Characters of a class beside the axis."""


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """The cells whose dots are drawn."""
    colours, cells = palette.colours(dossier.cells), side_by_side(dossier.cells, dossier.baseline)
    names = [called(cell.cell) + (" (baseline)" if cell.is_baseline else "") for cell in cells]
    return tuple(
        Entry(name, colours[cell.key], symbol=symbol) for name, cell, symbol in zip(names, cells, SYMBOLS, strict=False)
    )


def dots(dossier: Dossier) -> tuple[Plot, ...]:
    """Of the baseline and the best cells, joined by a line in each class."""
    cells, colours = side_by_side(dossier.cells, dossier.baseline), palette.colours(dossier.cells)
    rows = [(place, row) for place, row in _rows(dossier) if dossier.verdict.sizes[place]]
    traces = [_joined(cells, rows)]
    for number, (cell, symbol) in enumerate(zip(cells, SYMBOLS, strict=False)):
        off = APART * ((len(cells) - 1) / 2 - number)
        traces.append(_dots(cell, [(place, row + off) for place, row in rows], symbol, colours[cell.key]))
    axis = _axis(dossier)
    drawn = figure(traces, "recall on test", "", height=70 + ROW * max(3, len(axis["tickvals"])))
    drawn.update_yaxes(**axis).update_xaxes(range=[-0.03, 1.03])
    return (Plot("", drawn, "recall of each class, most images in train first: " + _told(dossier, cells)),)


def shades(dossier: Dossier) -> tuple[Plot, ...]:
    """A column for each of the best cells."""
    cells = list(dossier.cells[:SHADED])
    rows: list[tuple[int | None, int]] = [*_rows(dossier)]
    if dossier.left_out:
        # An empty row of its own, or the shades beside it would fill it.
        rows.insert(ENDS, (None, len(rows) - ENDS))
    drawn = figure([_shades(cells, rows)], "", "", height=170 + ROW * max(3, len(rows)))
    drawn.update_yaxes(**_axis(dossier), showgrid=False)
    drawn.update_xaxes(**_heads(cells), tickvals=list(range(len(cells))), automargin=True, title=None, showgrid=False)
    return (Plot("", drawn, f"recall of each class in {len(cells)} cells: {_told(dossier, cells)}"),)


def _rows(dossier: Dossier) -> list[tuple[int, int]]:
    """Each shown class with its row, the first on top; a row is left free where classes are left out."""
    shown, gap = dossier.shown, bool(dossier.left_out)
    last = len(shown) - 1 + gap
    return [(place, last - number - (gap and number >= ENDS)) for number, place in enumerate(shown)]


def _axis(dossier: Dossier) -> dict[str, Any]:
    """The names of the shown classes with their images of train, and how many are left out."""
    verdict = dossier.verdict
    labels = {
        row: f"{label(verdict.classes[place], LONGEST)} · {verdict.train[place]:,}" for place, row in _rows(dossier)
    }
    if dossier.left_out:
        labels[len(labels) - ENDS] = f"{dossier.left_out:,} more"
    return ticks(labels)


def _recall(cell: CellVerdict, place: int) -> float:
    """NaN, which is drawn as a gap, for a class that test lacks."""
    return cell.classes[place].recall.value if cell.classes[place].images else np.nan


def _joined(cells: Sequence[CellVerdict], rows: list[tuple[int, int]]) -> go.Scatter:
    """A line through the dots of each class."""
    ends = [(min(of), max(of)) for place, _ in rows for of in [[_recall(cell, place) for cell in cells]]]
    return go.Scatter(
        x=np.array([[low, high, np.nan] for low, high in ends], np.float32).ravel(),
        y=np.array([[row, row, np.nan] for _, row in rows], np.float32).ravel(),
        mode="lines",
        line={"width": 2, "color": palette.faint(palette.GREY, 0.55)},
        hoverinfo="skip",
    )


def _dots(cell: CellVerdict, rows: list[tuple[int, float]], symbol: str, colour: str) -> go.Scatter:
    values = [cell.classes[place].recall.value for place, _ in rows]
    marker = {"symbol": symbol, "size": 9, "color": colour, "line": {"width": 1, "color": palette.INK}}
    return marks(values, [row for _, row in rows], marker, [_hover(cell, place) for place, _ in rows])


def _shades(cells: Sequence[CellVerdict], rows: list[tuple[int | None, int]]) -> go.Heatmap:
    values = [[np.nan if place is None else _recall(cell, place) for cell in cells] for place, _ in rows]
    return shaded(
        np.array(values, np.float32),
        palette.BLUE,
        most=1,
        x=list(range(len(cells))),
        y=[row for _, row in rows],
        text=[["" if place is None else _hover(cell, place) for cell in cells] for place, _ in rows],
        texttemplate="%{z:.2f}" if len(cells) <= NUMBERED else "",
        textfont={"color": palette.INK, "size": 10},
        hovertemplate="%{text}<extra></extra>",
    )


def _heads(cells: Sequence[CellVerdict]) -> dict[str, Any]:
    """Names below the columns: of few cells with their options below each other, turned only where they overlap."""
    if len(cells) > NUMBERED:
        return {"ticktext": [label(cell.cell) for cell in cells], "tickangle": -90}
    return {"ticktext": ["<br>".join(map(label, cell.cell.split(":"))) for cell in cells]}


def _hover(cell: CellVerdict, place: int) -> str:
    """What a class of a cell says of itself."""
    of = cell.classes[place]
    images = f"{figures(of.recall)} of {of.images:,} images" if of.images else "no image of test"
    return f"{label(of.name, 60)}, {label(cell.cell, 60)}<br>{images}, {of.train:,} in train"


def _told(dossier: Dossier, cells: Sequence[CellVerdict]) -> str:
    """The recalls of the shown classes in the first cells, in words."""
    lines = []
    for place in dossier.shown:
        if dossier.verdict.sizes[place]:
            own = [f"{_recall(cell, place):.2f} with {called(cell.cell)}" for cell in cells[: len(SYMBOLS)]]
            lines.append(f"{called(dossier.verdict.classes[place])} {', '.join(own)}")
    return "; ".join(lines)
