"""Precision-recall and ROC curves of all trials over each other, with the points that people choose between."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import plotly.graph_objects as go

from steelyard.models.objective.rates import Rates, Values
from steelyard.models.report import curves
from steelyard.models.report.curves import Curve
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.verdict import CellVerdict
from steelyard.tasks.report.figures import allowed, palette, points
from steelyard.tasks.report.figures.figure import figure

AXES = {"recall": "recall", "precision": "precision", "false-positive rate": "false_positive_rate"}
"""Titles of axes, and what stands along them."""

Where = Callable[[Values, Values], tuple[Values, Values]]
"""From recall and false-positive rate to a plane's x and y."""


@dataclass(frozen=True)
class Curves:
    """The curves of a sweep, computed once for both planes."""

    dossier: Dossier

    @cached_property
    def colours(self) -> dict[palette.Key, str]:
        """Of the cells."""
        return palette.colours(self.dossier.verdict.cells)

    @cached_property
    def seeds(self) -> list[tuple[CellVerdict, list[tuple[int, Curve]]]]:
        """Every cell with the curve of each seed."""
        test, steps = self.dossier.test, curves.steps(len(self.dossier.finished))
        return [
            (
                cell,
                [
                    (trial.seed, curves.curve(test.labels, test.scores[row], steps))
                    for trial, row in zip(self.dossier.trials(cell), self.dossier.rows(cell), strict=True)
                ],
            )
            for cell in self.dossier.verdict.cells
        ]

    @cached_property
    def means(self) -> list[tuple[CellVerdict, Curve]]:
        """The mean curve of the cells that stand out."""
        test = self.dossier.test
        return [
            (cell, curves.mean(test.labels, test.scores[self.dossier.rows(cell)]))
            for cell in points.featured(self.dossier.verdict.cells)
        ]

    def precision_recall(self) -> go.Figure:
        """Recall to the right, precision upwards."""
        prevalence = self.dossier.verdict.prevalence

        def where(recall: Values, wrong: Values) -> tuple[Values, Values]:
            precision = Rates(recall, wrong, prevalence).precision
            # Where nothing is called there is no precision to draw.
            return recall, np.where(recall + wrong > 0, precision, np.nan)

        lows = [where(curve.recall, curve.false_positive_rate)[1] for _, curve in self.means]
        lows += [np.array([at["precision"].value]) for cell, _ in self.means for at in (cell.argmax, cell.point)]
        least = float(np.nanmin(np.concatenate(lows)))
        drawn = self._drawn(where, "recall", "precision", allowed.above(self.dossier))
        return drawn.update_yaxes(range=[np.floor(10 * least) / 10 - 0.02, 1.02])

    def roc(self) -> go.Figure:
        """False-positive rate to the right, recall upwards."""
        return self._drawn(
            lambda recall, wrong: (wrong, recall), "false-positive rate", "recall", allowed.left_of(self.dossier)
        )

    def _drawn(self, where: Where, x: str, y: str, area: list[go.Scatter]) -> go.Figure:
        traces = [*area, *self._thin(where, x, y), *self._bold(where, x, y), *self._points(x, y)]
        axes = {name: {"range": [-0.02, 1.02]} for name in ("xaxis", "yaxis")}
        legend = {
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "x": 0,
            "itemsizing": "constant",
        }
        return figure(traces, x, y, height=540, showlegend=True, legend=legend, **axes)

    def _thin(self, where: Where, x: str, y: str) -> Iterator[go.Scatter]:
        for cell, seeds in self.seeds:
            xs: list[Values] = []
            ys: list[Values] = []
            told: list[Values] = []
            for seed, curve in seeds:
                at = where(curve.recall, curve.false_positive_rate)
                for values, new in zip((xs, ys), at, strict=True):
                    values.append(np.append(new, np.nan))
                told.append(
                    np.column_stack([np.full(len(curve.recall) + 1, seed), np.append(curve.thresholds, np.nan)])
                )
            yield go.Scatter(
                x=_single(xs),
                y=_single(ys),
                customdata=np.concatenate(told),
                mode="lines",
                line={"width": 1, "color": palette.faint(self.colours[palette.key(cell)], 0.45)},
                hovertemplate=f"{cell.cell} · seed %{{customdata[0]:d}}<br>threshold %{{customdata[1]:.3g}}: "
                f"{x} %{{x:.3f}}, {y} %{{y:.3f}}<extra></extra>",
                showlegend=False,
            )

    def _bold(self, where: Where, x: str, y: str) -> Iterator[go.Scatter]:
        for cell, curve in self.means:
            xs, ys = where(curve.recall, curve.false_positive_rate)
            yield go.Scatter(
                x=xs,
                y=ys,
                mode="lines",
                name=_called(cell, self.dossier),
                line={
                    "width": 2.6,
                    "color": self.colours[palette.key(cell)],
                    "dash": palette.dash(cell, self.dossier.cells),
                },
                hovertemplate=f"{cell.cell}, mean of seeds<br>{x} %{{x:.3f}}, {y} %{{y:.3f}}<extra></extra>",
            )

    def _points(self, x: str, y: str) -> Iterator[go.Scatter]:
        for name, symbol, found in points.kinds(self.dossier):
            cells = [point.cell for point in found]
            yield go.Scatter(
                x=[getattr(point, AXES[x]) for point in found],
                y=[getattr(point, AXES[y]) for point in found],
                mode="markers",
                name=name,
                marker=points.marker(symbol, [self.colours[palette.key(cell)] for cell in cells]),
                text=[f"{point.cell.cell}: {point.told}" for point in found],
                hovertemplate=f"%{{text}}<br>{x} %{{x:.3f}}, {y} %{{y:.3f}}<extra></extra>",
            )


def _called(cell: CellVerdict, dossier: Dossier) -> str:
    best = ", best on val" if cell is dossier.best else ""
    return f"{cell.cell}{' (baseline' + best + ')' if cell.is_baseline else f' ({best[2:]})' if best else ''}"


def _single(parts: list[Values]) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.concatenate(parts).astype(np.float32) if parts else np.empty(0, np.float32)
