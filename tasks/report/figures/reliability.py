"""How far scores can be believed as probabilities: the share of positives among images of about one score."""

import numpy as np

from steelyard.models.calibration.reliability import Reliability
from steelyard.models.report.cells_shown import two
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.figure import Plot
from steelyard.tasks.report.figures.frame import Scale, frame
from steelyard.tasks.report.figures.legend import Entry
from steelyard.tasks.report.figures.marks import line, points

BEFORE, AFTER = (palette.GREY, "s"), (palette.BLUE, "o")
"""Colour and marker of scores as they come, and of corrected ones."""


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """The best cell, and the baseline or else the best handling beside it."""
    return tuple(_plot(cell) for cell in two(dossier.cells, dossier.baseline))


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """Before the correction, after it where there is one, and what probabilities would be."""
    corrected = any(each.after for cell in two(dossier.cells, dossier.baseline) for each in cell.calibration)
    return (
        Entry("score as it comes", BEFORE[0], symbol=BEFORE[1]),
        *[Entry("corrected for the prior", AFTER[0], symbol=AFTER[1])] * corrected,
        Entry("a probability", palette.INK, palette.DOTTED),
    )


def _plot(cell: CellVerdict) -> Plot:
    lines = [(each.before, BEFORE) for each in cell.calibration]
    lines += [(each.after, AFTER) for each in cell.calibration if each.after]

    def draw(canvas: Canvas) -> None:
        frame(canvas, Scale(-0.02, 1.02, "mean score"), Scale(-0.02, 1.02, "share of positives"))
        line(canvas, [0, 1], [0, 1], palette.INK, palette.DOTTED, linewidth=1.3)
        for of, style in lines:
            _draw(canvas, of, *style)

    title = cell.cell if any(each.after for each in cell.calibration) else f"{cell.cell}, not corrected"
    return Plot(title, f"share of positives by mean score, {title}", draw, height=320)


def _draw(canvas: Canvas, of: Reliability, colour: str, marker: str) -> None:
    scores, shares = [bin_.mean_score for bin_ in of.bins], [bin_.observed for bin_ in of.bins]
    bars = np.array([[(bin_.mean_score, low) for low in (bin_.low, bin_.high, np.nan)] for bin_ in of.bins])
    line(canvas, bars[..., 0].ravel(), bars[..., 1].ravel(), colour, linewidth=1)
    line(canvas, scores, shares, colour, linewidth=1.6)
    points(canvas, scores, shares, colour, marker, 6)
