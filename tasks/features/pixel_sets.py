"""The images of an image set as a backbone sees them, on disk: one array, memory-mapped, decoded once for all."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from steelyard.models.spec.trial import Embedding
from steelyard.tasks import trial_identity
from steelyard.tasks.features.feature_sets import Place
from steelyard.tasks.images.image_sets import read_manifest

FOLDER, PIXELS, HELD = "pixels", "pixels.npy", "held.json"
CODE = ("tasks/images/decode.py", "tasks/images/pixels.py")
LIBRARIES = ("pillow", "numpy")

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class PixelSet:
    """The pixels of the images that features are, or will be, made of.

    Attributes:
        folder: where they are, or will be.
        image_set: folder of the image set.
        size: pixels per side.
        fit: as of the embedding.
        interpolation: likewise.
        digests: (N,) of the pixels of each image as the features have it; "" for one that no trial uses.
    """

    folder: Path
    image_set: Path
    size: int
    fit: str | None
    interpolation: str
    digests: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """That they take."""
        return len(self.digests) * self.size**2 * read_manifest(self.image_set).channels


def place(cache_folder: Path, embedding: Embedding, image_set: Path, features: Place) -> PixelSet:
    """Where the pixels belong that features are made of, whatever weights and views the backbone has."""
    manifest, how = read_manifest(image_set), (embedding.size, embedding.fit, embedding.interpolation)
    what = [code_version(), how, manifest.content_hash, manifest.bits, list(features.digests)]
    digest = hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]
    return PixelSet(cache_folder / FOLDER / digest, image_set, *how, features.digests)


@cache
def code_version() -> str:
    """A hash of the code that decodes, and the versions of the libraries that it runs on."""
    code = [trial_identity.what_runs((trial_identity.HOUSE / name).read_text("utf-8")) for name in CODE]
    return hashlib.sha256(repr((code, [version(name) for name in LIBRARIES])).encode()).hexdigest()


def load(folder: Path) -> Pixels:
    """(N, S, S, 1 or 3) uint8, a memory map that all processes share; rows of images that no trial uses are 0.

    It is copy-on-write, since torch wraps no read-only array.
    """
    pixels: Pixels = np.load(folder / PIXELS, mmap_mode="c")
    return pixels


def is_whole(folder: Path) -> bool:
    """Whether all of them are there."""
    try:
        images: int = json.loads((folder / HELD).read_text(encoding="utf-8"))["images"]
        return len(np.load(folder / PIXELS, mmap_mode="r")) == images
    except (OSError, ValueError, EOFError, KeyError, TypeError):
        return False
