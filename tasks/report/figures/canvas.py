"""What a plot is drawn on, at one width, and what becomes of it: SVG of a page, or a PNG."""

import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, cast

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from steelyard.tasks.report.figures import inline_svg, palette

PIXELS = 72
"""To an inch, so that one of Matplotlib's points is a CSS pixel."""

TEXT = 12
"""CSS pixels of all texts."""

RULES = {
    "font.family": ["sans-serif"],
    "font.size": TEXT,
    "lines.scale_dashes": False,
    "path.simplify_threshold": 0.3,
    "svg.fonttype": "none",
    "text.color": palette.INK,
    "text.parse_math": False,
    "text.usetex": False,
}
"""Matplotlib's settings of every drawing, whatever a notebook has made of them."""

_one_at_a_time = threading.RLock()
"""The settings are those of the whole process."""


@dataclass(frozen=True)
class Canvas:
    """A part of a drawing with axes that fill it; Matplotlib's own ticks are off, for they take most of its time.

    Attributes:
        width: CSS pixels, as those of ``bottom`` and ``height``.
        bottom: where it begins in the drawing.
        wide: whether there is room for more than a phone has.
        told: what a page says of an artist that is pointed at, by the artist's own id.
    """

    axes: Axes
    width: int
    bottom: int
    height: int
    wide: bool
    told: dict[str, str] = field(default_factory=dict)

    def tell(self, artist: Artist, words: str) -> None:
        """Let a page say this of what is pointed at."""
        name = f"told {len(self.told)}"
        artist.set_gid(name)
        self.told[name] = words

    def inside(self, left: float, right: float, below: float, above: float) -> None:
        """Leave so many CSS pixels around the axes."""
        drawing = self.axes.get_figure(root=True)
        assert drawing is not None
        wide, high = PIXELS * drawing.get_size_inches()
        width, height = self.width - left - right, self.height - below - above
        self.axes.set_position((left / wide, (self.bottom + below) / high, width / wide, height / high))

    def write(self, x: float, y: float, words: str, **how: Any) -> None:
        """A text at so many CSS pixels from the left and from below."""
        drawing = self.axes.get_figure(root=True)
        assert drawing is not None
        at = x / PIXELS, (self.bottom + y) / PIXELS
        drawing.text(*at, words, transform=drawing.dpi_scale_trans, **how)


Draw = Callable[[Canvas], None]


def svg(draw: Draw, width: int, height: int, kind: str, key: str) -> str:
    """An element of a page, of a class called ``kind``, whose ids begin with ``key``; sizes in CSS pixels."""
    file = BytesIO()
    with _drawn([draw], width, [height], wide=kind == "wide") as (drawing, [canvas]):
        drawing.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return inline_svg.of(file.getvalue(), kind, key, canvas.told)


def png(draws: Sequence[Draw], width: int, heights: Sequence[int], sharp: int) -> bytes:
    """A picture of drawings below each other, on white; ``sharp`` pixels to a CSS pixel."""
    file = BytesIO()
    with _drawn(draws, width, heights, wide=True) as (drawing, _):
        drawing.savefig(file, format="png", dpi=sharp * PIXELS, facecolor=palette.PAPER)
    return file.getvalue()


@contextmanager
def _drawn(
    draws: Sequence[Draw], width: int, heights: Sequence[int], wide: bool
) -> Iterator[tuple[Drawing, list[Canvas]]]:
    """A Figure of its own, never pyplot: a notebook's own figures stay as they are."""
    with _one_at_a_time, matplotlib.rc_context(cast(Any, RULES)), warnings.catch_warnings():
        # A page has letters that Matplotlib's font lacks.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        drawing, bottom, canvases = Drawing(dpi=PIXELS), sum(heights), []
        drawing.set_size_inches(width / PIXELS, bottom / PIXELS)
        for draw, height in zip(draws, heights, strict=True):
            bottom -= height
            axes = drawing.add_axes((0, 0, 1, 1))
            axes.set_axis_off()
            canvases.append(Canvas(axes, width, bottom, height, wide))
            draw(canvases[-1])
        yield drawing, canvases
