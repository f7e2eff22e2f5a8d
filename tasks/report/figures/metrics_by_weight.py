"""Recall, precision and accuracy against the weight of the positive class."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from steelyard.models.metrics.registry import ONE_CLASS
from steelyard.models.report.cells_shown import weighted
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.figure import Plot
from steelyard.tasks.report.figures.frame import Scale, frame
from steelyard.tasks.report.figures.legend import Entry
from steelyard.tasks.report.figures.marks import area, line, points

FAR = 1.0
"""How far beyond the others a weight of 0 or 1 stands, whose odds are not finite."""

MANY = 30
"""Cells; beyond them the lines alone are drawn for means."""


@dataclass(frozen=True)
class Place:
    """Where a metric is read, and how it is drawn."""

    name: str
    colour: str
    marker: str
    dash: palette.Dash

    @property
    def at_argmax(self) -> bool:
        """Whether it is argmax."""
        return self.name == "at argmax"

    def of(self, cell: CellVerdict) -> dict[str, Estimate]:
        """The metrics of a cell."""
        return cell.argmax if self.at_argmax else cell.point


PLACES = (
    Place("at argmax", palette.ORANGE, "o", palette.SOLID),
    Place("at the operating point", palette.BLUE, "D", palette.DOTTED),
)


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """A plot per metric."""
    return tuple(_plot(dossier, weighted(dossier.cells), metric) for metric in ONE_CLASS)


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """Argmax and the operating point."""
    return tuple(Entry(place.name, place.colour, place.dash) for place in PLACES)


def _plot(dossier: Dossier, cells: Sequence[CellVerdict], metric: str) -> Plot:
    odds = _log_odds([cell.weight_positive for cell in cells])
    ticks = _spaced({at: f"{cell.weight_positive:.3g}" for at, cell in zip(odds, cells, strict=True)})
    seeds = {place: _seeds(dossier, cells, odds, metric, place) for place in PLACES}
    room = 0.05 * (odds[-1] - odds[0])

    def draw(canvas: Canvas) -> None:
        across = Scale(odds[0] - room, odds[-1] + room, "weight of the positive class, by its odds", ticks)
        frame(canvas, across, Scale(-0.03, 1.03))
        for place in PLACES:
            of = [place.of(cell)[metric] for cell in cells]
            band = [each.high for each in of] + [each.low for each in reversed(of)]
            area(canvas, [*odds, *reversed(odds)], band, place.colour, 0.16)
            points(canvas, *seeds[place], place.colour, place.marker, 4.5, hollow=True)
            marker = {"marker": place.marker, "markersize": 6.5} if len(cells) <= MANY else {}
            line(canvas, odds, [each.value for each in of], place.colour, place.dash, **marker)

    told = "; ".join(f"{cell.cell} {cell.argmax[metric].value:.2f}" for cell in cells)
    return Plot(metric, f"{metric} at argmax: {told}", draw, height=250, small=True)


def _spaced(ticks: dict[float, str]) -> dict[float, str]:
    """So few ticks that their texts do not touch."""
    places = [*ticks]
    kept = places[:1]
    for place in places[1:]:
        if place - kept[-1] >= (places[-1] - places[0]) / 6:
            kept.append(place)
    return {place: ticks[place] for place in kept}


def _log_odds(weights: Sequence[float]) -> list[float]:
    """Natural logarithm of the odds of each weight."""
    odds = [math.log(of / (1 - of)) for of in weights if 0 < of < 1] or [0.0]
    ends = {0.0: min(odds) - FAR, 1.0: max(odds) + FAR}
    return [ends[of] if of in ends else math.log(of / (1 - of)) for of in weights]


def _seeds(
    dossier: Dossier, cells: Sequence[CellVerdict], odds: list[float], metric: str, place: Place
) -> tuple[list[float], list[float]]:
    """Where each trial is, and what it gives there."""
    each = [(at, trial) for at, cell in zip(odds, cells, strict=True) for trial in dossier.trials(cell)]
    return [at for at, _ in each], [dossier.measured(trial, metric, place.at_argmax) for _, trial in each]
