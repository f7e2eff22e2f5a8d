"""Which classes are called what on test: shares of each class, the right ones blue and the wrong ones orange."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from steelyard.models.report.cells_shown import two
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.words.phrases import called
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.figure import Entry, Plot, figure, label, shaded

MANY = 40
"""Classes that are drawn whole."""

NUMBERED = 12
"""Up to so many classes each field tells its share."""

LONGEST = 12
"""Characters of a class beside the axes."""

ROW = 22


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """Of the best cell, and of the baseline or else the best handling beside it."""
    return tuple(_plot(dossier, cell) for cell in two(dossier.cells, dossier.baseline))


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """The diagonal and the rest."""
    return (
        Entry("right", palette.BLUE, symbol="square"),
        Entry("wrong, the stronger the more", palette.ORANGE, symbol="square"),
    )


def _plot(dossier: Dossier, cell: CellVerdict) -> Plot:
    order, classes = list(dossier.order), dossier.verdict.classes
    shares = dossier.confusion(cell)[np.ix_(order, order)].astype(np.float32)
    right = np.eye(len(order), dtype=bool)
    names = [label(classes[place], LONGEST) for place in order]
    traces = [_fields(shares, right, palette.BLUE, names), _fields(shares, ~right, palette.ORANGE, names)]
    drawn = figure(traces, "called", "is", height=140 + ROW * max(8, len(order)))
    ticks = {"tickvals": list(range(len(order))), "ticktext": names, "automargin": True, "showgrid": False}
    drawn.update_xaxes(**ticks, tickangle=0 if max(map(len, names)) <= 3 else -90)
    drawn.update_yaxes(**ticks, range=[len(order) - 0.5, -0.5])
    own = [f"{called(classes[place])} {100 * shares[row, row]:.0f} %" for row, place in enumerate(order)]
    return Plot(called(cell.cell), drawn, f"share of each class that {called(cell.cell)} calls it: {', '.join(own)}")


def _fields(shares: npt.NDArray[np.float32], which: npt.NDArray[np.bool_], colour: str, names: list[str]) -> go.Heatmap:
    """Some of the fields, the others left free; none where the share is 0."""
    told = [
        [f"{is_} is called {by} {100 * share:.1f} %" for by, share in zip(names, row, strict=True)]
        for is_, row in zip(names, shares, strict=True)
    ]
    percent = [[f"{100 * share:.0f}" if share >= 0.005 else "" for share in row] for row in shares]
    numbers = {"text": percent, "texttemplate": "%{text}"} if len(names) <= NUMBERED else {}
    most = float(shares[which].max()) if which.any() else 1.0
    return shaded(
        np.where(which & (shares > 0), shares, np.nan).astype(np.float32),
        colour,
        most=max(most, 1e-6),
        textfont={"color": palette.INK, "size": 11},
        customdata=told,
        hoverongaps=False,
        hovertemplate="%{customdata}<extra></extra>",
        **numbers,
    )
