"""What each cell gives on test, with its interval and its seeds: a forest plot."""

from collections.abc import Sequence
from typing import NamedTuple

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.models.words.phrases import called, figures, found_class, name
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.figure import Plot, label
from steelyard.tasks.report.figures.frame import Scale, frame, rows
from steelyard.tasks.report.figures.marks import estimate, points, upright

MANY = 30
"""Cells that are drawn; the table has all."""

ROW = 36
"""CSS pixels of a cell."""

BELOW = 0.27
"""Of a row, that the seeds are drawn below their mean."""


class Measure(NamedTuple):
    """A metric on test at the operating point: of a class by its name, or of all where it has none."""

    metric: str
    of_class: str = ""

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{name(self.metric)} of {called(self.of_class)}" if self.of_class else name(self.metric)

    def of(self, cell: CellVerdict) -> Estimate:
        """The estimate of a cell."""
        if not self.of_class:
            return cell.point[self.metric]
        estimate: Estimate = getattr(found_class(cell, self.of_class), self.metric)
        return estimate

    def once(self, trial: Outcome) -> float:
        """What one trial gives."""
        assert trial.operating is not None
        return (trial.classes[self.of_class] if self.of_class else trial.operating.test)[self.metric]


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """Recall and precision of the objective's class, where it has one, then balanced accuracy."""
    cells, base, wanted = list(dossier.cells[:MANY]), dossier.baseline, dossier.objective.class_name
    if base is not None and base not in cells:
        cells.append(base)
    measures = [Measure(metric, wanted) for metric in ("recall", "precision") if wanted]
    return tuple(_plot(dossier, cells, measure) for measure in (*measures, Measure("balanced_accuracy")))


def _plot(dossier: Dossier, cells: Sequence[CellVerdict], measure: Measure) -> Plot:
    colours, base = palette.colours(dossier.cells), dossier.baseline
    estimates = [measure.of(cell) for cell in cells]
    seeds = [{trial.seed: measure.once(trial) for trial in dossier.trials(cell)} for cell in cells]
    low = min([of.low for of in estimates] + [value for of in seeds for value in of.values()])
    high = max([of.high for of in estimates] + [value for of in seeds for value in of.values()])
    room = max(0.01, 0.06 * (high - low))
    labels = [label(cell.cell) + (" (baseline)" if cell.is_baseline else "") for cell in cells]
    told = [f"{called(cell.cell)} {figures(of)}" for cell, of in zip(cells, estimates, strict=True)]

    def draw(canvas: Canvas) -> None:
        frame(canvas, Scale(low - room, min(1, high) + room, name(measure.metric)), rows(labels))
        if base is not None:
            upright(canvas, measure.of(base).value)
        for row, cell, of, own, said in zip(range(len(cells))[::-1], cells, estimates, seeds, told, strict=True):
            colour = colours[cell.key]
            points(canvas, [*own.values()], [row - BELOW] * len(own), colour, "o", 5, hollow=True)
            each = ", ".join(f"{value:.3f}" for value in own.values())
            estimate(canvas, of, row, colour, "D", f"{said}, mean and 95 %; by seed {each}")

    height = 70 + ROW * max(2, len(cells))
    return Plot(measure.title, f"{measure.title} on test: {'; '.join(told)}", draw, height)
