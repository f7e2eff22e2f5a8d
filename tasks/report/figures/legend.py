"""What colours, lines and markers of a figure stand for: for a page, which writes it itself, and drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.models.names import printable
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import TEXT, Canvas
from steelyard.tasks.report.figures.frame import LINE, fitting
from steelyard.tasks.report.figures.marks import line, points

SYMBOLS = {
    "D": "M13 0l5 5l-5 5l-5 -5z",
    "o": "M13 .6a4.4 4.4 0 1 1 0 8.8a4.4 4.4 0 1 1 0 -8.8z",
    "s": "M9 1h8v8h-8z",
    "^": "M13 .8l4.8 8.4h-9.6z",
    "x": "M9 1l8 8m0 -8l-8 8",
}
"""Matplotlib's names of markers, and their outlines in a legend."""

COLUMNS, SAMPLE = 2, 26
"""Of a legend that is drawn, and CSS pixels of a line in it."""


@dataclass(frozen=True)
class Entry:
    """A line of a legend.

    Attributes:
        dash: of the line.
        symbol: of the marker that stands for it instead of a line; one of ``SYMBOLS``, "" for a line.
        hollow: whether the marker is an outline.
    """

    name: str
    colour: str
    dash: palette.Dash = palette.SOLID
    symbol: str = ""
    hollow: bool = False

    @property
    def path(self) -> str:
        """Of the SVG that shows it, 26 x 10."""
        return SYMBOLS.get(self.symbol, "M1 5h24")

    @property
    def filled(self) -> bool:
        """Whether it is shown as an area, and not as a line."""
        return bool(self.symbol) and self.symbol != "x" and not self.hollow


def height(entries: Sequence[Entry]) -> int:
    """CSS pixels of a legend that is drawn."""
    return LINE * -(-len(entries) // COLUMNS) + TEXT // 2


def draw(canvas: Canvas, entries: Sequence[Entry]) -> None:
    """Fill a canvas with a legend."""
    canvas.inside(0, 0, 0, 0)
    canvas.axes.set(xlim=(0, canvas.width), ylim=(0, canvas.height))
    for number, entry in enumerate(entries):
        row, column = divmod(number, COLUMNS)
        left, level = canvas.width * column / COLUMNS + TEXT, canvas.height - LINE * (row + 1)
        middle = level + TEXT / 3
        if entry.symbol:
            points(canvas, [left + SAMPLE / 2], [middle], entry.colour, entry.symbol, 8, entry.hollow)
        else:
            line(canvas, [left, left + SAMPLE], [middle] * 2, entry.colour, entry.dash)
        room = canvas.width / COLUMNS - SAMPLE - 2 * TEXT
        canvas.write(left + SAMPLE + TEXT / 2, level, fitting(printable(entry.name), room))
