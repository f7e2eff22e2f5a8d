"""The differences to the unweighted baseline, each with its interval: a forest plot."""

from collections.abc import Sequence

import plotly.graph_objects as go

from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.verdict.verdict import CellVerdict, Difference
from steelyard.models.words.phrases import called, chance, name
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.figure import Plot, figure, interval, label, rows, signed
from steelyard.tasks.report.figures.points import AnyCell

MANY = 20

AREAS = ("roc_auc", "average_precision")

ROW = 26
"""CSS pixels of a cell."""


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """ROC area and average precision, then what the objective asks for at the operating point; none without a pair."""
    cells = drawn(dossier)
    if not cells:
        return ()
    objective = dossier.objective
    metrics = [*AREAS]
    metrics += [
        of for of in (objective.metric, objective.constraint) if of in cells[0].differences and of not in metrics
    ]
    return tuple(plot(cells, metric, f"{name(metric)}{_where(metric)}") for metric in metrics)


def drawn(dossier: Dossier) -> list[CellVerdict]:
    """The cells with a difference, best on val first: so many, and those beyond whose ROC area is shown to differ."""
    return some([cell for cell in dossier.verdict.cells if cell.differences], "roc_auc")


def some(cells: list[AnyCell], metric: str) -> list[AnyCell]:
    """So many cells, and those beyond that are shown to differ in a metric."""
    return cells[:MANY] + [cell for cell in cells[MANY:] if cell.differences[metric].p_holm <= LEVEL][:MANY]


def _where(metric: str) -> str:
    return "" if metric in AREAS else ", at the operating point"


def plot(cells: Sequence[CellVerdict], metric: str, title: str) -> Plot:
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
