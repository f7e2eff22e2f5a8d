"""Pictures of the images that the network to use gets wrong, as parts of the page."""

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Self

from PIL import Image

from steelyard.models.report.dossier import Dossier
from steelyard.models.words import report_captions
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


Gallery = list[tuple[str, list[dict[Any, Any]]]]
"""Headings, "" where there is but one kind, and the rows of the gallery below each."""


def pictures(dossier: Dossier) -> Gallery:
    """Misses, then false alarms; where every class counts, the surest errors.

    Each row has its picture as ``image``, and as ``seen`` what the network looks at, None where that is not known.
    """
    digits = ".2f" if dossier.every_class else ".3g"
    rows = [
        row
        | {"image": Shot.of(row["picture"]), "score": f"{row['score']:{digits}}"}
        | {"seen": Shot.of(file) if (file := row.get(SALIENCY)) else None}
        for row in dossier.gallery.to_dict("records")
    ]
    if dossier.every_class:
        return [("", rows)]
    kinds = report_captions.kinds_of_errors(dossier)
    return [(title, [row for row in rows if row["kind"] == kind]) for kind, title in kinds]
