"""Precision-recall and ROC curves of all trials over each other, with the points that people choose between."""

from collections.abc import Iterator

import numpy as np

from steelyard.models.report.cells_shown import featured
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.threshold_curves import At
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.words.phrases import called
from steelyard.tasks.report.figures import palette, planes
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.figure import Plot, thresholds
from steelyard.tasks.report.figures.frame import Scale, frame
from steelyard.tasks.report.figures.legend import Entry
from steelyard.tasks.report.figures.marks import THIN, line, points
from steelyard.tasks.report.figures.planes import AXES, Plane

SPOKEN = 20
"""Cells that are named to whoever does not see the figure."""

KINDS = {"argmax": "o", "operating point": "D", "baseline at the threshold that equals the weight": "x"}
"""Points of a cell, and the marker of each."""

Points = list[tuple[CellVerdict, At, str]]
"""A cell, where it is, and what that says."""


def precision_recall(dossier: Dossier) -> tuple[Plot, ...]:
    """Recall to the right, precision upwards."""
    plane = planes.of_precision(dossier)
    lows = [float(np.nanmin(plane.curve(curve)[1])) for _, curve in dossier.mean_curves]
    lows += [at["precision"].value for cell, _ in dossier.mean_curves for at in (cell.argmax, cell.point)]
    least = float(np.floor(10 * np.min(lows)) / 10)
    return (_plot(dossier, plane, least, f"Precision against recall of {_whose(dossier)}"),)


def roc(dossier: Dossier) -> tuple[Plot, ...]:
    """False-positive rate to the right, recall upwards."""
    return (_plot(dossier, planes.of_false_alarms(dossier), 0.0, f"ROC curves of {_whose(dossier)}"),)


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """The cells that stand out, the points of each, and where the constraint holds."""
    colours = palette.colours(dossier.cells)
    lines = [
        Entry(_noted(dossier, cell), colours[cell.key], palette.dash(cell, dossier.cells))
        for cell in featured(dossier.cells)
    ]
    kinds = [Entry(kind, palette.GREY, symbol=KINDS[kind]) for kind, points in _kinds(dossier).items() if points]
    limit = planes.limit_of(dossier)
    return (*lines, *kinds, *[Entry(limit, f"{palette.GREY}40", symbol="s")] * bool(limit))


def _noted(dossier: Dossier, cell: CellVerdict) -> str:
    notes = ["baseline"] * cell.is_baseline + ["recommended"] * (cell is dossier.best)
    return f"{called(cell.cell)} ({', '.join(notes)})" if notes else called(cell.cell)


def _whose(dossier: Dossier) -> str:
    return f"{len(dossier.finished)} trials of {', '.join(cell.cell for cell in dossier.cells[:SPOKEN])}"


def _plot(dossier: Dossier, plane: Plane, least: float, says: str) -> Plot:
    colours = palette.colours(dossier.cells)

    def draw(canvas: Canvas) -> None:
        frame(canvas, Scale(-0.02, 1.02, AXES[plane.x]), Scale(least - 0.02, 1.02, AXES[plane.y]))
        plane.shade(canvas)
        for cell, networks in dossier.single_curves:
            # Every trial, those of a cell as one thin line with gaps.
            curves = [np.append(plane.curve(curve), [[np.nan], [np.nan]], axis=1) for curve in networks.values()]
            x, y = np.concatenate(curves, axis=1)
            line(canvas, x, y, colours[cell.key], **THIN)
        for cell, curve in dossier.mean_curves:
            line(canvas, *plane.curve(curve), colours[cell.key], palette.dash(cell, dossier.cells), linewidth=2.6)
        for kind, found in _kinds(dossier).items():
            for cell, at, told in found:
                x, y = plane.place(at)
                marker = points(canvas, [x], [y], colours[cell.key], KINDS[kind], 9)
                canvas.tell(marker, f"{told}: {AXES[plane.x]} {x:.3f}, {AXES[plane.y]} {y:.3f}")

    return Plot("", says, draw, height=420)


def _kinds(dossier: Dossier) -> dict[str, Points]:
    """Argmax, the operating point, and what another threshold of the baseline does, of the cells that stand out."""
    return dict(zip(KINDS, map(list, (_argmax(dossier), _operating(dossier), _same(dossier))), strict=True))


def _argmax(dossier: Dossier) -> Iterator[tuple[CellVerdict, At, str]]:
    for cell in featured(dossier.cells):
        yield cell, planes.rates(cell.argmax), f"{called(cell.cell)}, argmax"


def _operating(dossier: Dossier) -> Iterator[tuple[CellVerdict, At, str]]:
    for cell in featured(dossier.cells):
        yield cell, planes.rates(cell.point), f"{called(cell.cell)}, {thresholds(cell, dossier.verdict.folds)}"


def _same(dossier: Dossier) -> Iterator[tuple[CellVerdict, At, str]]:
    for cell in featured(dossier.cells):
        if equal := dossier.equivalent(cell):
            said = f"the baseline at {equal[0]:.3g}, which should do what argmax of {called(cell.cell)} does"
            yield cell, equal[1], said
