"""The answer of a sweep and its picture, as a notebook shows them: a piece of HTML that runs no script.

The picture is what Plotly would draw, drawn by Matplotlib on white.
"""

import html
import warnings
from base64 import b64encode
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import plotly.graph_objects as go
from markupsafe import Markup
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture
from matplotlib.lines import Line2D

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.confusion_matrix import plain
from steelyard.tasks.report.figures.figure import Figure, Plot
from steelyard.tasks.report.page.render import environment
from steelyard.tasks.report.page.sweep_view import View

WIDTH = 640
"""CSS pixels of the picture."""

DPI = 96
"""CSS pixels of an inch."""

SHARP = 2
"""Pixels of the picture to one of the page."""

POINT = 72 / DPI
"""Points of a CSS pixel, which is what Plotly counts in."""

TALL = 900
"""CSS pixels of a picture, beyond which it shows no other plot."""

MARKERS = {"diamond": "D", "circle": "o", "circle-open": "o", "x-thin": "x", "square": "s", "triangle-up": "^"}
DASHES = {None: "-", "solid": "-", "dash": "--", "dot": ":", "dashdot": "-."}
DARK, FAINT = "#24292f", "#d5dae0"


def of(dossier: Dossier) -> str:
    """The card of a sweep with at least one trial that finished."""
    sweep = View(dossier)
    figure = sweep.figures["hero"][0]
    picture = b64encode(_png(figure)).decode()
    said = " ".join(plot.says for plot in figure.plots)
    return environment().get_template("card.html.jinja").render(sweep=sweep, picture=picture, said=said, width=WIDTH)


def of_words(words: Sequence[str]) -> str:
    """A card of sentences alone."""
    return Markup("").join(Markup("<p>{}</p>").format(sentence) for sentence in words)


def _png(figure: Figure) -> bytes:
    """The plots below each other, as many as are not too tall together; of lines, areas, markers and error bars."""
    heights = np.cumsum([plot.drawn.layout.height for plot in figure.plots])
    plots = figure.plots[: max(1, int((heights <= TALL).sum()))]
    size = WIDTH / DPI, heights[len(plots) - 1] / DPI
    # A Figure of its own, never pyplot: a notebook's own figures stay as they are.
    picture = Picture(figsize=size, dpi=DPI * SHARP, layout="constrained")
    for axes, plot in zip(picture.subplots(len(plots), squeeze=False)[:, 0], plots, strict=True):
        keys = dict(_drawn(axes, plot))
        if keys and plot.drawn.layout.showlegend:
            picture.legend(keys.values(), keys, loc="outside lower left", ncols=2, fontsize=9, frameon=False)
    plain(picture)
    file = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        picture.savefig(file, format="png")
    return file.getvalue()


def _drawn(axes: Axes, plot: Plot) -> Iterator[tuple[str, Artist]]:
    """Name and artist of what a legend tells."""
    layout = plot.drawn.layout
    for trace in plot.drawn.data:
        artist = _trace(axes, trace)
        if trace.name and trace.showlegend is not False:
            yield _text(trace.name), artist
    for shape in layout.shapes:
        axes.axvline(shape.x0, color=DARK, linestyle=":", linewidth=1, zorder=1)
    _axis(axes, "x", layout.xaxis)
    _axis(axes, "y", layout.yaxis)
    axes.set_title(_text(plot.title), loc="left", fontsize=11, color=DARK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=FAINT, linewidth=0.6)
    axes.set_axisbelow(True)


def _trace(axes: Axes, trace: go.Scatter) -> Artist:
    x, y = np.asarray(trace.x, float), np.asarray(trace.y, float)
    line: dict[str, Any] = {"linewidth": POINT * (trace.line.width or 1), "linestyle": DASHES[trace.line.dash]}
    if trace.fill:
        [area] = axes.fill(x, y, facecolor=_colour(trace.fillcolor), edgecolor=_colour(trace.line.color), **line)
        return area
    if trace.error_x.array is not None:
        bounds = [np.asarray(trace.error_x.arrayminus), np.asarray(trace.error_x.array)]
        axes.errorbar(x, y, xerr=bounds, fmt="none", ecolor=_colour(trace.error_x.color), elinewidth=1.6)
    if "lines" in trace.mode:
        [drawn] = axes.plot(x, y, color=_colour(trace.line.color), **line)
        return drawn
    return _markers(axes, x, y, trace.marker)


def _markers(axes: Axes, x: Any, y: Any, marker: Any) -> Artist:
    inside, edge = _colours(marker.color), _colours(marker.line.color) or _colours(marker.color)
    if marker.symbol == "x-thin":
        own: dict[str, Any] = {"color": edge}
    else:
        own = {"facecolors": "none" if marker.symbol.endswith("-open") else inside, "edgecolors": edge}
    wide = POINT * (marker.line.width or 1)
    size = (POINT * marker.size) ** 2
    axes.scatter(x, y, s=size, marker=MARKERS[marker.symbol], linewidths=wide, zorder=3, **own)
    # Of no cell's colour, since all of them have such a marker.
    key = {"marker": MARKERS[marker.symbol], "markersize": POINT * marker.size, "linestyle": "none"}
    return Line2D([], [], markerfacecolor=FAINT, markeredgecolor=DARK, **key)


def _axis(axes: Axes, which: str, asked: Any) -> None:
    axis = getattr(axes, f"{which}axis")
    if asked.range:
        getattr(axes, f"set_{which}lim")(asked.range)
    if asked.tickvals is not None:
        axis.set_ticks(asked.tickvals, [_text(label) for label in asked.ticktext])
    axis.set_label_text(_text(asked.title.text or ""), fontsize=10, color=DARK)
    axes.tick_params(length=0, labelsize=9.5, labelcolor=DARK)


def _text(of_plotly: str) -> str:
    return html.unescape(of_plotly.replace("<br>", "\n"))


def _colours(of_plotly: Any) -> list[Any]:
    several = [of_plotly] if isinstance(of_plotly, str) else of_plotly
    return [_colour(colour) for colour in several] if several is not None else []


def _colour(of_plotly: str | None) -> Any:
    """``#2f86d0`` or ``rgba(47,134,208,0.5)``, as Matplotlib has it."""
    if not of_plotly or not of_plotly.startswith("rgba("):
        return of_plotly or "none"
    red, green, blue, opacity = map(float, of_plotly[5:-1].split(","))
    return red / 255, green / 255, blue / 255, opacity
