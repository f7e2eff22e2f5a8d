"""What the best cell gets right and wrong on test: shares, counts per 1,000 images, and pictures."""

from dataclasses import dataclass
from typing import Any, Self

from steelyard.models.report import see
from steelyard.models.report.counts import Confusion, Thousand, thousands
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.faults import FALSE_ALARM, MISS, wrong
from steelyard.tasks.report.figures import thousand
from steelyard.tasks.report.figures.figure import Plot
from steelyard.tasks.report.page.shot import Shot


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix under its title."""

    title: str
    confusion: Confusion
    positives: int
    negatives: int


@dataclass(frozen=True)
class Picture:
    """An image of the gallery; scores are mean, least and greatest over seeds."""

    image: Shot
    id: str
    score: float
    low: float
    high: float
    note: str


@dataclass(frozen=True)
class Errors:
    """All of it.

    Attributes:
        matrices: of the best cell, at the operating point and at argmax.
        thousands: of every cell.
        marks: an image each: of the best cell and of one to compare it with.
        see: what to look for in the pictures.
        gallery: title and pictures, misses first.
    """

    matrices: tuple[Matrix, ...]
    thousands: tuple[Thousand, ...]
    marks: tuple[Plot, ...]
    see: str
    gallery: tuple[tuple[str, list[Picture]], ...]

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        """Of a sweep."""
        best, sizes = dossier.best, (dossier.verdict.positives, dossier.verdict.negatives)
        places = (("at the operating point", best.point), ("at argmax", best.argmax))
        return cls(
            matrices=tuple(Matrix(f"{best.cell}, {title}", Confusion.of(at), *sizes) for title, at in places),
            thousands=thousands(dossier),
            marks=_marks(dossier),
            see=see.gallery(dossier),
            gallery=_gallery(dossier),
        )


def _marks(dossier: Dossier) -> tuple[Plot, ...]:
    """The best cell and the baseline, or the best handling where the baseline is the best."""
    others = [cell for cell in (dossier.baseline, *dossier.verdict.cells) if cell]
    shown = [dossier.best, *(cell for cell in others if cell is not dossier.best)][:2]
    return tuple(thousand.plot(Thousand.of(cell, dossier.verdict.prevalence), dossier.about.subject) for cell in shown)


def _gallery(dossier: Dossier) -> tuple[tuple[str, list[Picture]], ...]:
    positive, negative = dossier.about.subject.positive, dossier.about.subject.negative
    titles = {MISS: f"{positive} that it misses", FALSE_ALARM: f"{negative} that it calls {positive}"}
    every, table = wrong(dossier)["kind"].value_counts(), dossier.gallery
    found = []
    for kind, title in titles.items():
        shown = [_picture(row) for row in table[table["kind"] == kind].to_dict("records")]
        found.append((f"{title}: {_so_many(len(shown), int(every.get(kind, 0)))}", shown))
    return tuple(found)


def _so_many(shown: int, there: int) -> str:
    if not there:
        return "none"
    return f"all {there}" if shown == there else f"the worst {shown} of {there}"


def _picture(row: dict[Any, Any]) -> Picture:
    kept = {name: row[name] for name in ("id", "score", "low", "high", "note")}
    return Picture(image=Shot.of(row["picture"]), **kept)
