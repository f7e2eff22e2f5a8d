"""Precision-recall and ROC curves of all trials over each other, with the points that people choose between."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from steelyard.models.objective.rates import Rates, Values
from steelyard.models.report import threshold_curves as curves
from steelyard.models.report.cells_shown import featured
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.threshold_curves import At, Curve
from steelyard.models.verdict.cell_verdict import Estimate
from steelyard.models.words.phrases import constraint
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.figure import Plot, figure, marks, thresholds

AXES = {"recall": "recall", "precision": "precision", "false-positive rate": "false_positive_rate"}
"""Titles of axes, and what stands along them."""

SPOKEN = 20
"""Cells that are named to whoever does not see the figure."""

FINE = np.linspace(0, 1, 401)


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
        return f"{self.x} %{{x:.3f}}, {self.y} %{{y:.3f}}"

    def drawn(self, area: list[go.Scatter]) -> go.Figure:
        """Everything, above an area."""
        colours = palette.colours(self.dossier.cells)
        traces = [*area, *_seeds(self, colours), *_means(self, colours), *_points(self, colours)]
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
    drawn = Plane(dossier, "recall", "precision", where).drawn(allowed_precision(dossier))
    drawn.update_yaxes(range=[np.floor(10 * least) / 10 - 0.02, 1.02])
    return (Plot("", drawn, f"Precision against recall of {_whose(dossier)}"),)


def roc(dossier: Dossier) -> tuple[Plot, ...]:
    """False-positive rate to the right, recall upwards."""
    plane = Plane(dossier, "false-positive rate", "recall", lambda recall, wrong: (wrong, recall))
    most = curves.allowed(dossier.objective, dossier.verdict.prevalence, FINE)
    inside = ~np.isnan(most)
    area = _area(dossier, most[inside], FINE[inside], np.zeros(inside.sum()), FINE[inside])
    return (Plot("", plane.drawn(area), f"ROC curves of {_whose(dossier)}"),)


def allowed_precision(dossier: Dossier) -> list[go.Scatter]:
    """Where the constraint holds in the plane of recall and precision; nothing without one."""
    low = curves.edge(dossier.objective, dossier.verdict.prevalence, FINE)
    # At a recall of 0 there is no precision.
    inside = ~np.isnan(low) & (FINE > 0)
    return _area(dossier, FINE[inside], low[inside], FINE[inside], np.ones(inside.sum()))


def _area(dossier: Dossier, x: Values, y: Values, far_x: Values, far_y: Values) -> list[go.Scatter]:
    """Where the constraint holds, from its edge to the far side."""
    if not dossier.objective.constraint or not len(x):
        return []
    return [
        go.Scatter(
            x=np.append(x, far_x[::-1]).astype(np.float32),
            y=np.append(y, far_y[::-1]).astype(np.float32),
            fill="toself",
            mode="lines",
            line={"width": 1, "color": palette.GREY, "dash": "dot"},
            fillcolor=palette.faint(palette.GREY, 0.14),
            name=constraint(dossier.objective).replace(">=", "≥").replace("<=", "≤"),
            hoverinfo="skip",
        )
    ]


def _whose(dossier: Dossier) -> str:
    return f"{len(dossier.finished)} trials of {', '.join(cell.cell for cell in dossier.cells[:SPOKEN])}"


def _seeds(plane: Plane, colours: palette.Colours) -> Iterator[go.Scatter]:
    """Every trial, those of a cell as one thin line with gaps."""
    noun = "fold" if plane.dossier.verdict.folds > 1 else "seed"
    for cell, networks in plane.dossier.single_curves:
        hover = f"{plane.hover}<extra></extra>"
        line = np.concatenate([_with_gap(plane, fold or seed, curve) for (seed, fold), curve in networks.items()])
        yield go.Scatter(
            x=line[:, 0].astype(np.float32),
            y=line[:, 1].astype(np.float32),
            customdata=line[:, 2:],
            mode="lines",
            line={"width": 1, "color": palette.faint(colours[cell.key], 0.45)},
            hovertemplate=f"{cell.cell} · {noun} %{{customdata[0]:d}}<br>threshold %{{customdata[1]:.3g}}: {hover}",
            showlegend=False,
        )


def _with_gap(plane: Plane, number: int, curve: Curve) -> npt.NDArray[np.float64]:
    """(k + 1, 4) x, y, number and threshold of a curve, and a row that is no place."""
    x, y = plane.where(curve.recall, curve.false_positive_rate)
    places = np.column_stack([x, y, np.full(len(x), number), curve.thresholds])
    return np.vstack([places, [np.nan, np.nan, number, np.nan]])


def _means(plane: Plane, colours: palette.Colours) -> Iterator[go.Scatter]:
    """The mean of each cell that stands out."""
    dossier = plane.dossier
    for cell, curve in dossier.mean_curves:
        x, y = plane.where(curve.recall, curve.false_positive_rate)
        notes = ["baseline"] * cell.is_baseline + ["recommended"] * (cell is dossier.best)
        yield go.Scatter(
            x=x,
            y=y,
            mode="lines",
            name=f"{cell.cell} ({', '.join(notes)})" if notes else cell.cell,
            line={"width": 2.6, "color": colours[cell.key], "dash": palette.dash(cell, dossier.cells)},
            hovertemplate=f"{cell.cell}, mean of seeds<br>{plane.hover}<extra></extra>",
        )


def _points(plane: Plane, colours: palette.Colours) -> Iterator[go.Scatter]:
    """Argmax, the operating point, and what another threshold of the baseline does, of the cells that stand out."""
    cells, folds = featured(plane.dossier.cells), plane.dossier.verdict.folds
    argmax = [(cell, _rates(cell.argmax), "argmax, mean of seeds") for cell in cells]
    operating = [(cell, _rates(cell.point), f"operating point, {thresholds(cell, folds)}") for cell in cells]
    same = [
        (cell, at[1], f"the baseline at {at[0]:.3g}, which should do what argmax does here")
        for cell in cells
        if (at := plane.dossier.equivalent(cell))
    ]
    kinds = {"argmax": argmax, "operating point": operating, "baseline at the threshold that equals the weight": same}
    for (name, points), symbol in zip(kinds.items(), ("circle", "diamond", "x-thin"), strict=True):
        if points:
            x, y = ([getattr(at, AXES[axis]) for _, at, _ in points] for axis in (plane.x, plane.y))
            own = [colours[cell.key] for cell, *_ in points]
            marker = {"symbol": symbol, "size": 11, "color": own, "line": {"width": 1.4, "color": palette.INK}}
            if symbol == "x-thin":  # It has no inside.
                marker = {"symbol": symbol, "size": 11, "line": {"width": 2.4, "color": own}}
            told = [f"{cell.cell}: {what}" for cell, _, what in points]
            yield marks(x, y, marker, told, f"<br>{plane.hover}", name=name)


def _rates(at: dict[str, Estimate]) -> At:
    return At(*(at[rate].value for rate in At._fields))
