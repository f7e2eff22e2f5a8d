"""What each cell gives on test, with its interval and its seeds: a forest plot."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.verdict import CellVerdict, Estimate
from steelyard.models.words import captions
from steelyard.models.words.phrases import called, figures, found_class, name
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.declaration import Declaration, every_class
from steelyard.tasks.report.figures.figure import Plot, dotted, figure, interval, label, rows

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
        found: Estimate = getattr(found_class(cell, self.of_class), self.metric)
        return found

    def once(self, trial: Outcome) -> float:
        """What one trial gives."""
        assert trial.operating is not None
        return (trial.classes[self.of_class] if self.of_class else trial.operating.test)[self.metric]


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """Recall and precision of the objective's class, where it has one, then balanced accuracy."""
    cells, wanted = _drawn(dossier), dossier.objective.class_name
    measures = [Measure(metric, wanted) for metric in ("recall", "precision") if wanted]
    return tuple(_plot(dossier, cells, measure) for measure in (*measures, Measure("balanced_accuracy")))


def _drawn(dossier: Dossier) -> list[CellVerdict]:
    """The best on val, and the baseline wherever it is."""
    cells, base = list(dossier.cells[:MANY]), dossier.baseline
    return cells if base is None or base in cells else [*cells, base]


def _plot(dossier: Dossier, cells: Sequence[CellVerdict], measure: Measure) -> Plot:
    colours, base = palette.colours(dossier.cells), dossier.baseline
    found, places = [measure.of(cell) for cell in cells], list(range(len(cells)))[::-1]
    traces = [
        _mean(cell, of, place, colours[palette.key(cell)]) for cell, of, place in zip(cells, found, places, strict=True)
    ]
    seeds = [
        _seeds(dossier, cell, measure, place, colours[palette.key(cell)])
        for cell, place in zip(cells, places, strict=True)
    ]
    layout = figure([*seeds, *traces], name(measure.metric), "", height=80 + ROW * max(2, len(cells)))
    named = [label(cell.cell) + (" (baseline)" if cell.is_baseline else "") for cell in cells]
    low = min([of.low for of in found] + [x for trace in seeds for x in trace.x])
    high = max([of.high for of in found] + [x for trace in seeds for x in trace.x])
    room = max(0.01, 0.06 * (high - low))
    layout.update_yaxes(**rows(named)).update_xaxes(range=[low - room, min(1, high) + room])
    if base is not None:
        layout.update_layout(shapes=[dotted(measure.of(base).value, "below")])
    told = "; ".join(f"{called(cell.cell)} {figures(of)}" for cell, of in zip(cells, found, strict=True))
    return Plot(measure.title, layout, f"{measure.title} on test: {told}")


def _mean(cell: CellVerdict, of: Estimate, place: int, colour: str) -> go.Scatter:
    return go.Scatter(
        x=[of.value],
        y=[place],
        mode="markers",
        marker={"symbol": "diamond", "size": 12, "color": colour, "line": {"width": 1.2, "color": palette.INK}},
        error_x=interval([of.value], [of.low], [of.high], colour) | {"thickness": 2.4},
        text=[f"{label(cell.cell, 60)}: {figures(of)}"],
        hovertemplate="%{text}<br>mean of seeds and 95 %<extra></extra>",
    )


def _seeds(dossier: Dossier, cell: CellVerdict, measure: Measure, place: int, colour: str) -> go.Scatter:
    trials = dossier.trials(cell)
    values = [measure.once(trial) for trial in trials]
    return go.Scatter(
        x=values,
        y=[place - BELOW] * len(values),
        mode="markers",
        marker={"symbol": "circle-open", "size": 6, "color": colour, "line": {"width": 1.4}},
        text=[
            f"{label(cell.cell, 60)} · seed {trial.seed}: {value:.3f}"
            for trial, value in zip(trials, values, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
    )


FIGURE = Declaration("cells-on-test", "The cells on test", "hero", every_class, captions.accuracies, plots)
