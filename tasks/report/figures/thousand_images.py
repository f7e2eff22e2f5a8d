"""A thousand images as marks: an image each, told apart by form as well as by colour."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from steelyard.models.report.cells_shown import two
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.error_counts import Thousand
from steelyard.models.spec.sweep_plan import Subject
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.figure import Plot, figure, label, marks

COLUMNS, ROWS, HEIGHT = 40, 25, 342

LONGEST = 15
"""Characters of a class in the legend, where a line has two of them on the width of a phone."""

FORMS = (
    {"symbol": "circle", "color": palette.BLUE, "size": 6.8},
    {"symbol": "circle-open", "color": palette.ORANGE, "size": 5, "line": {"width": 2.2}},
    {"symbol": "triangle-up", "color": palette.ORANGE, "size": 7.2},
    {"symbol": "circle", "color": palette.faint(palette.GREY, 0.6), "size": 3},
)

LAYOUT = {
    "showlegend": True,
    "legend": {"x": 0, "y": 0, "yanchor": "top", "indentation": -12, "font": {"size": 13}, "itemclick": False},
    "xaxis": {"visible": False, "range": [-0.5, COLUMNS - 0.5]},
    "yaxis": {"visible": False, "range": [ROWS - 0.4, -0.6]},
    "margin": {"l": 0, "r": 0, "t": 0, "b": 92},
}


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """Of the best cell, and of the baseline or else the best handling beside it."""
    counts = [Thousand.of(cell, dossier.verdict.prevalence) for cell in two(dossier.cells, dossier.baseline)]
    return tuple(_plot(of, dossier.about.subject) for of in counts)


def _plot(of: Thousand, subject: Subject) -> Plot:
    """Row by row: positives found and missed, negatives called positive, and the other negatives."""
    said = _says(of, subject.positive, subject.negative)
    short = _says(of, label(subject.positive, LONGEST), label(subject.negative, LONGEST))
    places = np.split(np.arange(COLUMNS * ROWS), np.cumsum(of.dots())[:-1])
    traces = [_marks(*each) for each in zip(places, short, FORMS, strict=True)]
    return Plot(of.cell, figure(traces, "", "", HEIGHT, **LAYOUT), ", ".join(said))


def _says(of: Thousand, positive: str, negative: str) -> list[str]:
    kinds = f"{positive} found", f"{positive} missed", f"{negative} called {positive}", f"{negative} left in peace"
    return [f"{count} {kind}" for count, kind in zip(of.dots(), kinds, strict=True)]


def _marks(places: npt.NDArray[np.int64], says: str, form: dict[str, object]) -> go.Scatter:
    rows, columns = np.divmod(places, COLUMNS)
    # A last point that is none: Plotly's legend leaves out what has no points.
    x, y = (np.append(of, np.nan).astype(np.float32) for of in (columns, rows))
    return marks(x, y, form, says, name=says)
