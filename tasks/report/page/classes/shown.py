"""The figures of a sweep in which every class counts, each under its heading with what to see in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from steelyard.models.report import see as of_any
from steelyard.models.report.classes import see
from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.figures import forest, learning
from steelyard.tasks.report.figures.every_class import accuracies, confusion, effects, recalls
from steelyard.tasks.report.figures.figure import Figure

DIFFERENCES = {
    "balanced_accuracy": "balanced accuracy",
    "rare": "recall, rarer half of the classes",
    "frequent": "recall, more frequent half",
    "precision": "precision, mean of the classes",
}
"""What is drawn beside the baseline, and what it is called."""


@dataclass(frozen=True)
class Shown:
    """All figures of a sweep.

    Attributes:
        heroes: the pictures that show the answer: cells, classes, confusions.
        forest: the differences to the baseline; None where there are none.
        learning: the curves over epochs; None where there are none.
        effects: what the handlings made of train.
    """

    heroes: tuple[Figure, ...]
    forest: Figure | None
    learning: Figure | None
    effects: Figure | None

    @property
    def whole(self) -> bool:
        """Whether the confusion of all classes is drawn."""
        return any(figure.key == "confusion" for figure in self.heroes)

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        """Draw them."""
        drawn, made, cells = learning.plots(dossier), effects.plots(dossier), learning.legend(dossier)
        curves = Figure("learning", "Learning curves", of_any.learning(dossier), drawn, cells)
        told = Figure("effects", "What each handling did to train", see.effects(dossier), made, cells)
        return cls(
            heroes=tuple(_heroes(dossier)),
            forest=_forest(dossier),
            learning=curves if drawn else None,
            effects=told if made else None,
        )


def _heroes(dossier: Dossier) -> Iterator[Figure]:
    yield Figure("cells-on-test", "The cells on test", see.accuracies(dossier), accuracies.plots(dossier))
    cells = recalls.compared(dossier)
    said = see.recalls(dossier, cells)
    yield Figure("recalls", "Recall of each class", said, recalls.plots(dossier), recalls.legend(dossier))
    if shades := recalls.shades(dossier):
        told = "The same in more cells, best on val first: the stronger the colour, the more of the class is found."
        yield Figure("shades", "Recall of each class in every cell", told, shades)
    if matrices := confusion.plots(dossier):
        told = see.confusion(dossier)
        yield Figure("confusion", "What each class is called", told, matrices, confusion.LEGEND)


def _forest(dossier: Dossier) -> Figure | None:
    cells = forest.some([cell for cell in dossier.cells if cell.differences], "balanced_accuracy")
    if not cells:
        return None
    plots = tuple(
        forest.plot(cells, metric, title)
        for metric, title in DIFFERENCES.items()
        if all(metric in cell.differences for cell in cells)
    )
    return Figure("forest", "Differences to the baseline", see.forest(dossier), plots)
