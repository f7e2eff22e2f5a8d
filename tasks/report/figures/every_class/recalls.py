"""Recall of each class, the classes with the most images in train on top: dots side by side, or shades for many."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from steelyard.models.report.dossier import ENDS, Dossier
from steelyard.models.verdict.verdict import CellVerdict
from steelyard.models.words.phrases import called, figures
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.figure import Entry, Plot, figure, label

SYMBOLS = ("diamond", "circle", "square", "triangle-up")
"""Of the cells whose dots are drawn."""

MANY = 20
"""Cells of the shades."""

ROW = 28
"""CSS pixels of a class."""

APART = 0.18
"""Of a row, that the dots of two cells are apart, so that none hides another."""

NUMBERED = 8
"""Up to so many cells each shade tells its number."""

LONGEST = 16
"""Characters of a class beside the axis."""


def compared(dossier: Dossier) -> list[CellVerdict]:
    """The baseline and the best handlings, best on val first."""
    base, most = dossier.baseline, len(SYMBOLS)
    handlings = [cell for cell in dossier.cells if cell is not base][: most - (base is not None)]
    return [cell for cell in dossier.cells if cell is base or cell in handlings]


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """The cells whose dots are drawn."""
    colours = palette.colours(dossier.cells)
    return tuple(
        Entry(
            called(cell.cell) + (" (baseline)" if cell.is_baseline else ""), colours[palette.key(cell)], symbol=symbol
        )
        for cell, symbol in zip(compared(dossier), SYMBOLS, strict=False)
    )


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """Dots of the baseline and the best cells."""
    cells, colours = compared(dossier), palette.colours(dossier.cells)
    there = [(place, row) for place, row in _rows(dossier) if dossier.verdict.sizes[place]]
    traces = [_joined(cells, there)]
    for number, (cell, symbol) in enumerate(zip(cells, SYMBOLS, strict=False)):
        off = APART * ((len(cells) - 1) / 2 - number)
        traces.append(_dots(cell, [(place, row + off) for place, row in there], symbol, colours[palette.key(cell)]))
    drawn = figure(traces, "recall on test", "", height=70 + ROW * max(3, len(_axis(dossier)["tickvals"])))
    drawn.update_yaxes(**_axis(dossier)).update_xaxes(range=[-0.03, 1.03])
    return (Plot("", drawn, "recall of each class, most images in train first: " + _told(dossier, cells)),)


def shades(dossier: Dossier) -> tuple[Plot, ...]:
    """A column for each of the best cells, where they are more than have dots; else none."""
    cells = list(dossier.cells[:MANY])
    if len(dossier.cells) <= len(SYMBOLS):
        return ()
    found: list[tuple[int | None, int]] = [*_rows(dossier)]
    if dossier.left_out:
        # An empty row of its own, or the shades beside it would fill it.
        found.insert(ENDS, (None, len(found) - ENDS))
    values = [[np.nan if place is None else _recall(cell, place) for cell in cells] for place, _ in found]
    trace = go.Heatmap(
        z=np.array(values, np.float32),
        x=list(range(len(cells))),
        y=[row for _, row in found],
        text=[["" if place is None else _hover(cell, place) for cell in cells] for place, _ in found],
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
    drawn = figure([trace], "", "", height=170 + ROW * max(3, len(found)))
    drawn.update_yaxes(**_axis(dossier), showgrid=False)
    drawn.update_xaxes(**_heads(cells), automargin=True, title=None, showgrid=False)
    return (Plot("", drawn, f"recall of each class in {len(cells)} cells: {_told(dossier, cells)}"),)


def _heads(cells: Sequence[CellVerdict]) -> dict[str, Any]:
    """Names below the columns: of few cells with their options below each other, turned only where they overlap."""
    places = list(range(len(cells)))
    if len(cells) > NUMBERED:
        return {"tickvals": places, "ticktext": [label(cell.cell) for cell in cells], "tickangle": -90}
    return {"tickvals": places, "ticktext": ["<br>".join(map(label, cell.cell.split(":"))) for cell in cells]}


def _rows(dossier: Dossier) -> list[tuple[int, int]]:
    """Each shown class with its row, the first on top; a row is left free where classes are left out."""
    shown, gap = dossier.shown, bool(dossier.left_out)
    last = len(shown) - 1 + gap
    return [(place, last - number - (gap and number >= ENDS)) for number, place in enumerate(shown)]


def _axis(dossier: Dossier) -> dict[str, Any]:
    verdict, found = dossier.verdict, _rows(dossier)
    names = [f"{label(verdict.classes[place], LONGEST)} · {verdict.train[place]:,}" for place, _ in found]
    ticks = {row: name for (_, row), name in zip(found, names, strict=True)}
    if dossier.left_out:
        ticks[len(found) - ENDS] = f"{dossier.left_out:,} more"
    return {
        "tickvals": list(ticks),
        "ticktext": list(ticks.values()),
        "range": [-0.6, max(ticks) + 0.6],
        "title": None,
        "automargin": True,
    }


def _recall(cell: CellVerdict, place: int) -> float:
    """NaN, which is drawn as a gap, for a class that test lacks."""
    found = cell.classes[place]
    return found.recall.value if found.images else np.nan


def _joined(cells: Sequence[CellVerdict], there: list[tuple[int, int]]) -> go.Scatter:
    """A line through the dots of each class."""
    ends = [(min(of), max(of)) for place, _ in there for of in [[_recall(cell, place) for cell in cells]]]
    return go.Scatter(
        x=np.array([[low, high, np.nan] for low, high in ends], np.float32).ravel(),
        y=np.array([[row, row, np.nan] for _, row in there], np.float32).ravel(),
        mode="lines",
        line={"width": 2, "color": palette.faint(palette.GREY, 0.55)},
        hoverinfo="skip",
    )


def _dots(cell: CellVerdict, there: list[tuple[int, float]], symbol: str, colour: str) -> go.Scatter:
    return go.Scatter(
        x=[cell.classes[place].recall.value for place, _ in there],
        y=[row for _, row in there],
        mode="markers",
        marker={"symbol": symbol, "size": 9, "color": colour, "line": {"width": 1, "color": palette.INK}},
        text=[_hover(cell, place) for place, _ in there],
        hovertemplate="%{text}<extra></extra>",
    )


def _hover(cell: CellVerdict, place: int) -> str:
    found = cell.classes[place]
    images = f"{figures(found.recall)} of {found.images:,} images" if found.images else "no image of test"
    return f"{label(found.name, 60)}, {label(cell.cell, 60)}<br>{images}, {found.train:,} in train"


def _told(dossier: Dossier, cells: Sequence[CellVerdict]) -> str:
    own = cells[: len(SYMBOLS)]
    return "; ".join(
        f"{called(dossier.verdict.classes[place])} "
        + ", ".join(f"{cell.classes[place].recall.value:.2f} with {called(cell.cell)}" for cell in own)
        for place in dossier.shown
        if dossier.verdict.sizes[place]
    )
