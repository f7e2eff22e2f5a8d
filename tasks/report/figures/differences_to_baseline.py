"""The differences to the unweighted baseline, each with its interval: a forest plot."""

from collections.abc import Sequence

import plotly.graph_objects as go

from steelyard.models.report.cells_shown import compared
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict, Difference
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.words.phrases import called, chance, name
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.figure import Plot, figure, interval, label, marks, rows, signed_with_interval

AREAS = ("roc_auc", "average_precision")

EVERY_CLASS = {
    "balanced_accuracy": "balanced accuracy",
    "rare": "recall, rarer half of the classes",
    "frequent": "recall, more frequent half",
    "precision": "precision, mean of the classes",
}
"""What is drawn where every class counts, and what it is called."""

ROW = 26
"""CSS pixels of a cell."""


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """A plot per metric in which all of the cells have a difference, the first cell on top."""
    cells = compared(dossier.cells, dossier.verdict.main_metric)
    return tuple(
        _plot(cells, metric, title)
        for metric, title in _titles(dossier).items()
        if all(metric in cell.differences for cell in cells)
    )


def _titles(dossier: Dossier) -> dict[str, str]:
    """Where there is a class to find the areas, then what the objective asks for at the operating point."""
    if dossier.every_class:
        return EVERY_CLASS
    asked = [of for of in (dossier.objective.metric, dossier.objective.constraint) if of and of not in AREAS]
    return {of: name(of) for of in AREAS} | {of: f"{name(of)}, at the operating point" for of in asked}


def _plot(cells: Sequence[CellVerdict], metric: str, title: str) -> Plot:
    differences, labels = [cell.differences[metric] for cell in cells], [label(cell.cell) for cell in cells]
    placed = [*zip(range(len(cells))[::-1], labels, differences, strict=True)]
    # What stands before a comma tells what is pointed at.
    traces = [_trace(placed, title.partition(",")[0], shown) for shown in (True, False)]
    low, high = min(0.0, *(of.low for of in differences)), max(0.0, *(of.high for of in differences))
    room = max(0.02, 0.08 * (high - low))
    drawn = figure(traces, "difference", "", height=80 + ROW * len(cells))
    drawn.update_yaxes(**rows(labels))
    drawn.update_xaxes(zeroline=True, zerolinewidth=1.5, range=[low - room, high + room])
    told = [f"{called(cell.cell)} {signed_with_interval(of)}" for cell, of in zip(cells, differences, strict=True)]
    return Plot(title, drawn, "; ".join(told))


def _trace(placed: Sequence[tuple[int, str, Difference]], what: str, shown: bool) -> go.Scatter:
    kept = [(row, cell, of) for row, cell, of in placed if (of.p_holm <= LEVEL) is shown]
    symbol, colour = ("diamond", palette.BLUE) if shown else ("circle-open", palette.GREY)
    return marks(
        [of.value for *_, of in kept],
        [row for row, *_ in kept],
        {"symbol": symbol, "size": 10, "color": colour, "line": {"width": 2}},
        [f"{cell}: {signed_with_interval(of)}, {chance(of.p_holm)} after Holm's correction" for _, cell, of in kept],
        f"<br>{what}",
        name="shown after Holm's correction" if shown else "not shown",
        error_x=interval([of for *_, of in kept], colour),
    )
