"""Pictures of the images that the network to use gets wrong, as parts of the page."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Self

from PIL import Image

from steelyard.models.report.dossier import Dossier
from steelyard.models.words import report_captions
from steelyard.models.words.phrases import called
from steelyard.tasks.report.dossier_files import SALIENCY

LEAST = 160
"""Pixels per side that a picture has on the page; of smaller ones each pixel is shown as a square."""

KINDS = {"PNG": "png", "JPEG": "jpeg"}


@dataclass(frozen=True)
class Shot:
    """A picture by its address, which holds all of it, and its pixels."""

    src: str
    width: int
    height: int

    @classmethod
    def of(cls, file: bytes) -> Self:
        """Of the bytes of a PNG or JPEG."""
        with Image.open(BytesIO(file), formats=tuple(KINDS)) as image:
            kind, (width, height) = KINDS[str(image.format)], image.size
        return cls(f"data:image/{kind};base64,{base64.b64encode(file).decode()}", width, height)

    @property
    def small(self) -> bool:
        """Whether it is smaller than what the page shows of it."""
        return max(self.width, self.height) < LEAST


@dataclass(frozen=True)
class Picture:
    """An image of the gallery.

    Attributes:
        note: group and slices.
        score: of the class to find, or of the class that it is called.
        label: name of its class, where every class counts; ``called`` likewise what it is called.
        seen: what the network looks at, to lie over the image; None where that is not known.
    """

    image: Shot
    id: str
    note: str
    score: str
    label: str = ""
    called: str = ""
    seen: Shot | None = None


Gallery = list[tuple[str, list[Picture]]]
"""Headings, "" where there is but one kind, and the pictures below each."""


def pictures(dossier: Dossier) -> Gallery:
    """Misses, then false alarms; where every class counts, the surest errors."""
    rows = dossier.gallery.to_dict("records")
    if dossier.every_class:
        names = [called(name) for name in dossier.verdict.classes]
        return [("", [_picture(row, ".2f", label=names[row["label"]], called=names[row["called"]]) for row in rows])]
    return [*_of_one_class(dossier, rows)]


def _of_one_class(dossier: Dossier, rows: list[dict[Any, Any]]) -> Iterator[tuple[str, list[Picture]]]:
    for kind, title in report_captions.kinds_of_errors(dossier):
        yield title, [_picture(row, ".3g") for row in rows if row["kind"] == kind]


def _picture(row: dict[Any, Any], digits: str, **told: str) -> Picture:
    seen = Shot.of(file) if (file := row.get(SALIENCY)) else None
    return Picture(Shot.of(row["picture"]), row["id"], row["note"], f"{row['score']:{digits}}", seen=seen, **told)
