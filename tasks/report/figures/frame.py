"""The frame of a plot: grid lines, what stands along the axes, and the room that these texts need."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.collections import LineCollection
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator

from steelyard.models.names import cut
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import TEXT, Canvas

BESIDE, LINE, EDGE = 8, 18, 12
"""CSS pixels between an axis and its texts, of a line of text, and that axes keep from the edge."""

MOST = 0.42
"""Of the width, that names of rows take."""

TICKS = {True: 6, False: 5}
"""Numbers along an axis, where it is wide and where not."""


@dataclass(frozen=True)
class Scale:
    """One of two axes.

    Attributes:
        low: at its beginning, which may be more than what is at its end.
        ticks: place -> text; None for round numbers.
        grid: whether lines cross the plot at the ticks.
        upright: whether the texts below are turned, since they are long.
        whole: whether round numbers are whole ones.
    """

    low: float
    high: float
    title: str = ""
    ticks: Mapping[float, str] | Mapping[int, str] | None = None
    grid: bool = True
    upright: bool = False
    whole: bool = False

    def texts(self, wide: bool) -> dict[float, str]:
        """Where something is written, and what."""
        if self.ticks is not None:
            return {float(place): words for place, words in self.ticks.items()}
        places = MaxNLocator(TICKS[wide], steps=[1, 2, 5, 10], integer=self.whole).tick_values(self.low, self.high)
        low, high = sorted((self.low, self.high))
        return {float(place): number(place) for place in places if low <= place <= high}


def number(place: float) -> str:
    """``−0.2``, without what is left of a sum of floats."""
    return f"{round(place, 9) + 0.0:g}".replace("-", "−")


def rows(labels: Sequence[str]) -> Scale:
    """A row for each label, the first on top, at ``len(labels) - 1``; two may be called the same."""
    return Scale(-0.6, len(labels) - 0.4, ticks=dict(enumerate(labels[::-1])))


def around(values: npt.NDArray[np.floating], title: str = "", whole: bool = False) -> Scale:
    """A scale that holds all values, with a little room at both ends."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = 0.04 * (high - low) or 0.5 * max(abs(high), 1e-3)
    return Scale(low - room, high + room, title, whole=whole)


@lru_cache(4096)
def length(words: str) -> float:
    """CSS pixels of a text, a bit more than in most fonts of pages."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in words)
    measured = text_to_path.get_text_width_height_descent(words, FontProperties(size=TEXT), ismath=False)[0]
    return float(measured) + wide * TEXT / 2


def frame(canvas: Canvas, x: Scale, y: Scale) -> None:
    """Draw it, and set the axes' limits; whatever is drawn afterwards lies on it."""
    across, up = x.texts(canvas.wide), y.texts(canvas.wide)
    up = {place: fitting(words, MOST * canvas.width) for place, words in up.items()}
    room = _room(across, up, x, y)
    canvas.inside(*room)
    canvas.axes.set(xlim=(x.low, x.high), ylim=(y.low, y.high))
    _lines(canvas, x, y, across, up)
    width, height = canvas.width - room.left - room.right, canvas.height - room.below - room.above
    turned = {"rotation": 90, "va": "top"} if x.upright else {"va": "baseline"}
    for place, words in across.items():
        at = room.left + width * (place - x.low) / (x.high - x.low)
        canvas.write(at, room.below - (BESIDE if x.upright else LINE), words, ha="center", **turned)
    for place, words in up.items():
        at = room.below + height * (place - y.low) / (y.high - y.low)
        canvas.write(room.left - BESIDE, at, words, ha="right", va="center_baseline")
    if x.title:
        canvas.write(room.left + width / 2, LINE - TEXT, x.title, ha="center", color=palette.SOFT)
    if y.title:
        canvas.write(0, canvas.height - TEXT, y.title, color=palette.SOFT)


class Room(NamedTuple):
    """CSS pixels around the axes."""

    left: float
    right: float
    below: float
    above: float


def _room(across: Mapping[float, str], up: Mapping[float, str], x: Scale, y: Scale) -> Room:
    last = max(across, default=0.0, key=lambda place: abs(place - x.low))
    beside = 0 if x.upright else length(across.get(last, "")) / 2
    deep = max(map(length, across.values()), default=0) + BESIDE + 2 if x.upright else LINE + 4
    return Room(
        left=max(map(length, up.values()), default=EDGE - BESIDE) + BESIDE,
        right=max(EDGE, beside),
        below=(deep if across else 2) + LINE * bool(x.title),
        above=LINE + BESIDE if y.title else EDGE,
    )


def _lines(canvas: Canvas, x: Scale, y: Scale, across: Mapping[float, str], up: Mapping[float, str]) -> None:
    upright = [[(place, y.low), (place, y.high)] for place in across if x.grid]
    level = [[(x.low, place), (x.high, place)] for place in up if y.grid]
    borders = [[(x.low, y.high), (x.low, y.low), (x.high, y.low)]]
    for lines, colour in ((upright + level, palette.GRID), (borders, palette.LINE)):
        drawn = LineCollection(lines, colors=colour, linewidths=1, zorder=0, clip_on=False)
        canvas.axes.add_collection(drawn, autolim=False)


def fitting(words: str, room: float) -> str:
    """The text, or as much of its beginning as the room holds."""
    short = words
    while short and length(short) > room:
        short = cut(words, len(short) - 1)
    return short
