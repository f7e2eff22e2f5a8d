"""A picture with its words, a strip of them, and the picture that is the mean of many."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from steelyard.models.data.image_set import ImageSet

AT_ONCE = 1000
"""Images that are summed at once for a mean."""


@dataclass(frozen=True)
class Tile:
    """A picture and what stands below it.

    Attributes:
        row: of its image in the set; -1 for a mean image.
        lines: below it.
        path: of its image; "" for a mean image.
        mean: PNG of a mean image.
    """

    row: int
    lines: tuple[str, ...]
    path: str = ""
    mean: bytes = b""

    @property
    def name(self) -> str:
        """The path without its folders."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The folders of the path, with the last slash; "" of a file in none."""
        return self.path[: len(self.path) - len(self.name)]


@dataclass(frozen=True)
class Strip:
    """Pictures that belong together, under a heading and a note on it; "" for none."""

    title: str
    tiles: list[Tile]
    note: str = ""


def mean_image(images: ImageSet, rows: npt.NDArray[np.int64]) -> bytes:
    """A PNG of the mean of images.

    Args:
        images: N of them.
        rows: (n,) int64, which of them; at least one.
    """
    parts = np.array_split(rows, -(-len(rows) // AT_ONCE))
    light = np.sum([images.images[part].sum(axis=0, dtype=np.int64) for part in parts], axis=0)
    pixels, file = (light / len(rows)).astype(np.uint8), BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file, "PNG")
    return file.getvalue()
