"""A picture that is part of the page."""

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import Self

from PIL import Image

LEAST = 160
"""Pixels per side that a picture has on the page; of smaller ones each pixel is shown as a square."""

KINDS = {"PNG": "png", "JPEG": "jpeg"}


@dataclass(frozen=True)
class Shot:
    """A picture and how it is shown.

    Attributes:
        src: its address, which holds all of it.
        width: in pixels.
        height: likewise.
    """

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
