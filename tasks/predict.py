"""Let a trained network decide on images: a row for each, of a CSV or for whoever takes it."""

import csv
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from steelyard.models.errors import BadInput
from steelyard.tasks import outputs, progress
from steelyard.tasks.images.decode import COLOUR, DEEP, Decoded, Unreadable
from steelyard.tasks.images.pack import decode_in_order, eight_bit
from steelyard.tasks.sources.helpers.files import SUFFIXES, as_text, images_below, open_image
from steelyard.tasks.sources.helpers.source import Source
from steelyard.tasks.tracking.decider import Decider

AT_ONCE = 256
"""Images that are scored, and held, at a time."""

COLUMNS = ("path", "label", "score", "threshold")
Row = tuple[str, str, float, float]


@dataclass(frozen=True)
class Predicted:
    """What became of the images.

    Attributes:
        counts: label -> images.
        unreadable: path -> why it is no image; these have no row.
    """

    counts: dict[str, int]
    unreadable: dict[str, str]


def check_output(output: Path) -> None:
    """Refuse a file that cannot be written, or that holds anything but predictions.

    Raises:
        BadInput: it is one of these.
    """
    outputs.check(output, "output")
    header = ",".join(COLUMNS)
    if (head := outputs.head(output, len(header) + 1)) and head.rstrip("\r\n") != header:
        raise BadInput(f"output must be new or predictions, got {output}, which is neither; name another with --output")


def predict(decider: Decider, paths: Sequence[Path], output: Path) -> Predicted:
    """Write what ``decide`` gives to a CSV, whole or not at all.

    Args:
        decider: the network with its threshold.
        paths: files, and folders whose images are taken at any depth.
        output: the CSV.

    Raises:
        BadInput: as ``decide``.
    """
    with outputs.whole(output) as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        return decide(decider, paths, rows.writerow)


def decide(decider: Decider, paths: Sequence[Path], take: Callable[[Row], Any]) -> Predicted:
    """Path, label, score and threshold of each image, in the order given, folders in path order.

    Scores are those of ``scores.parquet``: of the same pixels, fitted in the same way, in float32.

    Args:
        decider: the network with its threshold.
        paths: files, and folders whose images are taken at any depth.
        take: called with each row.

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
    for part in _parts(decider, files):
        readable = [(path, found) for path, found in part if not isinstance(found, Unreadable)]
        unreadable |= {as_text(str(path)): found.reason for path, found in part if isinstance(found, Unreadable)}
        for path, label, score in _scored(decider, readable):
            counts[label] += 1
            take((as_text(str(path)), label, score, decider.threshold))
    return Predicted(counts, unreadable)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        try:
            status = path.stat()
        except OSError as error:
            shown, why = as_text(str(path)), error.strerror
            raise BadInput(f"path must be an image or a folder that exists, got {shown} ({why}); correct it") from None
        yield from images_below(path, "path")[0] if stat.S_ISDIR(status.st_mode) else [path]


def _parts(decider: Decider, files: Sequence[Path]) -> Iterator[list[tuple[Path, Decoded | Unreadable]]]:
    """The images, decoded side by side, so many at a time."""
    source = Source(
        name="", class_names=(), table=pd.DataFrame(index=range(len(files))), read=lambda row: open_image(files[row]),
        fingerprint="",
    )  # fmt: skip
    images = decode_in_order(source, decider.size, decider.fit, interpolation=decider.interpolation)
    decoded, done = zip(files, images, strict=True), 0
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
