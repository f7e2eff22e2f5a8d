"""What is drawn within a frame: lines, markers, intervals and areas."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from steelyard.models.verdict.cell_verdict import Estimate
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.frame import length

Values = Sequence[float] | npt.NDArray[np.floating]

THIN: dict[str, Any] = {"linewidth": 1, "alpha": 0.45}
"""One of many lines that are seen together."""


def line(canvas: Canvas, x: Values, y: Values, colour: str, dash: palette.Dash = palette.SOLID, **how: Any) -> Line2D:
    """A line with gaps where it is NaN; ``how`` as Matplotlib's ``Line2D`` has it."""
    style = {"color": colour, "linestyle": (0, dash) if dash else "-", "linewidth": 2.2, "solid_capstyle": "round"}
    [drawn] = canvas.axes.plot(x, y, **style | {"dash_capstyle": "butt"} | how)
    return drawn


def points(canvas: Canvas, x: Values, y: Values, colour: str, marker: str, size: float, hollow: bool = False) -> Line2D:
    """Markers with a dark edge, or hollow ones of the colour; ``size`` in CSS pixels."""
    edge = {"markeredgecolor": colour if hollow or marker == "x" else palette.INK}
    width = {"markeredgewidth": 2.2 if marker == "x" else 1.4 if hollow else 1}
    inside = {"markerfacecolor": "none" if hollow else colour}
    style: dict[str, Any] = {"linestyle": "none", "marker": marker, "markersize": size, "clip_on": False, "zorder": 3}
    [drawn] = canvas.axes.plot(x, y, **style | edge | width | inside)
    return drawn


def estimate(
    canvas: Canvas,
    of: Estimate,
    at: float,
    colour: str,
    marker: str,
    told: str,
    hollow: bool = False,
    upright: bool = False,
) -> None:
    """A value with its interval, which says more to whoever points at it.

    Args:
        canvas: to draw on.
        of: from left to right, or upwards.
        at: its place on the other axis.
        colour: of both.
        marker: Matplotlib's.
        told: to whoever points at it.
        hollow: whether the marker is an outline.
        upright: whether it is drawn upwards.
    """
    along, across = [of.low, of.value, of.high], [at] * 3
    drawn = points(canvas, *(across, along) if upright else (along, across), colour, marker, 9, hollow)
    drawn.set(markevery=[1], linestyle="-", linewidth=2.2, color=colour)
    canvas.tell(drawn, told)


def area(canvas: Canvas, x: Values, y: Values, colour: str, opacity: float) -> None:
    """All within an outline, without one."""
    outline = Polygon(np.column_stack([x, y]), facecolor=colour, alpha=opacity, linewidth=0, zorder=1)
    # Not as a patch of the axes, whose limits it would be measured for.
    canvas.axes.add_artist(outline)


def upright(canvas: Canvas, at: float, dash: palette.Dash = palette.DOTTED) -> None:
    """A line from the bottom to the top."""
    canvas.axes.axvline(at, color=palette.INK, linestyle=(0, dash) if dash else "-", linewidth=1.3, zorder=1.5)


def fields(canvas: Canvas, colours: npt.NDArray[np.float64], texts: Sequence[Sequence[str]]) -> None:
    """Fields of one size, the first row at 0, with a line of the paper between two of them.

    Args:
        canvas: with a frame, in which a field is 1 wide and 1 high.
        colours: (m, n, 4) float in [0, 1].
        texts: m of n, which are left out where a field is too narrow for them.
    """
    high, wide, _ = colours.shape
    limits = canvas.axes.get_xlim(), canvas.axes.get_ylim()
    extent = (-0.5, wide - 0.5, -0.5, high - 0.5)
    canvas.axes.imshow(colours, extent=extent, origin="lower", aspect="auto", interpolation="none", zorder=1)
    canvas.axes.set(xlim=limits[0], ylim=limits[1])
    between = [[(at - 0.5, -0.5), (at - 0.5, high - 0.5)] for at in range(1, wide)]
    between += [[(-0.5, at - 0.5), (wide - 0.5, at - 0.5)] for at in range(1, high)]
    canvas.axes.add_collection(LineCollection(between, colors=palette.PAPER, linewidths=1, zorder=2), autolim=False)
    if max(length(text) for row in texts for text in row) + 4 > canvas.axes.bbox.width / wide:
        return
    for row, column in np.ndindex(high, wide):
        canvas.axes.text(column, row, texts[row][column], ha="center", va="center_baseline", zorder=3)
