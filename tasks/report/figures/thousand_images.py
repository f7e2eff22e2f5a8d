"""A thousand images as marks: an image each, told apart by form as well as by colour."""

from typing import Any

import numpy as np

from steelyard.models.report.cells_shown import two
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.error_counts import Thousand
from steelyard.models.spec.sweep_plan import Subject
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import TEXT, Canvas
from steelyard.tasks.report.figures.figure import Plot, label
from steelyard.tasks.report.figures.frame import EDGE, LINE

COLUMNS, ROWS, SIDE = 40, 25, 8.6
"""Of the field of images, and CSS pixels of one."""

LONGEST = 15
"""Characters of a class below the images."""

FORMS: tuple[dict[str, Any], ...] = (
    {"marker": "o", "color": palette.BLUE, "markersize": 6.6, "markeredgewidth": 0},
    {"marker": "o", "color": palette.ORANGE, "markersize": 5, "markeredgewidth": 2.2, "markerfacecolor": "none"},
    {"marker": "^", "color": palette.ORANGE, "markersize": 7.2, "markeredgewidth": 0},
    {"marker": "o", "color": palette.GREY, "markersize": 3, "markeredgewidth": 0, "alpha": 0.6},
)


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """Of the best cell, and of the baseline or else the best handling beside it."""
    counts = [Thousand.of(cell, dossier.verdict.prevalence) for cell in two(dossier.cells, dossier.baseline)]
    return tuple(_plot(of, dossier.about.subject) for of in counts)


def _plot(of: Thousand, subject: Subject) -> Plot:
    """Row by row: positives found and missed, negatives called positive, and the other negatives."""
    said, short = _says(of, *subject.read), _says(of, *(label(name, LONGEST) for name in subject.read))
    places = np.split(np.arange(COLUMNS * ROWS), np.cumsum(of.dots())[:-1])
    below = LINE * len(said) + EDGE

    def draw(canvas: Canvas) -> None:
        canvas.inside(0, canvas.width - SIDE * COLUMNS, below, 0)
        canvas.axes.set(xlim=(-0.5, COLUMNS - 0.5), ylim=(ROWS - 0.5, -0.5))
        for line, (own, words, form) in enumerate(zip(places, short, FORMS, strict=True), 1):
            rows, columns = np.divmod(own, COLUMNS)
            # The last mark stands before the words.
            level = ROWS + (LINE * line - TEXT / 3) / SIDE
            [drawn] = canvas.axes.plot(np.append(columns, 0), np.append(rows, level), clip_on=False, **form)
            drawn.set_linestyle("none")
            canvas.write(LINE, below - LINE * line, words)

    return Plot(of.cell, ", ".join(said), draw, height=round(SIDE * ROWS) + below, small=True)


def _says(of: Thousand, negative: str, positive: str) -> list[str]:
    kinds = f"{positive} found", f"{positive} missed", f"{negative} called {positive}", f"{negative} left in peace"
    return [f"{count} {kind}" for count, kind in zip(of.dots(), kinds, strict=True)]
