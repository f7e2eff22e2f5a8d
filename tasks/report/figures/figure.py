"""A figure of one or more plots that a page lays out side by side, or one below the other where it is narrow."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from steelyard.models.names import cut, printable
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.tasks.report.figures import palette

SYMBOLS = {
    "diamond": "M13 0l5 5l-5 5l-5 -5z",
    "circle": "M13 .6a4.4 4.4 0 1 1 0 8.8a4.4 4.4 0 1 1 0 -8.8z",
    "square": "M9 1h8v8h-8z",
    "triangle-up": "M13 .8l4.8 8.4h-9.6z",
}
"""Plotly's names of markers, and their outlines in a legend."""

LONGEST = 24
"""Characters of a name beside an axis."""


@dataclass(frozen=True)
class Plot:
    """One pair of axes.

    Attributes:
        title: above it; "" for none.
        drawn: what Plotly draws; colours of text, axes and paper come from the page.
        says: the same in words, for whoever does not see it.
    """

    title: str
    drawn: go.Figure
    says: str

    @property
    def json(self) -> str:
        """For a ``<script>`` element: nothing in it can end the element."""
        text: str = self.drawn.to_json(validate=False)
        return text.replace("<", "\\u003c")


@dataclass(frozen=True)
class Entry:
    """A line of a legend.

    Attributes:
        dash: of the line, as SVG has it; "" for a solid one.
        symbol: of the marker that stands for it instead of a line; one of ``SYMBOLS``, "" for a line.
    """

    name: str
    colour: str
    dash: str = ""
    symbol: str = ""

    @property
    def path(self) -> str:
        """Of the SVG that shows it, 26 x 10."""
        return SYMBOLS.get(self.symbol, "M1 5h24")


@dataclass(frozen=True)
class Figure:
    """Plots under one heading and a caption; without a legend each plot has its own."""

    key: str
    title: str
    caption: str
    plots: tuple[Plot, ...]
    legend: tuple[Entry, ...] = ()


def figure(traces: Sequence[Any], x: str, y: str, height: int = 340, **layout: Any) -> go.Figure:
    """Traces on axes titled ``x`` and ``y``, ``height`` CSS pixels tall; ``layout`` of Plotly goes over ours."""
    base: dict[str, Any] = {
        "template": None,
        "height": height,
        "margin": {"l": 52, "r": 12, "t": 10, "b": 44},
        "hovermode": "closest",
        "xaxis": {"title": {"text": x, "standoff": 8}, "zeroline": False},
        "yaxis": {"title": {"text": y, "standoff": 8}, "zeroline": False},
        "showlegend": False,
        "dragmode": False,
    }
    drawn = go.Figure(list(traces), base)
    drawn.update_layout(layout)
    return drawn


def marks(x: Any, y: Any, marker: dict[str, Any], told: Any, more: str = "", **trace: Any) -> go.Scatter:
    """Markers that tell their own text, and ``more`` of all of them, to whoever points at one."""
    template = f"%{{text}}{more}<extra></extra>"
    return go.Scatter(x=x, y=y, mode="markers", marker=marker, text=told, hovertemplate=template, **trace)


def shaded(shares: Any, colour: str, most: float, **trace: Any) -> go.Heatmap:
    """Fields from 0 to ``most``: the stronger the colour, the more; NaN is left free."""
    scale = palette.shades(colour)
    return go.Heatmap(z=shares, colorscale=scale, zmin=0, zmax=most, xgap=1, ygap=1, showscale=False, **trace)


def escaped(words: str) -> str:
    """Words of users as Plotly shows them: it reads tags and entities."""
    return html.escape(words, quote=False)


def label(name: str, longest: int = LONGEST) -> str:
    """A name of users in one line that leaves room for the figure, as Plotly shows it."""
    return escaped(cut(printable(name), longest))


def thresholds(cell: CellVerdict, folds: int) -> str:
    """``thresholds 0.41, 0.39``, one of each seed; that each fold has its own, where there are folds."""
    if folds > 1:
        return f"thresholds of {folds} folds"
    return f"thresholds {', '.join(f'{each.value:.3g}' for each in cell.thresholds)}"


def signed(number: float) -> str:
    """``+0.012``; no sign where nothing but zeros is left."""
    rounded = f"{number:+.3f}"
    return rounded if float(rounded) else rounded[1:]


def signed_with_interval(of: Estimate) -> str:
    """``+0.012 [-0.003, +0.027]``."""
    return f"{signed(of.value)} [{signed(of.low)}, {signed(of.high)}]"


def rows(labels: Sequence[str]) -> dict[str, Any]:
    """An axis with a row for each label, the first on top, at ``len(labels) - 1``; two may be called the same."""
    return ticks(dict(enumerate(labels[::-1])))


def ticks(labels: dict[int, str]) -> dict[str, Any]:
    """An axis of rows from 0, with the labels of some."""
    return {
        "tickvals": list(labels),
        "ticktext": list(labels.values()),
        "range": [-0.6, max(labels) + 0.6],
        "title": None,
        "automargin": True,
    }


def interval(estimates: Sequence[Estimate], colour: str) -> dict[str, Any]:
    """Error bars around values."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [of.high - of.value for of in estimates],
        "arrayminus": [of.value - of.low for of in estimates],
        "color": colour,
        "thickness": 1.6,
        "width": 0,
    }


def dotted(at: float, layer: str) -> dict[str, Any]:
    """A line from bottom to top, ``above`` or ``below`` what is drawn."""
    return {
        "type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper", "layer": layer,
        "line": {"width": 1.4, "dash": "dot", "color": palette.INK},
    }  # fmt: skip
