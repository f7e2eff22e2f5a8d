"""The figures of a report, in the order in which a page shows them."""

from typing import get_args

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.figures import (
    accuracies,
    confusion,
    curves,
    effects,
    forest,
    learning,
    recalls,
    scores,
    shades,
    weights,
)
from steelyard.tasks.report.figures.declaration import Place
from steelyard.tasks.report.figures.figure import Figure

FIGURES = (
    accuracies.FIGURE,
    recalls.FIGURE,
    shades.FIGURE,
    confusion.FIGURE,
    forest.FIGURE,
    weights.FIGURE,
    curves.PRECISION_RECALL,
    curves.ROC,
    learning.FIGURE,
    scores.FIGURE,
    effects.FIGURE,
)

Figures = dict[Place, list[Figure]]


def drawn(dossier: Dossier) -> Figures:
    """All figures that apply to a sweep, by their place on its page."""
    found: Figures = {place: [] for place in get_args(Place)}
    for figure in FIGURES:
        if figure.applies(dossier):
            found[figure.placed(dossier)].append(figure.drawn(dossier))
    return found
