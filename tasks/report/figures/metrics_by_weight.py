"""Recall, precision and accuracy against the weight of the positive class."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import plotly.graph_objects as go

from steelyard.models.metrics.lexicon import ONE_CLASS
from steelyard.models.report.cells_shown import weighted
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.figure import Entry, Plot, figure, marks

FAR = 1.0
"""How far beyond the others a weight of 0 or 1 stands, whose odds are not finite."""

MANY = 30
"""Cells; beyond them the lines alone are drawn for means."""

PLACES = {"at argmax": (palette.ORANGE, "circle", "solid"), "at the operating point": (palette.BLUE, "diamond", "dot")}


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """A plot per metric."""
    return tuple(_plot(dossier, weighted(dossier.cells), metric) for metric in ONE_CLASS)


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """Argmax and the operating point."""
    return tuple(Entry(name, colour, "" if dash == "solid" else "2 3") for name, (colour, _, dash) in PLACES.items())


def _plot(dossier: Dossier, cells: Sequence[CellVerdict], metric: str) -> Plot:
    places = _places([cell.weight_positive for cell in cells])
    traces = [trace for name in PLACES for trace in _traces(dossier, cells, places, metric, name)]
    ticks = {"tickvals": places, "ticktext": [f"{cell.weight_positive:.3g}" for cell in cells], "tickangle": 0}
    drawn = figure(traces, "weight of the positive class (by its odds)", metric)
    drawn.update_xaxes(**_spaced(ticks)).update_yaxes(range=[-0.03, 1.03])
    told = "; ".join(f"{cell.cell} {cell.argmax[metric].value:.2f}" for cell in cells)
    return Plot(metric, drawn, f"{metric} at argmax: {told}")


def _spaced(ticks: dict[str, Any]) -> dict[str, Any]:
    """So few ticks that their texts do not touch."""
    places = ticks["tickvals"]
    width = places[-1] - places[0]
    kept = [0]
    for number in range(1, len(places)):
        if places[number] - places[kept[-1]] >= width / 7:
            kept.append(number)
    return ticks | {name: [ticks[name][number] for number in kept] for name in ("tickvals", "ticktext")}


def _places(weights: Sequence[float]) -> list[float]:
    """Natural logarithm of the odds of each weight."""
    odds = [math.log(of / (1 - of)) for of in weights if 0 < of < 1] or [0.0]
    ends = {0.0: min(odds) - FAR, 1.0: max(odds) + FAR}
    return [ends[of] if of in ends else math.log(of / (1 - of)) for of in weights]


def _traces(
    dossier: Dossier, cells: Sequence[CellVerdict], places: list[float], metric: str, name: str
) -> Iterator[go.Scatter]:
    """The band of 95 %, the means of the cells, and the single seeds."""
    colour, symbol, dash = PLACES[name]
    estimates = [(cell.argmax if name == "at argmax" else cell.point)[metric] for cell in cells]
    yield go.Scatter(
        x=[*places, *reversed(places)],
        y=[of.high for of in estimates] + [of.low for of in reversed(estimates)],
        fill="toself",
        mode="lines",
        line={"width": 0},
        fillcolor=palette.faint(colour, 0.16),
        hoverinfo="skip",
        showlegend=False,
    )
    yield go.Scatter(
        x=places,
        y=[of.value for of in estimates],
        mode="lines+markers" if len(cells) <= MANY else "lines",
        name=name,
        line={"color": colour, "width": 2.4, "dash": dash},
        marker={"symbol": symbol, "size": 7},
        text=[
            f"{cell.cell}: {of.value:.3f} [{of.low:.3f}, {of.high:.3f}]"
            for cell, of in zip(cells, estimates, strict=True)
        ],
        hovertemplate=f"%{{text}}<br>{metric} {name}, mean of seeds and 95 %<extra></extra>",
    )
    yield _seeds(dossier, cells, places, metric, name)


def _seeds(dossier: Dossier, cells: Sequence[CellVerdict], places: list[float], metric: str, name: str) -> go.Scatter:
    x, y, told = [], [], []
    for place, cell in zip(places, cells, strict=True):
        for trial in dossier.trials(cell):
            x.append(place)
            y.append(dossier.measured(trial, metric, at_argmax=name == "at argmax"))
            told.append(f"{cell.cell} · seed {trial.seed}: {y[-1]:.3f}")
    colour, symbol, _ = PLACES[name]
    marker = {"symbol": f"{symbol}-open", "size": 6, "color": colour}
    return marks(x, y, marker, told, f"<br>{metric} {name}", showlegend=False)
