"""Image sets as they lie on disk: each one array, one table and one manifest under its content hash."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, model_validator

from steelyard.models.data.image_set import ImageSet
from steelyard.tasks.images import looks
from steelyard.tasks.images.pixels import fit_of


class Sides(BaseModel):
    """Sizes of all images of a set, in pixels, upright, and what making them square did.

    Attributes:
        shorter: smallest and largest of the shorter sides.
        longer: smallest and largest of the longer sides.
        median: of the longer sides.
        padded: images that got a border.
        cropped: images that lost one.
        stretched: images whose aspect ratio was given up.
        strain: the largest ratio of sides among those stretched; 1 where there are none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shorter: tuple[int, int]
    longer: tuple[int, int]
    median: int
    padded: int
    cropped: int
    stretched: int
    strain: float

    @property
    def said(self) -> str:
        """In words: ``103 to 632 pixels``."""
        least, most = self.shorter[0], self.longer[1]
        return f"{least:,} pixels" if least == most else f"{least:,} to {most:,} pixels"

    def made_square(self, images: int) -> str:
        """How many images of a set of so many are not square and what became of them; "" where all are."""
        ways = (
            (self.padded, "padded to a square"),
            (self.cropped, "cropped to a square"),
            (self.stretched, f"stretched to a square by up to {self.strain:.2f} to 1"),
        )
        told = [f"{count:,} {what}" for count, what in ways if count]
        return f"of {images:,} images {' and '.join(told)}: --fit" if told else ""


def measured(sides: Sequence[tuple[int, int]], fit: str | None) -> Sides:
    """Sizes of a set, from width and height of each image, at least one, and the fit that was asked for."""
    shorter, longer = [min(each) for each in sides], [max(each) for each in sides]
    bent = [(fit_of(width, height, fit), width, height) for width, height in sides if width != height]
    fits = [what for what, _, _ in bent]
    return Sides(
        shorter=(min(shorter), max(shorter)),
        longer=(min(longer), max(longer)),
        median=round(median(longer)),
        padded=fits.count("pad"),
        cropped=fits.count("crop"),
        stretched=fits.count("stretch"),
        strain=max((max(size) / min(size) for what, *size in bent if what == "stretch"), default=1.0),
    )


class Manifest(BaseModel):
    """What an image set holds, and what its source says about it.

    Attributes:
        content_hash: 16 hexadecimal digits over pixels, table, class names and the fit where one was asked for, which
            further images get too; not over anything else here.
        size: pixels per side.
        channels: 1 (grey) or 3 (RGB).
        bits: per pixel of the images of more than 8 bits before they were scaled to 8; 8 where there are none.
        counts: split ("" where the source has none) -> class -> images.
        unusable: id of each image that was left out -> why.
        duplicates: images that equal an earlier one exactly.
        notes: of the source, like ``positive`` and ``imbalance``, and of what became of the images.
        fit: how images were made square, as it was asked for; None for what suits each.
        sides: sizes of the images before; None of a set that was written before they were looked at.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    content_hash: str
    class_names: tuple[str, ...]
    images: int
    size: int
    channels: int
    bits: int
    counts: dict[str, dict[str, int]]
    unusable: dict[str, str]
    duplicates: int
    positive: str
    imbalance: float | None
    notes: tuple[str, ...]
    fit: str | None = None
    sides: Sides | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_now(cls, kept: Any) -> Any:
        if not (isinstance(kept, dict) and "unreadable" in kept):
            return kept
        # Sets kept before December 2026 say of unreadable files only which they are.
        others = {name: value for name, value in kept.items() if name != "unreadable"}
        return others | {"unusable": dict.fromkeys(kept["unreadable"], "unreadable")}

    @property
    def summary(self) -> str:
        """One line: what the set is called, how many images and classes it has, and of which shape."""
        own = self.sides.said if self.sides else f"{self.size} x {self.size} pixels"
        shape = f"{own}, {'grey' if self.channels == 1 else 'RGB'}"
        return f"{self.name}: {self.images:,} images of {len(self.class_names)} classes, {shape}"


def read_manifest(path: Path) -> Manifest:
    """Manifest of the image set in the folder ``path``."""
    return Manifest.model_validate_json((path / "manifest.json").read_text(encoding="utf-8"))


def load(path: Path) -> ImageSet:
    """Image set in the folder ``path``; its images are a memory map that all processes share.

    It is copy-on-write, since torch wraps no read-only array; what is written to it reaches neither disk nor others.
    """
    manifest = read_manifest(path)
    return ImageSet(
        name=manifest.name,
        content_hash=manifest.content_hash,
        class_names=manifest.class_names,
        images=np.load(path / "images.npy", mmap_mode="c"),
        table=pd.read_parquet(path / "table.parquet"),
    )


def is_whole(path: Path) -> bool:
    """Whether ``path`` has all files of an image set, each of its full length; one without looks was written before."""
    try:
        image_set, manifest, looked_at = load(path), read_manifest(path), looks.number(path)
    except (OSError, ValueError, EOFError):  # Not there, cut short, or not what it should be.
        return False
    shape = (manifest.images, manifest.size, manifest.size, manifest.channels)
    return image_set.images.shape == shape and len(image_set.table) == looked_at == manifest.images
