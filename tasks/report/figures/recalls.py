"""Recall of each class, the classes with the most images in train on top: dots of cells side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from steelyard.models.report.dossier import ENDS, Dossier
from steelyard.models.report.selection import side_by_side
from steelyard.models.verdict.verdict import CellVerdict
from steelyard.models.words import captions
from steelyard.models.words.phrases import called, figures
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.declaration import Declaration, every_class
from steelyard.tasks.report.figures.figure import Entry, Plot, figure, label

SYMBOLS = ("diamond", "circle", "square", "triangle-up")
"""Of the cells whose dots are drawn."""

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
        Entry(name, colours[palette.key(cell)], symbol=symbol)
        for name, cell, symbol in zip(names, cells, SYMBOLS, strict=False)
    )


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """Dots of the baseline and the best cells."""
    cells, colours = side_by_side(dossier.cells, dossier.baseline), palette.colours(dossier.cells)
    there = [(place, row) for place, row in rows(dossier) if dossier.verdict.sizes[place]]
    traces = [_joined(cells, there)]
    for number, (cell, symbol) in enumerate(zip(cells, SYMBOLS, strict=False)):
        off = APART * ((len(cells) - 1) / 2 - number)
        traces.append(_dots(cell, [(place, row + off) for place, row in there], symbol, colours[palette.key(cell)]))
    drawn = figure(traces, "recall on test", "", height=70 + ROW * max(3, len(axis(dossier)["tickvals"])))
    drawn.update_yaxes(**axis(dossier)).update_xaxes(range=[-0.03, 1.03])
    return (Plot("", drawn, "recall of each class, most images in train first: " + told(dossier, cells)),)


def rows(dossier: Dossier) -> list[tuple[int, int]]:
    """Each shown class with its row, the first on top; a row is left free where classes are left out."""
    shown, gap = dossier.shown, bool(dossier.left_out)
    last = len(shown) - 1 + gap
    return [(place, last - number - (gap and number >= ENDS)) for number, place in enumerate(shown)]


def axis(dossier: Dossier) -> dict[str, Any]:
    """The names of the shown classes with their images of train, and how many are left out."""
    verdict, found = dossier.verdict, rows(dossier)
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


def recall(cell: CellVerdict, place: int) -> float:
    """NaN, which is drawn as a gap, for a class that test lacks."""
    found = cell.classes[place]
    return found.recall.value if found.images else np.nan


def _joined(cells: Sequence[CellVerdict], there: list[tuple[int, int]]) -> go.Scatter:
    """A line through the dots of each class."""
    ends = [(min(of), max(of)) for place, _ in there for of in [[recall(cell, place) for cell in cells]]]
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
        text=[hover(cell, place) for place, _ in there],
        hovertemplate="%{text}<extra></extra>",
    )


def hover(cell: CellVerdict, place: int) -> str:
    """What a class of a cell says of itself."""
    found = cell.classes[place]
    images = f"{figures(found.recall)} of {found.images:,} images" if found.images else "no image of test"
    return f"{label(found.name, 60)}, {label(cell.cell, 60)}<br>{images}, {found.train:,} in train"


def told(dossier: Dossier, cells: Sequence[CellVerdict]) -> str:
    """The recalls of the shown classes in the first cells, in words."""
    own = cells[: len(SYMBOLS)]
    return "; ".join(
        f"{called(dossier.verdict.classes[place])} "
        + ", ".join(f"{cell.classes[place].recall.value:.2f} with {called(cell.cell)}" for cell in own)
        for place in dossier.shown
        if dossier.verdict.sizes[place]
    )


FIGURE = Declaration("recalls", "Recall of each class", "hero", every_class, captions.recalls, plots, legend)
