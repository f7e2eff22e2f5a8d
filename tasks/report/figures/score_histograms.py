"""How the scores of the two classes lie apart: positives upwards, negatives downwards."""

from collections.abc import Iterator

import numpy as np
import plotly.graph_objects as go

from steelyard.models.objective.rates import Values
from steelyard.models.report.cells_shown import two
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.figure import Entry, Plot, dotted, escaped, figure, thresholds

LEAST = 1e-4
"""Scores nearer to 0 or 1 stand at the ends."""

TICKS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
BINS = 48


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """The best cell, and the baseline or else the best handling beside it."""
    return tuple(_plot(dossier, cell) for cell in two(dossier.cells, dossier.baseline))


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """The classes."""
    subject = dossier.about.subject
    return (
        Entry(f"{subject.positive}, upwards", palette.ORANGE),
        Entry(f"{subject.negative}, downwards", palette.BLUE),
        Entry("thresholds of the seeds" if dossier.best.seeded else "threshold", palette.GREY, "2 3"),
    )


def _plot(dossier: Dossier, cell: CellVerdict) -> Plot:
    end = _log_odds(np.array([1 - LEAST]))[0]
    bars = [*_bars(dossier, cell, end)]
    most = max(np.abs(trace.y).max() for trace in bars)
    lines = [dotted(float(at), "above") for at in _log_odds(np.array([each.value for each in cell.thresholds]))]
    told = thresholds(cell, dossier.verdict.folds)
    drawn = figure(bars, "score", "share of the class", bargap=0, barmode="overlay", shapes=lines)
    drawn.update_xaxes(
        tickvals=_log_odds(np.array(TICKS)), ticktext=[f"{of:g}" for of in TICKS], tickangle=0, range=[-end, end]
    )
    shares = _even(most)
    drawn.update_yaxes(tickvals=shares, ticktext=[f"{abs(of):.0%}" for of in shares], range=[-1.08 * most, 1.08 * most])
    drawn.update_yaxes(tickformat=".0%", zeroline=True)
    return Plot(f"{cell.cell}, {told}", drawn, f"scores of {cell.cell} by class, {told}")


def _even(most: float) -> list[float]:
    """A few round shares on both sides of 0."""
    step = next(of for of in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if most / of <= 4)
    return [number * step for number in range(-4, 5) if abs(number * step) <= 1.08 * most]


def _bars(dossier: Dossier, cell: CellVerdict, end: float) -> Iterator[go.Bar]:
    subject, test = dossier.about.subject, dossier.test
    edges = np.linspace(-end, end, BINS + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    scores = test.scores[dossier.rows(cell)].astype(np.float64)
    classes = ((1, subject.positive, palette.ORANGE, 1), (0, subject.negative, palette.BLUE, -1))
    for label, called, colour, sign in classes:
        own = np.clip(_log_odds(scores[:, test.labels == label].ravel()), -end, end)
        share = np.histogram(own, edges)[0] / own.size
        yield go.Bar(
            x=middles,
            y=sign * share,
            width=edges[1] - edges[0],
            marker={"color": colour, "line": {"width": 0}},
            customdata=np.column_stack([1 / (1 + np.exp(-middles)), share]),
            # Not in the template itself, which Plotly would read for variables.
            meta=escaped(called),
            hovertemplate="score about %{customdata[0]:.3g}: %{customdata[1]:.1%} of %{meta}<extra></extra>",
        )


def _log_odds(scores: Values) -> Values:
    inside = np.clip(scores, LEAST, 1 - LEAST)
    odds: Values = np.log(inside / (1 - inside))
    return odds
