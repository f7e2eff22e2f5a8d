"""What the page shows of two sweeps together: the best cell of each, and what changed in each cell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import plotly.graph_objects as go

from steelyard.models.changes.pairing import Pairing
from steelyard.models.changes.what_changed import CellChange, Changes
from steelyard.models.objective.rates import Rates
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.changes_sentences import worded
from steelyard.models.words.phrases import name
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.differences_to_baseline import ROW
from steelyard.tasks.report.figures.figure import (
    Entry,
    Figure,
    Plot,
    figure,
    interval,
    marks,
    rows,
    signed,
    signed_with_interval,
)
from steelyard.tasks.report.figures.precision_recall_roc import allowed_precision
from steelyard.tasks.report.page.sweep_view import View

STYLES = (("earlier", palette.BLUE, "dash", "square"), ("later", palette.ORANGE, "solid", "diamond"))

LEGEND = tuple(Entry(called, colour, "5 4" if dash == "dash" else "") for called, colour, dash, _ in STYLES)


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
            "The curve of the recommended cell, mean of its networks, and its operating point with 95 % "
            "intervals on test. Where the intervals overlap, look at the changes below: on the same images these are "
            "known better than either point."
        )
        pairing = Pairing(before, now)
        if not pairing.alike:
            shares = " and ".join(f"{100 * share:.3g} %" for share in pairing.shares)
            see += f" Precision is for {shares} of positive images, which alone makes it another: compare recall."
        yield Figure("nights", "Before and now", see, (_best_cells((before, now)),), LEGEND)


def _best_cells(sweeps: tuple[Dossier, Dossier]) -> Plot:
    """Mean precision-recall curve and operating point of the best cell of each."""
    traces = [trace for sweep, style in zip(sweeps, STYLES, strict=True) for trace in _curve_and_point(sweep, *style)]
    drawn = figure([*allowed_precision(sweeps[1]), *traces], "recall", "precision", height=420)
    drawn.update_xaxes(range=[-0.02, 1.02])
    named = " and ".join(f"{role} {sweep.best.cell}" for sweep, (role, *_) in zip(sweeps, STYLES, strict=True))
    return Plot("The recommended cell of each", drawn, f"precision against recall of the recommended cells: {named}")


def _curve_and_point(sweep: Dossier, called: str, colour: str, dash: str, symbol: str) -> Iterator[go.Scatter]:
    cell, mean = sweep.best, sweep.mean_curve(sweep.best)
    precision = Rates(mean.recall, mean.false_positive_rate, sweep.verdict.prevalence).precision
    where = "recall %{x:.3f}, precision %{y:.3f}<extra></extra>"
    yield go.Scatter(
        x=mean.recall[1:],
        y=precision[1:],
        mode="lines",
        line={"color": colour, "width": 2.6, "dash": dash},
        hovertemplate=f"{called}: {cell.cell}, mean of seeds<br>{where}",
    )
    x, y = cell.point["recall"], cell.point["precision"]
    yield go.Scatter(
        x=[x.value],
        y=[y.value],
        mode="markers",
        marker={"symbol": symbol, "size": 12, "color": colour, "line": {"width": 1.4, "color": palette.INK}},
        error_x=interval([x], colour),
        error_y=interval([y], colour),
        hovertemplate=f"{called}: {cell.cell} at its operating point, with 95 %<br>{where}",
    )


def _moves(cells: Sequence[CellChange], metric: str) -> Plot:
    changes, labels = [cell.changes[metric] for cell in cells], [cell.cell for cell in cells]
    marker = {
        "symbol": ["diamond" if of.shown else "circle-open" for of in changes],
        "size": 10,
        "color": [palette.ORANGE if of.shown else palette.GREY for of in changes],
        "line": {"width": 2},
    }
    how = ["paired on the same images and seeds" if of.paired else "as if independent" for of in changes]
    told = [
        f"{label}: {signed_with_interval(of)}, {paired}" for label, of, paired in zip(labels, changes, how, strict=True)
    ]
    places, error = list(range(len(cells)))[::-1], interval(changes, palette.GREY)
    trace = marks([of.value for of in changes], places, marker, told, error_x=error)
    drawn = figure([trace], "later minus earlier", "", height=80 + ROW * max(2, len(cells)))
    drawn.update_yaxes(**rows(labels)).update_xaxes(zeroline=True, zerolinewidth=1.5)
    values = "; ".join(f"{label} {signed(of.value)}" for label, of in zip(labels, changes, strict=True))
    return Plot(f"{name(metric)}, later minus earlier", drawn, f"change of {name(metric)}: {values}")
