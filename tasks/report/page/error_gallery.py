"""Pictures of the images of test that the best cell gets wrong, as parts of the page."""

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
        score: of the class to find, or of the class that it is called; mean over seeds.
        spread: least and greatest over seeds; "" where they are one.
        label: name of its class, where every class counts.
        called: likewise what it is called.
        seeds: likewise how many of several call it that; "" of one.
        seen: what the network looks at, to lie over the image; None where that is not known.
    """

    image: Shot
    id: str
    note: str
    score: str
    spread: str
    label: str = ""
    called: str = ""
    seeds: str = ""
    seen: Shot | None = None


Gallery = list[tuple[str, list[Picture]]]
"""Headings, "" where there is but one kind, and the pictures below each."""


def pictures(dossier: Dossier) -> Gallery:
    """Misses, then false alarms; where every class counts, the surest errors."""
    return [("", [*_of_classes(dossier)])] if dossier.every_class else [*_of_one_class(dossier)]


def _of_one_class(dossier: Dossier) -> Iterator[tuple[str, list[Picture]]]:
    for kind, title in report_captions.kinds_of_errors(dossier):
        rows = dossier.gallery[dossier.gallery["kind"] == kind].to_dict("records")
        yield title, [_picture(row, ".3g", row["low"] != row["high"]) for row in rows]


def _of_classes(dossier: Dossier) -> Iterator[Picture]:
    names, seeds = dossier.verdict.classes, len(dossier.best.thresholds)
    for row in dossier.gallery.to_dict("records"):
        told = {"label": called(names[row["label"]]), "called": called(names[row["called"]])}
        often = f"{row['seeds']} of {seeds} seeds" if seeds > 1 else ""
        yield _picture(row, ".2f", row["seeds"] > 1, seeds=often, **told)


def _picture(row: dict[Any, Any], digits: str, spread: bool, **told: str) -> Picture:
    score, low, high = (f"{row[name]:{digits}}" for name in ("score", "low", "high"))
    spreads = f"{low} to {high}" * spread
    seen = Shot.of(file) if (file := row.get(SALIENCY)) else None
    return Picture(Shot.of(row["picture"]), row["id"], row["note"], score, spreads, seen=seen, **told)
