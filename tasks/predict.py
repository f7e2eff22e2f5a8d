"""Let a trained network decide on images: a row of a CSV for each."""

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from models.errors import BadInput
from tasks import progress
from tasks.images.decode import COLOUR, DEEP, Decoded, Unreadable
from tasks.images.pack import decode_in_order, eight_bit
from tasks.sources.folder import SUFFIXES
from tasks.sources.source import Source
from tasks.tracking.decider import Decider

AT_ONCE = 256
"""Images that are scored, and held, at a time."""

COLUMNS = ("path", "label", "score", "threshold")


@dataclass(frozen=True)
class Predicted:
    """What became of the images.

    Attributes:
        counts: label -> images.
        unreadable: path -> why it is no image; these have no row.
    """

    counts: dict[str, int]
    unreadable: dict[str, str]


def predict(decider: Decider, paths: Sequence[Path], output: Path) -> Predicted:
    """Write path, label, score and threshold of each image, in the order given, folders in path order.

    Scores are those of ``scores.parquet``: of the same pixels, stretched in the same way, in float32.

    Args:
        decider: the network with its threshold.
        paths: files, and folders whose images are taken at any depth.
        output: CSV, written whole or not at all.

    Raises:
        BadInput: a path is not there, or there is no image.
    """
    files = list(_files(paths))
    if not files:
        known = " ".join(SUFFIXES)
        raise BadInput(f"path must be images or folders of images ({known}), got none in {', '.join(map(str, paths))}")
    # The positive first, where there is one.
    counts = dict.fromkeys(decider.class_names if decider.objective else reversed(decider.class_names), 0)
    unreadable: dict[str, str] = {}
    with _whole(output) as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for part in _parts(decider, files):
            readable = [(path, found) for path, found in part if not isinstance(found, Unreadable)]
            unreadable |= {str(path): found.reason for path, found in part if isinstance(found, Unreadable)}
            for path, label, score in _scored(decider, readable):
                counts[label] += 1
                rows.writerow([path, label, repr(score), repr(decider.threshold)])
    return Predicted(counts, unreadable)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise BadInput(f"path must be an image or a folder that exists, got {path}; correct it")
        yield from _below(path) if path.is_dir() else [path]


def _below(folder: Path) -> list[Path]:
    """Images below a folder, hidden files and folders left out, in path order."""
    found = []
    for place, below, names in os.walk(folder):
        below[:] = [name for name in below if not name.startswith(".")]
        found += [Path(place, name) for name in names if name[0] != "." and Path(name).suffix.lower() in SUFFIXES]
    return sorted(found)


def _parts(decider: Decider, files: Sequence[Path]) -> Iterator[list[tuple[Path, Decoded | Unreadable]]]:
    """The images, decoded side by side, so many at a time."""
    source = Source(
        name="", class_names=(), table=pd.DataFrame(index=range(len(files))), read=lambda row: Image.open(files[row]),
        fingerprint="",
    )  # fmt: skip
    decoded, done = zip(files, decode_in_order(source, decider.size), strict=True), 0
    while part := list(islice(decoded, AT_ONCE)):
        yield part
        done += len(part)
        progress.tell(progress.Extracting(done, len(files), "predicting"))


def _scored(decider: Decider, readable: Sequence[tuple[Path, Decoded]]) -> Iterator[tuple[Path, str, float]]:
    if readable:
        images = np.stack([_pixels(decider, found) for _, found in readable])
        for (path, _), (label, score) in zip(readable, decider.decide(decider.score(images)), strict=True):
            yield path, label, score


def _pixels(decider: Decider, found: Decoded) -> npt.NDArray[np.uint8]:
    """(size, size, channels) uint8: as an image set of the network's kind holds them."""
    pixels: npt.NDArray[Any] = found.pixels
    if found.kind == COLOUR and decider.channels == 1:
        pixels = np.asarray(Image.fromarray(pixels).convert("L"))
    bits = max(decider.bits, int(found.largest).bit_length()) if found.kind == DEEP else 8
    return eight_bit(pixels if pixels.ndim == 3 else pixels[..., None], bits, decider.channels)


@contextmanager
def _whole(file: Path) -> Iterator[TextIO]:
    """A file that takes its place only once it is whole."""
    building = file.with_name(f".{file.name}.building")
    try:
        with building.open("w", encoding="utf-8", errors="backslashreplace", newline="") as opened:
            yield opened
        building.replace(file)
    finally:
        building.unlink(missing_ok=True)
