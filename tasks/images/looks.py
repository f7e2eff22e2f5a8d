"""How each image looks, in a few numbers: measured while it is decoded, kept beside its set."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image
from pyarrow import parquet

from steelyard.tasks.images.measures import LEVELS, Pixels, Values, measured, planes_of, sharpness

FILE = "looks.parquet"
COLUMNS = ("width", "height", "sharpness", *LEVELS)

FINE, COARSE = 128, 64
"""Pixels that the longer side is reduced to at most: for sharpness, and for all else."""

AT_ONCE, PIXELS = 256, 2**15
"""Images, and values of them, that are measured at a time: fewer cost more calls, more leave the cache."""


class Reduced(NamedTuple):
    """An image before fitting, reduced by whole numbers and never enlarged.

    Attributes:
        coarse: (h, w) grey or (h, w, 3) RGB, sides of at most ``COARSE``; uint8, or int32 of more than 8 bits.
        sharpness: of the image at sides of at most ``FINE``; None where ``coarse`` is not smaller.
    """

    coarse: Pixels
    sharpness: np.float32 | None


def reduced(image: Image.Image, content: bytes) -> Reduced:
    """What looks are measured of, of an image of mode ``L``, ``RGB`` or ``I`` and the bytes of its pixels."""
    small = _within(image, FINE)
    coarse = _within(small, COARSE)
    if coarse is image:
        # An array of the image would copy it once more.
        flat = np.frombuffer(content, np.int32 if image.mode == "I" else np.uint8)
        return Reduced(flat.reshape(image.height, image.width, *([3] if image.mode == "RGB" else [])), None)
    if coarse is small:
        return Reduced(np.asarray(small), None)
    fine = np.asarray(small.convert("L") if small.mode == "RGB" else small)
    return Reduced(np.asarray(coarse), sharpness(fine[None])[0])


def _within(image: Image.Image, side: int) -> Image.Image:
    factor = -(-max(image.size) // side)
    return image.reduce(factor) if factor > 1 else image


@dataclass
class Looks:
    """Looks of images that come one by one.

    Attributes:
        waiting: images that are not measured yet.
        done: float32 of those before, as ``measures.measured`` makes them, in the order they came.
    """

    waiting: list[Reduced] = field(default_factory=list)
    done: bytearray = field(default_factory=bytearray)

    def add(self, image: Reduced) -> None:
        """One more image."""
        self.waiting.append(image)
        if len(self.waiting) == AT_ONCE:
            self._measure()

    def table(self, bits: npt.NDArray[np.int64], sides: Sequence[tuple[int, int]]) -> pd.DataFrame:
        """A row per image with the columns ``COLUMNS``, float32.

        Width and height are those of the image itself in pixels; levels are in [0, 1], where 1 is white. Of an image
        that is too small for a whole pixel of it, a border is not a number: there it is part of what the image shows.

        Args:
            bits: (N,) int64, per pixel, in which each image's levels count.
            sides: N, width and height.
        """
        self._measure()
        raw = np.frombuffer(self.done, np.float32).reshape(-1, 1 + len(LEVELS))
        levels = raw[:, 1:] / (2.0 ** bits[:, None] - 1)
        shape = np.array(sides, np.float64).reshape(-1, 2)
        return pd.DataFrame(np.column_stack([shape, raw[:, :1], levels]).astype(np.float32), columns=list(COLUMNS))

    def _measure(self) -> None:
        """Images of one shape are measured at once."""
        found = np.empty((len(self.waiting), 1 + len(LEVELS)), np.float32)
        alike: dict[Any, list[int]] = {}
        for row, image in enumerate(self.waiting):
            alike.setdefault((image.coarse.shape, image.coarse.dtype, image.sharpness is None), []).append(row)
        for rows in alike.values():
            known = [self.waiting[row].sharpness for row in rows]
            found[rows] = _measured([self.waiting[row].coarse for row in rows])
            if known[0] is not None:
                found[rows, 0] = known
        self.waiting.clear()
        self.done += found.tobytes()


def _measured(images: Sequence[Pixels]) -> Values:
    """As ``measures.measured``, of (h, w) or (h, w, 3) images of one shape."""
    size = max(1, PIXELS // images[0].size)
    pieces = [planes_of(np.stack(images[start : start + size])) for start in range(0, len(images), size)]
    return np.concatenate([measured(piece) for piece in pieces])


def load(path: Path) -> pd.DataFrame:
    """Looks of the image set in the folder ``path``, in the order of its table; columns as in ``Looks.table``."""
    return pd.read_parquet(path / FILE)


def number(path: Path) -> int:
    """Images whose looks lie in the folder ``path``; raises OSError or ValueError where they are not whole."""
    return int(parquet.read_metadata(path / FILE).num_rows)
