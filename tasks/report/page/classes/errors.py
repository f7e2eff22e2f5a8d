"""What the best cell gets wrong on test: the classes that it takes for each other, and pictures."""

from dataclasses import dataclass
from typing import Any, Self

from steelyard.models.report import faults
from steelyard.models.report.classes import see
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.phrases import called
from steelyard.tasks.report.page.shot import Shot


@dataclass(frozen=True)
class Picture:
    """An image of the gallery.

    Attributes:
        image: as it was taken.
        id: of the image.
        label: name of its class.
        called: what it is called.
        surely: the score of that.
        seeds: how many of several call it that; "" of one.
        note: group and slices.
    """

    image: Shot
    id: str
    label: str
    called: str
    surely: str
    seeds: str
    note: str


@dataclass(frozen=True)
class Errors:
    """All of it.

    Attributes:
        pairs: the classes that are taken for each other most.
        see: what to look for in the pictures.
        gallery: the surest errors first.
    """

    pairs: tuple[faults.Pair, ...]
    see: str
    gallery: tuple[Picture, ...]

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        """Of a sweep."""
        pictures = tuple(_picture(dossier, row) for row in dossier.gallery.to_dict("records"))
        return cls(tuple(faults.pairs(dossier)), see.gallery(dossier), pictures)


def _picture(dossier: Dossier, row: dict[Any, Any]) -> Picture:
    names, seeds = dossier.verdict.classes, len(dossier.best.thresholds)
    spread = f" ({row['low']:.2f} to {row['high']:.2f})" if row["seeds"] > 1 else ""
    return Picture(
        image=Shot.of(row["picture"]),
        id=row["id"],
        label=called(names[row["label"]]),
        called=called(names[row["called"]]),
        surely=f"{row['score']:.2f}{spread}",
        seeds=f"{row['seeds']} of {seeds} seeds" if seeds > 1 else "",
        note=row["note"],
    )
