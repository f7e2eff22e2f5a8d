"""What each cell gives on test, with its interval and its seeds: a forest plot."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.models.words.phrases import called, figures, found_class, name
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.figure import Plot, dotted, figure, interval, label, marks, rows

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
    placed = [*zip(cells, estimates, range(len(cells))[::-1], strict=True)]
    means = [_mean(cell, of, row, colours[cell.key]) for cell, of, row in placed]
    seeds = [_seeds(dossier, cell, measure, row, colours[cell.key]) for cell, _, row in placed]
    drawn = figure([*seeds, *means], name(measure.metric), "", height=80 + ROW * max(2, len(cells)))
    low = min([of.low for of in estimates] + [x for trace in seeds for x in trace.x])
    high = max([of.high for of in estimates] + [x for trace in seeds for x in trace.x])
    room = max(0.01, 0.06 * (high - low))
    drawn.update_yaxes(**rows([label(cell.cell) + (" (baseline)" if cell.is_baseline else "") for cell in cells]))
    drawn.update_xaxes(range=[low - room, min(1, high) + room])
    if base is not None:
        drawn.update_layout(shapes=[dotted(measure.of(base).value, "below")])
    told = "; ".join(f"{called(cell.cell)} {figures(of)}" for cell, of, _ in placed)
    return Plot(measure.title, drawn, f"{measure.title} on test: {told}")


def _mean(cell: CellVerdict, of: Estimate, row: int, colour: str) -> go.Scatter:
    marker = {"symbol": "diamond", "size": 12, "color": colour, "line": {"width": 1.2, "color": palette.INK}}
    told = [f"{label(cell.cell, 60)}: {figures(of)}"]
    error = interval([of], colour) | {"thickness": 2.4}
    return marks([of.value], [row], marker, told, "<br>mean of seeds and 95 %", error_x=error)


def _seeds(dossier: Dossier, cell: CellVerdict, measure: Measure, row: int, colour: str) -> go.Scatter:
    values = {trial.seed: measure.once(trial) for trial in dossier.trials(cell)}
    marker = {"symbol": "circle-open", "size": 6, "color": colour, "line": {"width": 1.4}}
    told = [f"{label(cell.cell, 60)} · seed {seed}: {value:.3f}" for seed, value in values.items()]
    return marks(list(values.values()), [row - BELOW] * len(values), marker, told)
