"""Files of a few KB that say they hold terabytes, or do: each by its name, with the ``--data`` that reads it."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TOO_MANY = 10_000_001


def png(side: int = 30_000) -> bytes:
    """A black square of so many pixels per side, 1 bit each: 900 million pixels in 0.1 MB."""
    rows, row = zlib.compressobj(9), bytes(1 + side // 8)
    data = b"".join(rows.compress(row) for _ in range(side)) + rows.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, (b"IHDR", b"IDAT", b"IEND"), (header, data, b"")))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _npy(shape: tuple[int, ...], kind: str, content: bytes) -> bytes:
    file = BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": shape})
    return file.getvalue() + content


def _npz(images: bytes, labels: bytes) -> Callable[[Path], str]:
    def write(path: Path) -> str:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("train_images.npy", images)
            archive.writestr("train_labels.npy", labels)
        return f"npz:{path}"

    return write


def _listed(paths: Any, labels: Any) -> Callable[[Path], str]:
    def write(path: Path) -> str:
        pq.write_table(pa.table({"path": paths, "label": labels}), path, compression="zstd")
        return f"parquet:{path}"

    return write


def _repeated(text: str, count: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int8)), pa.array([text]))


def hugging_face(path: Path, images: list[bytes]) -> str:
    column = pa.StructArray.from_arrays(
        [pa.array(images, pa.binary()), pa.array(["a.png"] * len(images))], names=["bytes", "path"]
    )
    pq.write_table(pa.table({"image": column, "label": np.arange(len(images)) % 2}), path, compression="zstd")
    return f"hf:{path}"


LABELS = _npy((2,), "|i1", b"\0\1")
BOMBS: dict[str, tuple[Callable[[Path], str], str]] = {
    "an array that claims terabytes": (
        _npz(_npy((10**12, 1, 1), "|u1", b"\0"), _npy((10**12,), "<i8", b"\0")),
        "data must be a whole .npz archive, got FILE (train_images is cut short)",
    ),
    "an image of 100 million pixels": (
        _npz(_npy((2, 10_000, 10_000), "|u1", bytes(200_000_000)), LABELS),
        "data must have train_images as images of at most 89,478,485 pixels, got (2, 10000, 10000) uint8",
    ),
    "millions of images": (
        _npz(_npy((TOO_MANY, 1, 1), "|u1", bytes(TOO_MANY)), _npy((TOO_MANY,), "|i1", bytes(TOO_MANY))),
        "data must have at most 10,000,000 images, got 10,000,001 in FILE",
    ),
    "a header of gigabytes": (
        _npz(b"\x93NUMPY\2\0" + struct.pack("<I", 4_000_000_000) + bytes(99), LABELS),
        "data must be a whole .npz archive, got FILE (a header of 4,000,000,000 bytes)",
    ),
    "millions of rows": (
        _listed(_repeated("a.png", TOO_MANY), _repeated("cat", TOO_MANY)),
        "data must have at most 10,000,000 images, got 10,000,001 in FILE",
    ),
    "a text that repeats": (
        _listed(_repeated("x" * 5_000_000, 1000), _repeated("cat", 1000)),
        "data must have at most 2,000,000,000 bytes in a column, got 5,000,000,000 in path of FILE",
    ),
    "a text of zeros": (
        _listed(["x" * 100_000_000, "y"], ["a", "b"]),
        "data must not grow more than 100 times when it is read, got 1",
    ),
    "images of zeros": (
        lambda path: hugging_face(path, [bytes(100_000_000), b"x"]),
        "data must not grow more than 100 times when it is read, got 1",
    ),
}
"""What is wrong with a file, and how the line begins."""
