"""How the scores of the two classes lie apart: positives upwards, negatives downwards."""

import numpy as np

from steelyard.models.objective.rates import Values
from steelyard.models.report.cells_shown import two
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.figure import Plot, thresholds
from steelyard.tasks.report.figures.frame import Scale, frame, number
from steelyard.tasks.report.figures.legend import Entry
from steelyard.tasks.report.figures.marks import area, line, upright

LEAST = 1e-4
"""Scores nearer to 0 or 1 stand at the ends."""

TICKS = (0.001, 0.1, 0.5, 0.9, 0.999)
BINS = 48


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """The best cell, and the baseline or else the best handling beside it."""
    return tuple(_plot(dossier, cell) for cell in two(dossier.cells, dossier.baseline))


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """The classes."""
    negative, positive = dossier.about.subject.read
    return (
        Entry(f"{positive}, upwards", palette.ORANGE, symbol="s"),
        Entry(f"{negative}, downwards", palette.BLUE, symbol="s"),
        Entry("thresholds of the seeds" if dossier.best.seeded else "threshold", palette.INK, palette.DOTTED),
    )


def _plot(dossier: Dossier, cell: CellVerdict) -> Plot:
    end = float(_log_odds(np.array([1 - LEAST]))[0])
    edges = np.linspace(-end, end, BINS + 1)
    up, down = _shares(dossier, cell, edges)
    most = max(up.max(), down.max())
    told = thresholds(cell, dossier.verdict.folds)
    across = dict(zip(_log_odds(np.array(TICKS)).tolist(), map(number, TICKS), strict=True))
    shares = {share: f"{abs(share):.0%}" for share in _even(most)}

    def draw(canvas: Canvas) -> None:
        frame(canvas, Scale(-end, end, "score", across), Scale(-1.08 * most, 1.08 * most, "share of the class", shares))
        for heights, colour in ((up, palette.ORANGE), (-down, palette.BLUE)):
            area(canvas, np.repeat(edges, 2), np.concatenate([[0], np.repeat(heights, 2), [0]]), colour, 1)
        line(canvas, [-end, end], [0, 0], palette.INK, linewidth=1)
        for at in _log_odds(np.array([each.value for each in cell.thresholds])):
            upright(canvas, float(at))

    return Plot(f"{cell.cell}, {told}", f"scores of {cell.cell} by class, {told}", draw, height=320)


def _even(most: float) -> list[float]:
    """A few round shares on both sides of 0."""
    step = next(of for of in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if most / of <= 4)
    return [number * step for number in range(-4, 5) if abs(number * step) <= 1.08 * most]


def _shares(dossier: Dossier, cell: CellVerdict, edges: Values) -> tuple[Values, Values]:
    """Of positives and of negatives, those between two edges of log odds."""
    test = dossier.test
    scores = test.scores[dossier.rows(cell)].astype(np.float64)
    positives, negatives = (
        np.clip(_log_odds(scores[:, test.labels == label].ravel()), edges[0], edges[-1]) for label in (1, 0)
    )
    return np.histogram(positives, edges)[0] / positives.size, np.histogram(negatives, edges)[0] / negatives.size


def _log_odds(scores: Values) -> Values:
    inside = np.clip(scores, LEAST, 1 - LEAST)
    odds: Values = np.log(inside / (1 - inside))
    return odds
