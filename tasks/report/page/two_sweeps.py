"""What the page shows of two sweeps together: the best cell of each, and what changed in each cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from steelyard.models.changes.pairing import Pairing
from steelyard.models.changes.what_changed import CellChange, Changes
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.other_thresholds import of_cell
from steelyard.models.words.changes_sentences import worded
from steelyard.models.words.phrases import called, figures, name
from steelyard.tasks.report.figures import palette, planes
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.differences_to_baseline import ROW
from steelyard.tasks.report.figures.figure import Figure, Plot, label, signed, signed_with_interval
from steelyard.tasks.report.figures.frame import Scale, frame, rows
from steelyard.tasks.report.figures.legend import Entry
from steelyard.tasks.report.figures.marks import estimate, line, upright
from steelyard.tasks.report.page.sweep_view import View

STYLES = (("earlier", palette.BLUE, palette.DASHED, "s"), ("later", palette.ORANGE, palette.SOLID, "D"))

LEGEND = tuple(Entry(role, colour, dash) for role, colour, dash, _ in STYLES)


@dataclass(frozen=True)
class Joined:
    """Two sweeps and what changed between them.

    Attributes:
        whole: whether the page shows the earlier one too, and not only what changed since.
    """

    earlier: View
    later: View
    whole: bool = True

    @classmethod
    def since(cls, earlier: Dossier, later: Dossier) -> Self:
        """A sweep, and what changed since an earlier one of its kind, whose own report is elsewhere."""
        return cls(View(earlier, "earlier-", "earlier"), View(later, "later-"), whole=False)

    @cached_property
    def changes(self) -> Changes:
        """In data, spec, versions and result."""
        return worded(Pairing(self.earlier.dossier, self.later.dossier))

    @property
    def heading(self) -> str:
        """What the two are about."""
        before, now = (view.dossier.about.subject.title for view in (self.earlier, self.later))
        if not self.whole:
            return f"Since the run before · {now}"
        return f"Two sweeps · {now}" if before == now else f"Two sweeps · {before} and {now}"

    @property
    def metrics(self) -> list[tuple[str, str]]:
        """The metrics whose change is told, as they are called by us and by people."""
        changes = next((cell.changes for cell in self.changes.cells if cell.changes), {})
        return [(metric, name(metric)) for metric in changes]

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The best of each, where one class is looked for, then the changes of all cells that both have."""
        cells = [cell for cell in self.changes.cells if cell.changes]
        moves = tuple(_moves(cells, metric) for metric, _ in self.metrics)
        said = (
            "Filled diamonds leave 0 out: a change that other images and seeds do not explain, each cell taken by "
            "itself; open circles do not. Of twenty cells without a change one shows one by chance."
        )
        return (*self._best(), *[Figure("moves", "What changed, cell by cell", said, moves)] * bool(moves))

    def _best(self) -> Iterator[Figure]:
        before, now = self.earlier.dossier, self.later.dossier
        if now.every_class:
            return
        see = (
            "The curve of the recommended cell, at all of its thresholds, and its operating point with 95 % "
            "intervals on test. Where the intervals overlap, look at the changes below: on the same images these are "
            "known better than either point."
        )
        pairing = Pairing(before, now)
        if not pairing.alike:
            shares = " and ".join(f"{100 * share:.3g} %" for share in pairing.shares)
            see += f" Precision is for {shares} of positive images, which alone makes it another: compare recall."
        yield Figure("nights", "Before and now", see, (_best_cells((before, now)),), LEGEND)


def _best_cells(sweeps: tuple[Dossier, Dossier]) -> Plot:
    """Precision-recall curve and operating point of the best cell of each."""
    plane, points = planes.of_precision(sweeps[1]), [sweep.best.point for sweep in sweeps]
    curves = [planes.of_precision(sweep).along(of_cell(sweep, sweep.best)) for sweep in sweeps]
    named = [f"{role} {called(sweep.best.cell)}" for sweep, (role, *_) in zip(sweeps, STYLES, strict=True)]
    least = min(*(np.nanmin(precision) for _, precision in curves), *(at["precision"].low for at in points))

    def draw(canvas: Canvas) -> None:
        frame(canvas, Scale(-0.02, 1.02, "recall"), Scale(np.floor(10 * least) / 10 - 0.02, 1.02, "precision"))
        plane.shade(canvas)
        for curve, at, said, (_, colour, dash, marker) in zip(curves, points, named, STYLES, strict=True):
            line(canvas, *curve, colour, dash, linewidth=2.6)
            recall, precision = at["recall"], at["precision"]
            told = f"{said}: recall {figures(recall)}, precision {figures(precision)}"
            estimate(canvas, recall, precision.value, colour, marker, told)
            estimate(canvas, precision, recall.value, colour, marker, told, upright=True)

    says = f"precision against recall of the recommended cells: {' and '.join(named)}"
    return Plot("The recommended cell of each", says, draw, height=380)


def _moves(cells: Sequence[CellChange], metric: str) -> Plot:
    changes = [cell.changes[metric] for cell in cells]
    low, high = min(0.0, *(of.low for of in changes)), max(0.0, *(of.high for of in changes))
    room = 0.06 * (high - low) or 0.02

    def draw(canvas: Canvas) -> None:
        frame(canvas, Scale(low - room, high + room, "later minus earlier"), rows([label(cell.cell) for cell in cells]))
        upright(canvas, 0, palette.SOLID)
        for row, cell, of in zip(range(len(cells))[::-1], cells, changes, strict=True):
            how = "paired on the same images and seeds" if of.paired else "as if independent"
            told = f"{called(cell.cell)}: {signed_with_interval(of)}, {how}"
            style = (palette.ORANGE, "D") if of.shown else (palette.GREY, "o")
            estimate(canvas, of, row, *style, told, hollow=not of.shown)

    values = "; ".join(f"{called(cell.cell)} {signed(of.value)}" for cell, of in zip(cells, changes, strict=True))
    title = f"{name(metric)}, later minus earlier"
    return Plot(title, f"change of {name(metric)}: {values}", draw, height=70 + ROW * max(2, len(cells)))
