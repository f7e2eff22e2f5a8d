"""The differences to the unweighted baseline, each with its interval: a forest plot."""

from collections.abc import Sequence

import plotly.graph_objects as go

from steelyard.models.report.dossier import Dossier
from steelyard.models.report.selection import compared
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.verdict.verdict import CellVerdict, Difference
from steelyard.models.words import captions
from steelyard.models.words.phrases import called, chance, name
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.declaration import Declaration
from steelyard.tasks.report.figures.figure import Plot, figure, interval, label, rows, signed

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
    """A plot per metric in which all of the cells have a difference."""
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


def _applies(dossier: Dossier) -> bool:
    """Where a cell can be compared with the baseline."""
    return any(cell.differences for cell in dossier.cells)


def _plot(cells: Sequence[CellVerdict], metric: str, title: str) -> Plot:
    """One metric of cells that have a difference in it.

    Args:
        cells: the first stands on top.
        metric: of their differences.
        title: of the plot; what stands before a comma tells what is pointed at.
    """
    found = [cell.differences[metric] for cell in cells]
    labels = [label(cell.cell) for cell in cells]
    # The best on val stands on top.
    placed = [*zip(range(len(cells))[::-1], labels, found, strict=True)]
    traces = [_trace(placed, title.partition(",")[0], shown) for shown in (True, False)]
    layout = figure(traces, "difference", "", height=80 + ROW * len(cells))
    layout.update_yaxes(**rows(labels)).update_xaxes(zeroline=True, zerolinewidth=1.5, range=_range(found))
    told = "; ".join(f"{called(cell.cell)} {_figures(of)}" for cell, of in zip(cells, found, strict=True))
    return Plot(title, layout, told)


def _trace(placed: Sequence[tuple[int, str, Difference]], what: str, shown: bool) -> go.Scatter:
    kept = [(row, cell, of) for row, cell, of in placed if (of.p_holm <= LEVEL) is shown]
    values, lows, highs = ([getattr(of, end) for *_, of in kept] for end in ("value", "low", "high"))
    colour = palette.BLUE if shown else palette.GREY
    return go.Scatter(
        x=values,
        y=[row for row, *_ in kept],
        mode="markers",
        name="shown after Holm's correction" if shown else "not shown",
        marker={"symbol": "diamond" if shown else "circle-open", "size": 10, "color": colour, "line": {"width": 2}},
        error_x=interval(values, lows, highs, colour),
        text=[f"{cell}: {_figures(of)}, {chance(of.p_holm)} after Holm's correction" for _, cell, of in kept],
        hovertemplate=f"%{{text}}<br>{what}<extra></extra>",
    )


def _figures(of: Difference) -> str:
    return f"{signed(of.value)} [{signed(of.low)}, {signed(of.high)}]"


def _range(found: Sequence[Difference]) -> list[float]:
    low, high = min(0.0, *(of.low for of in found)), max(0.0, *(of.high for of in found))
    room = max(0.02, 0.08 * (high - low))
    return [low - room, high + room]


FIGURE = Declaration("forest", "Differences to the baseline", "sure", _applies, captions.forest, plots)
