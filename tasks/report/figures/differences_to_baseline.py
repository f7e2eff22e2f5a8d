"""The differences to the unweighted baseline, each with its interval: a forest plot."""

from collections.abc import Sequence

from steelyard.models.report.cells_shown import compared
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.words.phrases import called, chance, name
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.figure import Plot, label, signed_with_interval
from steelyard.tasks.report.figures.frame import Scale, frame, rows
from steelyard.tasks.report.figures.legend import Entry
from steelyard.tasks.report.figures.marks import estimate, upright

AREAS = ("roc_auc", "average_precision")

EVERY_CLASS = {
    "balanced_accuracy": "balanced accuracy",
    "rare": "recall, rarer half of the classes",
    "frequent": "recall, more frequent half",
    "precision": "precision, mean of the classes",
}
"""What is drawn where every class counts, and what it is called."""

ROW = 26
"""CSS pixels of a cell."""


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """A plot per metric in which all of the cells have a difference, the first cell on top."""
    cells = compared(dossier.cells, dossier.verdict.main_metric)
    return tuple(
        _plot(cells, metric, title)
        for metric, title in _titles(dossier).items()
        if all(metric in cell.differences for cell in cells)
    )


def _titles(dossier: Dossier) -> dict[str, str]:
    """Where there is a class to find the areas, then what the objective asks for at the operating point."""
    if dossier.every_class:
        return EVERY_CLASS
    asked = [of for of in (dossier.objective.metric, dossier.objective.constraint) if of and of not in AREAS]
    return {of: name(of) for of in AREAS} | {of: f"{name(of)}, at the operating point" for of in asked}


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """What is shown and what is not."""
    return (
        Entry("a difference, after Holm's correction", palette.BLUE, symbol="D"),
        Entry("none shown", palette.GREY, symbol="o", hollow=True),
    )


def _plot(cells: Sequence[CellVerdict], metric: str, title: str) -> Plot:
    differences = [cell.differences[metric] for cell in cells]
    told = [f"{called(cell.cell)} {signed_with_interval(of)}" for cell, of in zip(cells, differences, strict=True)]
    low, high = min(0.0, *(of.low for of in differences)), max(0.0, *(of.high for of in differences))
    labels = [label(cell.cell) for cell in cells]
    room = max(0.02, 0.08 * (high - low))

    def draw(canvas: Canvas) -> None:
        frame(canvas, Scale(low - room, high + room, "beside the baseline"), rows(labels))
        upright(canvas, 0, palette.SOLID)
        for row, said, of in zip(range(len(cells))[::-1], told, differences, strict=True):
            shown = of.p_holm <= LEVEL
            how = (palette.BLUE, "D") if shown else (palette.GREY, "o")
            estimate(canvas, of, row, *how, f"{said}, {chance(of.p_holm)} after Holm's correction", hollow=not shown)

    return Plot(title, "; ".join(told), draw, height=70 + ROW * len(cells))
