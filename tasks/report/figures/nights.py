"""Two sweeps in one picture: the best cell of each, and what changed in each cell."""

from collections.abc import Iterator, Sequence

import numpy as np
import plotly.graph_objects as go

from steelyard.models.changes.changes import CellChange, Changes
from steelyard.models.objective.rates import Rates
from steelyard.models.report import curves
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.phrases import name
from steelyard.tasks.report.figures import allowed, palette
from steelyard.tasks.report.figures.figure import Entry, Plot, figure, interval, rows, signed
from steelyard.tasks.report.figures.forest import ROW

NIGHTS = (("earlier", palette.BLUE, "dash", "square"), ("later", palette.ORANGE, "solid", "diamond"))

LEGEND = tuple(Entry(called, colour, "5 4" if dash == "dash" else "") for called, colour, dash, _ in NIGHTS)


def best(sweeps: tuple[Dossier, Dossier]) -> Plot:
    """Mean precision-recall curve and operating point of the best cell of each."""
    traces = [trace for sweep, night in zip(sweeps, NIGHTS, strict=True) for trace in _best(sweep, *night)]
    drawn = figure([*allowed.above(sweeps[1]), *traces], "recall", "precision", height=420)
    drawn.update_xaxes(range=[-0.02, 1.02])
    named = " and ".join(f"{night[0]} {sweep.best.cell}" for sweep, night in zip(sweeps, NIGHTS, strict=True))
    return Plot("Best on val of each", drawn, f"precision against recall of the best cells: {named}")


def _best(sweep: Dossier, called: str, colour: str, dash: str, symbol: str) -> Iterator[go.Scatter]:
    cell, test = sweep.best, sweep.test
    mean = curves.mean(test.labels, test.scores[sweep.rows(cell)])
    precision = Rates(mean.recall, mean.false_positive_rate, sweep.verdict.prevalence).precision
    yield go.Scatter(
        x=mean.recall[1:],
        y=precision[1:],
        mode="lines",
        line={"color": colour, "width": 2.6, "dash": dash},
        hovertemplate=f"{called}: {cell.cell}, mean of seeds<br>recall %{{x:.3f}}, precision %{{y:.3f}}<extra></extra>",
    )
    x, y = cell.point["recall"], cell.point["precision"]
    yield go.Scatter(
        x=[x.value],
        y=[y.value],
        mode="markers",
        marker={"symbol": symbol, "size": 12, "color": colour, "line": {"width": 1.4, "color": palette.INK}},
        error_x=interval([x.value], [x.low], [x.high], colour),
        error_y=interval([y.value], [y.low], [y.high], colour),
        hovertemplate=f"{called}: {cell.cell} at its operating point, with 95 %<br>recall %{{x:.3f}}, precision "
        "%{y:.3f}<extra></extra>",
    )


def moves(changes: Changes) -> Iterator[Plot]:
    """A forest plot per metric of the cells that both sweeps have."""
    cells = [cell for cell in changes.cells if cell.changes]
    for metric in cells[0].changes if cells else ():
        yield _moves(cells, metric)


def _moves(cells: Sequence[CellChange], metric: str) -> Plot:
    found, labels = [cell.changes[metric] for cell in cells], [cell.cell for cell in cells]
    values, lows, highs = (np.array([getattr(of, end) for of in found]) for end in ("value", "low", "high"))
    colours = [palette.ORANGE if of.shown else palette.GREY for of in found]
    trace = go.Scatter(
        x=values,
        y=list(range(len(cells)))[::-1],
        mode="markers",
        marker={
            "symbol": ["diamond" if of.shown else "circle-open" for of in found],
            "size": 10,
            "color": colours,
            "line": {"width": 2},
        },
        error_x=interval(values.tolist(), lows.tolist(), highs.tolist(), palette.GREY),
        text=[
            f"{label}: {signed(of.value)} [{signed(of.low)}, {signed(of.high)}], {_how(of.paired)}"
            for label, of in zip(labels, found, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
    )
    drawn = figure([trace], "later minus earlier", "", height=80 + ROW * max(2, len(cells)))
    drawn.update_yaxes(**rows(labels)).update_xaxes(zeroline=True, zerolinewidth=1.5)
    told = "; ".join(f"{label} {signed(of.value)}" for label, of in zip(labels, found, strict=True))
    return Plot(f"{name(metric)}, later minus earlier", drawn, f"change of {name(metric)}: {told}")


def _how(paired: bool) -> str:
    return "paired on the same images and seeds" if paired else "as if independent"
