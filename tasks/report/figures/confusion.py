"""Which classes are called what on test: shares of each class, the right ones blue and the wrong ones orange."""

import numpy as np
import numpy.typing as npt

from steelyard.models.report.cells_shown import two
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.words.phrases import called
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.figure import Plot, label
from steelyard.tasks.report.figures.frame import Scale, frame
from steelyard.tasks.report.figures.legend import Entry
from steelyard.tasks.report.figures.marks import fields

MANY = 40
"""Classes that are drawn whole."""

LONGEST = 12
"""Characters of a class beside the axes."""

ROW = 22


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """Of the best cell, and of the baseline or else the best handling beside it."""
    return tuple(_plot(dossier, cell) for cell in two(dossier.cells, dossier.baseline))


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """The diagonal and the rest."""
    return (
        Entry("right", palette.BLUE, symbol="s"),
        Entry("wrong, the stronger the more", palette.ORANGE, symbol="s"),
    )


def _plot(dossier: Dossier, cell: CellVerdict) -> Plot:
    order, classes = list(dossier.order), dossier.verdict.classes
    shares = dossier.confusion(cell)[np.ix_(order, order)]
    names = [label(classes[place], LONGEST) for place in order]
    texts = [[f"{100 * share:.0f}" if share >= 0.005 else "" for share in row] for row in shares]
    far = len(order) - 0.5

    def draw(canvas: Canvas) -> None:
        turned = max(map(len, names)) > 3
        across = Scale(-0.5, far, "called", dict(enumerate(names)), grid=False, upright=turned)
        # The first class on top.
        frame(canvas, across, Scale(-0.5, far, "is", dict(enumerate(names[::-1])), grid=False))
        fields(canvas, _colours(shares)[::-1], texts[::-1])

    own = [f"{called(classes[place])} {100 * shares[row, row]:.0f} %" for row, place in enumerate(order)]
    said = f"share of each class that {called(cell.cell)} calls it: {', '.join(own)}"
    return Plot(called(cell.cell), said, draw, height=140 + ROW * max(8, len(order)))


def _colours(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(K, K, 4): the right ones blue and the wrong ones orange, each beside the most of its kind; none for 0."""
    right, left_free = np.eye(len(shares), dtype=bool), np.where(shares > 0, shares, np.nan)
    made = np.zeros((*shares.shape, 4))
    for which, colour in ((right, palette.BLUE), (~right, palette.ORANGE)):
        most = max(shares[which].max(initial=0), 1e-6)
        made[which] = palette.shaded(left_free, colour, most)[which]
    return made
