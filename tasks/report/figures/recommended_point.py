"""The recommendation in one picture: its curve, its point with both intervals, the limit, and what it competes with."""

import numpy as np

from steelyard.models.report.cells_shown import two
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.other_thresholds import of_cell
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.words.phrases import called, figures
from steelyard.tasks.report.figures import palette, planes
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.figure import Plot, label
from steelyard.tasks.report.figures.frame import Scale, frame
from steelyard.tasks.report.figures.inline_svg import ON_PAPER
from steelyard.tasks.report.figures.legend import Entry
from steelyard.tasks.report.figures.marks import estimate, line, points
from steelyard.tasks.report.figures.planes import AXES, Line, Plane

HEIGHT = 290
"""CSS pixels, so that it stands beside the answer on the first screen of a laptop."""

BESIDE = (palette.GREY, palette.DASHED, "o")
"""Colour, dash and marker of what the recommended cell is compared with."""

LONGEST = 14
"""Characters of a class beside an axis."""

FAR, NEAR = 2.5, 0.1
"""Times as many false alarms as the point has, or the limit allows, and the least share, that are drawn."""


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """One, in the plane that the objective speaks of."""
    plane, cells = planes.asked(dossier), two(dossier.cells, dossier.baseline)
    curves = [plane.along(of_cell(dossier, cell)) for cell in cells]
    x, y = _scales(dossier, plane, curves[0])
    told = [_told(cell, plane) for cell in cells]
    colour, dash, marker = BESIDE

    def draw(canvas: Canvas) -> None:
        frame(canvas, x, y)
        plane.shade(canvas)
        _limit(canvas, dossier, plane)
        for cell, drawn, said in zip(cells[1:], curves[1:], told[1:], strict=True):
            line(canvas, *drawn, colour, dash, linewidth=1.8)
            x_of, y_of = plane.place(planes.rates(cell.point))
            canvas.tell(points(canvas, [x_of], [y_of], colour, marker, 8), said)
        line(canvas, *curves[0], palette.BLUE, linewidth=3)
        along, up = (cells[0].point[key] for key in (plane.x, plane.y))
        estimate(canvas, along, up.value, palette.BLUE, "D", told[0])
        estimate(canvas, up, along.value, palette.BLUE, "D", told[0], upright=True)

    return (Plot("", f"At the threshold: {'; '.join(told)}", draw, HEIGHT),)


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """Both cells, and the point."""
    best, *others = two(dossier.cells, dossier.baseline)
    colour, dash, marker = BESIDE
    return (
        Entry(f"recommended: {_named(dossier, best)}", palette.BLUE),
        Entry("its threshold, with 95 % intervals", palette.BLUE, symbol="D"),
        *[Entry(_named(dossier, cell), colour, dash) for cell in others],
        *[Entry("its threshold", colour, symbol=marker) for _ in others],
    )


def _named(dossier: Dossier, cell: CellVerdict) -> str:
    name = "unweighted" if cell.is_baseline else called(cell.label)
    return f"{name} ({cell.recipe})" if dossier.verdict.networks else name


def _told(cell: CellVerdict, plane: Plane) -> str:
    x, y = (f"{AXES[key]} {figures(cell.point[key])}" for key in (plane.x, plane.y))
    return f"{called(cell.cell)} {x}, {y}"


def _scales(dossier: Dossier, plane: Plane, first: Line) -> tuple[Scale, Scale]:
    """All of recall; of precision and false alarms what the point, the limit and the curves need."""
    best, asked, (negative, positive) = dossier.best, dossier.objective, dossier.about.subject.read
    found = f"recall: share of {label(positive, LONGEST)} that is found"
    if plane.y == "precision":
        lowest = min(np.nanmin(first[1]), best.point["precision"].low, plane.edge[1].min(initial=1.0))
        least = np.floor(10 * lowest) / 10
        return Scale(-0.02, 1.02, found), Scale(least - 0.02, 1.02, "precision: share of alarms that are right")
    limit = asked.limit if asked.constraint == plane.x else 0.0
    far = min(1.0, FAR * max(best.point[plane.x].high, limit, NEAR))
    wrong = f"false-positive rate: share of {label(negative, LONGEST)} with an alarm"
    return Scale(-0.02 * far, 1.02 * far, wrong), Scale(-0.02, 1.02, found)


def _limit(canvas: Canvas, dossier: Dossier, plane: Plane) -> None:
    """The edge of what is allowed, with its name at its foot where it is upright, and else at its end.

    Of one that lies flat that end is meant from which the point is farther.
    """
    if not dossier.objective.constraint:
        return
    (left, right), (low, high), bound = canvas.axes.get_xlim(), canvas.axes.get_ylim(), dossier.objective.limit
    along, up = plane.edge
    at_foot = dossier.objective.constraint == plane.x
    if at_foot:
        along, up = np.array([bound, bound]), np.array([high, low])
    shown = np.flatnonzero((along <= right) & (up >= low))
    if not len(shown):
        return
    line(canvas, along, up, palette.INK, palette.DOTTED, linewidth=1.5)
    middle, flat = (left + right) / 2, dossier.objective.constraint == plane.y
    place = shown[0 if flat and dossier.best.point[plane.x].value > middle else -1]
    end = along[place], up[place]
    to_left = end[0] > middle
    offset = (-6 if to_left else 6, 8) if at_foot else (-2, 5) if to_left else (2, 5) if flat else (10, -14)
    words, side = planes.limit_of(dossier), "right" if to_left else "left"
    canvas.axes.annotate(words, end, offset, textcoords="offset points", ha=side, gid=ON_PAPER, zorder=4)
