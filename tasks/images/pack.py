"""All images of a source: decoded in parallel, written one after the other, packed into one array."""

import hashlib
import os
import time
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from steelyard.tasks import progress
from steelyard.tasks.images.decode import Decoded, Unreadable, decode
from steelyard.tasks.images.looks import Looks
from steelyard.tasks.images.pixels import COLOUR, DEEP, GREY, eight_bit
from steelyard.tasks.sources.helpers.source import Source

# Images per piece of work: one at a time, threads spend their time on handing over the interpreter
# (12,000 JPEGs of 32 x 32: 3,600 images/s, in pieces 4,400; Python 3.11, 2 cores, n=1).
PIECE = 16
# Pieces that each thread may be ahead of the writer: memory is bounded by it, whatever the size of the source.
AHEAD = 2
# Small images are bound by the interpreter, which more threads only fight over.
MOST_THREADS = 8
TELL_EVERY = 0.1  # Seconds between two pieces of news.
DTYPES: dict[str, tuple[Any, int]] = {GREY: (np.uint8, 1), COLOUR: (np.uint8, 3), DEEP: (np.float32, 1)}


class Record(NamedTuple):
    """An image whose pixels lie in a file: its row in the source's table, and the rest as ``Decoded`` has it.

    ``bits`` are those of its largest value, at least 8.
    """

    row: int
    kind: str
    digest: str
    sides: tuple[int, int]
    bits: int


@dataclass
class Records:
    """What is known after decoding.

    Attributes:
        readable: in path order, which is that of their pixels in the file.
        unreadable: row -> reason.
        left_out: rows of readable images that are not to be packed.
        looks: of the readable ones.
    """

    readable: list[Record] = field(default_factory=list)
    unreadable: dict[int, str] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)
    looks: Looks = field(default_factory=Looks)

    @property
    def used(self) -> list[Record]:
        """Of the images that are packed, in path order."""
        return [image for image in self.readable if image.row not in self.left_out]

    @property
    def channels(self) -> int:
        """3 if any image that is packed is colour, else 1."""
        return 3 if any(image.kind == COLOUR for image in self.used) else 1

    @property
    def bits(self) -> int:
        """Per pixel that hold the largest value of all images of more than 8 bits; 8 where there are none."""
        return max((image.bits for image in self.used), default=8)

    def looks_table(self) -> pd.DataFrame:
        """A row per image that is packed, as ``tasks.images.looks.Looks.table`` makes them."""
        bits = np.array([self.bits if image.kind == DEEP else 8 for image in self.readable], np.int64)
        packed = [image.row not in self.left_out for image in self.readable]
        return self.looks.table(bits, [image.sides for image in self.readable])[packed].reset_index(drop=True)


def decode_in_order(
    source: Source,
    size: int,
    fit: str | None,
    rows: Sequence[int] | None = None,
    interpolation: str = "bilinear",
) -> Iterator[Decoded | Unreadable]:
    """Decode images of a source in a thread per core, in bounded memory, in the order of ``rows``; None for all."""
    rows = range(len(source.table)) if rows is None else rows
    threads = min(os.cpu_count() or 1, MOST_THREADS)
    running: deque[Future[list[Decoded | Unreadable]]] = deque()
    with warnings.catch_warnings(), ThreadPoolExecutor(threads, "decode") as pool:
        warnings.filterwarnings("ignore", module=r"PIL\.")
        # Pillow warns of a decompression bomb before it refuses one; here both are unreadable.
        warnings.simplefilter("error", category=Image.DecompressionBombWarning)

        def decoded(piece: Sequence[int]) -> list[Decoded | Unreadable]:
            return [decode(partial(source.read, row), size, fit, interpolation) for row in piece]

        for start in range(0, len(rows), PIECE):
            if len(running) >= AHEAD * threads:
                yield from running.popleft().result()
            running.append(pool.submit(decoded, rows[start : start + PIECE]))
        while running:
            yield from running.popleft().result()


def write_records(source: Source, size: int, fit: str | None, path: Path) -> Records:
    """Decode and look at a source and append each readable image to a file, telling how far it is."""
    records, total, told = Records(), len(source.table), 0.0
    with path.open("wb") as file:
        for row, image in enumerate(decode_in_order(source, size, fit)):
            if isinstance(image, Unreadable):
                records.unreadable[row] = image.reason
            else:
                file.write(image.pixels.tobytes())
                bits = max(8, image.largest.bit_length())
                records.readable.append(Record(row, image.kind, image.digest, image.sides, bits))
                records.looks.add(image.reduced)
            if row + 1 == total or time.monotonic() - told > TELL_EVERY:
                progress.tell(progress.Extracting(row + 1, total))
                told = time.monotonic()
    return records


def pack(records: Records, recorded: Path, size: int, target: Path, content: hashlib.blake2b) -> None:
    """Write what ``write_records`` recorded as one (N, size, size, C) uint8 array, an ``.npy`` file to memory-map.

    The hash ``content`` goes on with the shape and all pixels.
    """
    channels, bits = records.channels, records.bits
    shape = (len(records.used), size, size, channels)
    content.update(repr(shape).encode())
    with recorded.open("rb") as source, target.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
        for image in records.readable:
            recorded_pixels = _next(source, image.kind, size)
            if image.row in records.left_out:
                continue
            pixels = eight_bit(recorded_pixels, bits, channels).tobytes()
            file.write(pixels)
            content.update(pixels)


def _next(file: BinaryIO, kind: str, size: int) -> npt.NDArray[Any]:
    dtype, channels = DTYPES[kind]
    count = size * size * channels
    return np.frombuffer(file.read(count * np.dtype(dtype).itemsize), dtype).reshape(size, size, channels)
