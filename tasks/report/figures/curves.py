"""Precision-recall and ROC curves of all trials over each other, with the points that people choose between."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from steelyard.models.objective.rates import Rates, Values
from steelyard.models.report.curves import Curve
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.verdict import CellVerdict
from steelyard.models.words import captions
from steelyard.tasks.report.figures import allowed, palette, points
from steelyard.tasks.report.figures.declaration import Declaration, Place, one_class
from steelyard.tasks.report.figures.figure import Plot, figure

AXES = {"recall": "recall", "precision": "precision", "false-positive rate": "false_positive_rate"}
"""Titles of axes, and what stands along them."""

OF_THE_ROC = {"false_positive_rate", "balanced_accuracy"}
"""Metrics of an objective that are read from the ROC curve."""

SPOKEN = 20
"""Cells that are named to whoever does not see the figure."""


@dataclass(frozen=True)
class Plane:
    """A pair of axes that curves are drawn in.

    Attributes:
        dossier: of the sweep.
        x: title of the horizontal axis.
        y: title of the vertical one.
        where: from recall and false-positive rate to both.
    """

    dossier: Dossier
    x: str
    y: str
    where: Callable[[Values, Values], tuple[Values, Values]]

    @property
    def hover(self) -> str:
        """What a curve says of a place on it."""
        return f"{self.x} %{{x:.3f}}, {self.y} %{{y:.3f}}<extra></extra>"

    def drawn(self, area: list[go.Scatter]) -> go.Figure:
        """Everything, above an area."""
        colours = palette.colours(self.dossier.cells)
        traces = [*area, *_thin(self, colours), *_bold(self, colours), *_points(self, colours)]
        axes = {name: {"range": [-0.02, 1.02]} for name in ("xaxis", "yaxis")}
        below = {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "itemsizing": "constant"}
        return figure(traces, self.x, self.y, height=540, showlegend=True, legend=below, **axes)


def precision_recall(dossier: Dossier) -> tuple[Plot, ...]:
    """Recall to the right, precision upwards."""

    def where(recall: Values, wrong: Values) -> tuple[Values, Values]:
        precision = Rates(recall, wrong, dossier.verdict.prevalence).precision
        # Where nothing is called there is no precision to draw.
        return recall, np.where(recall + wrong > 0, precision, np.nan)

    lows = [where(curve.recall, curve.false_positive_rate)[1] for _, curve in dossier.mean_curves]
    lows += [np.array([at["precision"].value]) for cell, _ in dossier.mean_curves for at in (cell.argmax, cell.point)]
    least = float(np.nanmin(np.concatenate(lows)))
    drawn = Plane(dossier, "recall", "precision", where).drawn(allowed.above(dossier))
    drawn.update_yaxes(range=[np.floor(10 * least) / 10 - 0.02, 1.02])
    return (Plot("", drawn, _says(dossier, PRECISION_RECALL.title)),)


def roc(dossier: Dossier) -> tuple[Plot, ...]:
    """False-positive rate to the right, recall upwards."""
    plane = Plane(dossier, "false-positive rate", "recall", lambda recall, wrong: (wrong, recall))
    return (Plot("", plane.drawn(allowed.left_of(dossier)), _says(dossier, ROC.title)),)


def _says(dossier: Dossier, title: str) -> str:
    names = ", ".join(cell.cell for cell in dossier.cells[:SPOKEN])
    return f"{title} of {len(dossier.finished)} trials of {names}"


def _thin(plane: Plane, colours: palette.Colours) -> Iterator[go.Scatter]:
    """Every trial, those of a cell as one line with gaps."""
    for cell, seeds in plane.dossier.seed_curves:
        line = np.concatenate([_with_gap(plane, seed, curve) for seed, curve in seeds.items()])
        yield go.Scatter(
            x=line[:, 0].astype(np.float32),
            y=line[:, 1].astype(np.float32),
            customdata=line[:, 2:],
            mode="lines",
            line={"width": 1, "color": palette.faint(colours[palette.key(cell)], 0.45)},
            hovertemplate=f"{cell.cell} · seed %{{customdata[0]:d}}<br>threshold %{{customdata[1]:.3g}}: {plane.hover}",
            showlegend=False,
        )


def _with_gap(plane: Plane, seed: int, curve: Curve) -> npt.NDArray[np.float64]:
    """(k + 1, 4) x, y, seed and threshold of a curve, and a row that is no place."""
    x, y = plane.where(curve.recall, curve.false_positive_rate)
    places = np.column_stack([x, y, np.full(len(x), seed), curve.thresholds])
    return np.vstack([places, [np.nan, np.nan, seed, np.nan]])


def _bold(plane: Plane, colours: palette.Colours) -> Iterator[go.Scatter]:
    """The mean of each cell that stands out."""
    dossier = plane.dossier
    for cell, curve in dossier.mean_curves:
        x, y = plane.where(curve.recall, curve.false_positive_rate)
        dash = palette.dash(cell, dossier.cells)
        yield go.Scatter(
            x=x,
            y=y,
            mode="lines",
            name=_called(cell, dossier),
            line={"width": 2.6, "color": colours[palette.key(cell)], "dash": dash},
            hovertemplate=f"{cell.cell}, mean of seeds<br>{plane.hover}",
        )


def _points(plane: Plane, colours: palette.Colours) -> Iterator[go.Scatter]:
    for name, symbol, found in points.kinds(plane.dossier):
        yield go.Scatter(
            x=[getattr(point.at, AXES[plane.x]) for point in found],
            y=[getattr(point.at, AXES[plane.y]) for point in found],
            mode="markers",
            name=name,
            marker=points.marker(symbol, [colours[palette.key(point.cell)] for point in found]),
            text=[f"{point.cell.cell}: {point.told}" for point in found],
            hovertemplate=f"%{{text}}<br>{plane.hover}",
        )


def _called(cell: CellVerdict, dossier: Dossier) -> str:
    best = ", best on val" if cell is dossier.best else ""
    return f"{cell.cell}{' (baseline' + best + ')' if cell.is_baseline else f' ({best[2:]})' if best else ''}"


def _about_the_roc(dossier: Dossier) -> bool:
    """Whether the objective is read from the ROC curve, which then stands at the head of the page."""
    return bool({dossier.objective.metric, dossier.objective.constraint} & OF_THE_ROC)


def _place(dossier: Dossier) -> Place:
    return "details" if _about_the_roc(dossier) else "hero"


def _place_of_the_roc(dossier: Dossier) -> Place:
    return "hero" if _about_the_roc(dossier) else "details"


PRECISION_RECALL = Declaration("pr", "Precision against recall", _place, one_class, captions.curves, precision_recall)
ROC = Declaration("roc", "ROC curves", _place_of_the_roc, one_class, captions.curves, roc)
