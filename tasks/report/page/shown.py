"""The figures of a sweep, each under its heading with what to see in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from steelyard.models.report import see
from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.figures import classes, forest, learning, weights
from steelyard.tasks.report.figures.curves import Curves
from steelyard.tasks.report.figures.figure import Figure, Plot

SPOKEN = 20
"""Cells that are named to whoever does not see the figure."""


@dataclass(frozen=True)
class Shown:
    """All figures of a sweep.

    Attributes:
        hero: the picture that shows the answer.
        forest: the differences to the baseline; None where there are none.
        details: the others.
    """

    hero: Figure
    forest: Figure | None
    details: tuple[Figure, ...]

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        """Draw them."""
        hero, other = _planes(dossier)
        plots = forest.plots(dossier)
        differences = Figure("forest", "Differences to the baseline", see.forest(dossier), plots) if plots else None
        return cls(hero, differences, tuple(_details(dossier, other)))


def _planes(dossier: Dossier) -> tuple[Figure, Figure]:
    """Precision-recall and ROC curves, the one that the objective is about first."""
    curves, said = Curves(dossier), see.curves(dossier)
    names = ", ".join(cell.cell for cell in dossier.verdict.cells[:SPOKEN])
    planes = (
        ("pr", "Precision against recall", curves.precision_recall()),
        ("roc", "ROC curves", curves.roc()),
    )
    first, second = (
        Figure(key, title, said, (Plot("", drawn, f"{title} of {len(dossier.finished)} trials of {names}"),))
        for key, title, drawn in planes
    )
    about = {dossier.objective.metric, dossier.objective.constraint}
    return (second, first) if about & {"false_positive_rate", "balanced_accuracy"} else (first, second)


def _details(dossier: Dossier, other: Figure) -> Iterator[Figure]:
    if plots := weights.plots(dossier):
        said = see.weights(dossier, weights.weighted(dossier))
        yield Figure("weights", "What the weight does", said, plots, weights.LEGEND)
    yield other
    if plots := learning.plots(dossier):
        yield Figure("learning", "Learning curves", see.learning(dossier), plots, learning.legend(dossier))
    scores, keys = classes.plots(dossier), classes.legend(dossier)
    yield Figure("classes", "Scores of each class", see.classes(dossier), scores, keys)
