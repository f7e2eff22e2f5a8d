"""What the best cell gets right and wrong on test: shares, counts per 1,000 images, pairs of classes, and pictures."""

from dataclasses import dataclass
from typing import Self

from steelyard.models.report.cells_shown import two
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.error_counts import Confusion, Pair, Thousand, pairs, thousands
from steelyard.models.words import report_captions
from steelyard.tasks.report.figures import thousand_images
from steelyard.tasks.report.figures.figure import Plot
from steelyard.tasks.report.page.error_gallery import Gallery, pictures


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix under its title."""

    title: str
    confusion: Confusion
    positives: int
    negatives: int


@dataclass(frozen=True)
class Errors:
    """All of it.

    Attributes:
        title: of the pictures.
        caption: what to look for in them.
        gallery: the worst first, by their kind.
        pairs: the classes that are taken for each other most, where every class counts.
        matrices: of the best cell, at the operating point and at argmax, where there is a class to find.
        thousands: likewise of every cell.
        marks: likewise an image each: of the best cell and of one to compare it with.
    """

    title: str
    caption: str
    gallery: Gallery
    pairs: tuple[Pair, ...] = ()
    matrices: tuple[Matrix, ...] = ()
    thousands: tuple[Thousand, ...] = ()
    marks: tuple[Plot, ...] = ()

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        """Of a sweep."""
        shown = report_captions.wrong_images(dossier), pictures(dossier)
        if dossier.every_class:
            return cls("The surest mistakes", *shown, pairs=tuple(pairs(dossier)))
        return cls(
            "The worst misses and false alarms",
            *shown,
            matrices=_matrices(dossier),
            thousands=thousands(dossier),
            marks=tuple(
                thousand_images.plot(Thousand.of(cell, dossier.verdict.prevalence), dossier.about.subject)
                for cell in two(dossier.cells, dossier.baseline)
            ),
        )


def _matrices(dossier: Dossier) -> tuple[Matrix, ...]:
    best, sizes = dossier.best, (dossier.verdict.positives, dossier.verdict.negatives)
    places = (("at the operating point", best.point), ("at argmax", best.argmax))
    return tuple(Matrix(f"{best.cell}, {title}", Confusion.of(at), *sizes) for title, at in places)
