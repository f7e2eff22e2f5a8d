"""Decode the images of a source once more, as large as a backbone that is trained on sees them."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from filelock import FileLock

from steelyard.models.errors import BadInput
from steelyard.tasks import progress
from steelyard.tasks.atomic_files import building, publish, write_text
from steelyard.tasks.features.embedding import CHANGED
from steelyard.tasks.features.pixel_sets import HELD, PIXELS, Pixels, PixelSet, is_whole
from steelyard.tasks.images.decode import Unreadable
from steelyard.tasks.images.image_sets import read_manifest
from steelyard.tasks.images.pack import decode_in_order
from steelyard.tasks.images.pixels import eight_bit
from steelyard.tasks.sources.helpers.source import Source

TELL_EVERY = 0.5
"""Seconds between two pieces of news."""


def ensure(at: PixelSet, source: Source) -> Path:
    """Decode the images of a source into their place, unless they are there.

    Raises:
        BadInput: an image is not what it was, or there is no room.
    """
    at.folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{at.folder}.lock"):
        if not is_whole(at.folder):
            with building(at.folder.parent) as folder:
                _write(at, source, folder)
                publish(folder, at.folder, is_whole)
    return at.folder


def _write(at: PixelSet, source: Source, folder: Path) -> None:
    began, told = time.monotonic(), 0.0
    rows, channels = [row for row, digest in enumerate(at.digests) if digest], read_manifest(at.image_set).channels
    shape = (len(at.digests), at.size, at.size, channels)
    with (folder / PIXELS).open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
        begins, each = file.tell(), at.size**2 * channels
        for done, (row, pixels) in enumerate(zip(rows, _decoded(at, source, rows, channels), strict=True), start=1):
            file.seek(begins + row * each)
            file.write(pixels.tobytes())
            if done == len(rows) or time.monotonic() - told > TELL_EVERY:
                progress.tell(progress.Extracting(done, len(rows), "decoding"))
                told = time.monotonic()
        file.truncate(begins + len(at.digests) * each)
    write_text(folder / HELD, json.dumps({"images": len(at.digests), "seconds": time.monotonic() - began}))


def _decoded(at: PixelSet, source: Source, rows: list[int], channels: int) -> Iterator[Pixels]:
    """(S, S, C) uint8 of each, in the order of the rows."""
    bits, ids = read_manifest(at.image_set).bits, pd.read_parquet(at.image_set / "table.parquet", columns=["id"])["id"]
    # The source's table also has what was unreadable.
    places = pd.Series(np.arange(len(source.table)), index=source.table["id"]).reindex(ids.iloc[rows])
    if places.isna().any():
        raise BadInput(CHANGED)
    images = decode_in_order(source, at.size, at.fit, [int(of) for of in places], at.interpolation)
    for row, image in zip(rows, images, strict=True):
        if isinstance(image, Unreadable) or image.digest != at.digests[row]:
            raise BadInput(CHANGED)
        pixels = image.pixels
        yield eight_bit(pixels if pixels.ndim == 3 else pixels[..., None], bits, channels)
