"""Recall of each class, most images in train on top: dots of a few cells, shades of colour where there are more."""

from collections.abc import Sequence

import numpy as np

from steelyard.models.report.cells_shown import side_by_side
from steelyard.models.report.dossier import ENDS, Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.words.phrases import called
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.figure import Plot, label
from steelyard.tasks.report.figures.frame import Scale, frame
from steelyard.tasks.report.figures.legend import Entry
from steelyard.tasks.report.figures.marks import fields, line, points

SYMBOLS = ("D", "o", "s", "^")
"""Of the cells whose dots are drawn."""

SHADED = 20
"""Cells that have a column of shades."""

ROW = 28
"""CSS pixels of a class."""

APART = 0.18
"""Of a row, that the dots of two cells are apart, so that none hides another."""

LONGEST = 13
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
    cells, colours, axis = side_by_side(dossier.cells, dossier.baseline), palette.colours(dossier.cells), _axis(dossier)
    rows = [(place, row) for place, row in _rows(dossier) if dossier.verdict.sizes[place]]
    recalls = np.array([[_recall(cell, place) for cell in cells] for place, _ in rows])
    places = np.array([row for _, row in rows], float)

    def draw(canvas: Canvas) -> None:
        frame(canvas, Scale(-0.03, 1.03, "recall on test"), axis)
        gap = np.full(len(rows), np.nan)
        ends = np.column_stack([recalls.min(axis=1), recalls.max(axis=1), gap]).ravel()
        line(canvas, ends, np.column_stack([places, places, gap]).ravel(), palette.GREY, linewidth=2, alpha=0.55)
        for number, (cell, symbol) in enumerate(zip(cells, SYMBOLS, strict=False)):
            off = APART * ((len(cells) - 1) / 2 - number)
            points(canvas, recalls[:, number], places + off, colours[cell.key], symbol, 8)

    height = 70 + ROW * max(3, len(axis.texts(wide=True)))
    return (Plot("", "recall of each class, most images in train first: " + _told(dossier, cells), draw, height),)


def shades(dossier: Dossier) -> tuple[Plot, ...]:
    """A column for each of the best cells."""
    cells, rows = list(dossier.cells[:SHADED]), _rows(dossier)
    recalls = np.full((rows[0][1] + 1, len(cells)), np.nan)
    for place, row in rows:
        recalls[row] = [_recall(cell, place) for cell in cells]
    texts = [["" if np.isnan(recall) else f"{recall:.2f}" for recall in row] for row in recalls]
    heads = dict(enumerate(label(cell.cell) for cell in cells))

    def draw(canvas: Canvas) -> None:
        frame(canvas, Scale(-0.5, len(cells) - 0.5, ticks=heads, grid=False, upright=True), _axis(dossier))
        fields(canvas, palette.shaded(recalls, palette.BLUE, 1), texts)

    said = f"recall of each class in {len(cells)} cells: {_told(dossier, cells)}"
    return (Plot("", said, draw, height=170 + ROW * max(3, len(recalls))),)


def _rows(dossier: Dossier) -> list[tuple[int, int]]:
    """Each shown class with its row, the first on top; a row is left free where classes are left out."""
    shown, gap = dossier.shown, bool(dossier.left_out)
    last = len(shown) - 1 + gap
    return [(place, last - number - (gap and number >= ENDS)) for number, place in enumerate(shown)]


def _axis(dossier: Dossier) -> Scale:
    """The names of the shown classes with their images of train, and how many are left out."""
    verdict = dossier.verdict
    labels: dict[float, str] = {
        row: f"{label(verdict.classes[place], LONGEST)} · {verdict.train[place]:,}" for place, row in _rows(dossier)
    }
    if dossier.left_out:
        labels[len(labels) - ENDS] = f"{dossier.left_out:,} more"
    return Scale(-0.5, max(labels) + 0.5, ticks=labels)


def _recall(cell: CellVerdict, place: int) -> float:
    """NaN, which is drawn as a gap, for a class that test lacks."""
    return cell.classes[place].recall.value if cell.classes[place].images else np.nan


def _told(dossier: Dossier, cells: Sequence[CellVerdict]) -> str:
    """The recalls of the shown classes in the first cells, in words."""
    lines = []
    for place in dossier.shown:
        if dossier.verdict.sizes[place]:
            own = [f"{_recall(cell, place):.2f} with {called(cell.cell)}" for cell in cells[: len(SYMBOLS)]]
            lines.append(f"{called(dossier.verdict.classes[place])} {', '.join(own)}")
    return "; ".join(lines)
