"""Arrays of images and labels in one NumPy archive, with the keys that MedMNIST has; nothing in it is unpickled."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from steelyard.models.errors import BadInput
from steelyard.models.names import listed, printable
from steelyard.tasks.sources.helpers.files import refuse_too_many, stamp, told
from steelyard.tasks.sources.helpers.random_access import Forward
from steelyard.tasks.sources.helpers.source import Kind, Source, checked_classes, fingerprint, row_ids, source_table

SPLITS = ("test", "train", "val")  # In the order of the ids.
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
LONGEST_HEADER = 10_000  # Bytes, as NumPy has it too.
CHANNELS = ((), (1,), (3,), (4,))


@dataclass(frozen=True)
class _Array:
    """An array of the archive, as its header describes it; ``offset`` bytes of header come before its values."""

    key: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int


@dataclass(frozen=True)
class _Part:
    split: str
    images: _Array
    labels: npt.NDArray[np.int64]


def open_npz(path: Path) -> Source:
    """Images of an archive as ``numpy.savez`` or ``numpy.savez_compressed`` writes it; none is read yet.

    Raises:
        BadInput: not an archive, other keys, or arrays of other shapes, types or lengths.
    """
    with _archive(path) as archive:
        parts = [_part(archive, split, path) for split in _splits(archive, path)]
        content = [(entry.filename, entry.CRC, entry.file_size) for entry in archive.infolist()]
    used = {f"{part.split}_{what}.npy" for part in parts for what in ("images", "labels")}
    ignored = [name.removesuffix(".npy") for name, *_ in content if name not in used]
    numbers, labels = np.unique(np.concatenate([part.labels for part in parts]), return_inverse=True)
    longest = max(len(part.labels) for part in parts)
    ids = [name for part in parts for name in row_ids(len(part.labels), f"{part.split}/", longest)]
    splits = [part.split for part in parts for _ in part.labels]
    return Source(
        name=printable(path.stem),
        class_names=checked_classes([str(number) for number in numbers], path),
        table=source_table(ids, labels.tolist(), splits),
        read=_reader(parts, path),
        fingerprint=fingerprint(str(path), stamp(path), content),
        notes=(f"keys ignored: {listed(ignored)}",) if ignored else (),
        numbered=True,
    )


KIND = Kind("npz:FILE", open_npz, place=4, example="images.npz", suffixes=(".npz",))


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with told(path), zipfile.ZipFile(path) as archive:
            yield archive
    except BadInput:
        raise
    # A damaged archive raises BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError and others.
    except Exception as error:  # noqa: BLE001
        why = printable(str(error) or type(error).__name__)
        raise BadInput(
            f"data must be a whole .npz archive, got {printable(path)} ({why}); write it with numpy.savez_compressed"
        ) from None


def _splits(archive: zipfile.ZipFile, path: Path) -> list[str]:
    there = {name.removesuffix(".npy") for name in archive.namelist()}
    found = [split for split in SPLITS if there & {f"{split}_images", f"{split}_labels"}]
    needed = {f"{split}_{what}" for split in {*found, "train"} for what in ("images", "labels")}
    if missing := sorted(needed - there):
        raise BadInput(
            f"data must have the keys train_images and train_labels, and val_ and test_ in pairs, got no "
            f"{' and no '.join(missing)} but {listed(sorted(there)) or 'nothing'} in {printable(path)}; rename them"
        )
    return found


def _part(archive: zipfile.ZipFile, split: str, path: Path) -> _Part:
    images, labels = (_described(archive, f"{split}_{what}", path) for what in ("images", "labels"))
    if images.dtype != np.uint8 or len(images.shape) not in (3, 4) or images.shape[3:] not in CHANNELS:
        raise BadInput(_needed(images, "(N, H, W) or (N, H, W, C) uint8 with C of 1, 3 or 4", path))
    if labels.dtype.kind not in "iu" or not np.can_cast(labels.dtype, np.int64) or labels.shape[1:] not in ((), (1,)):
        raise BadInput(_needed(labels, "(N,) or (N, 1) whole numbers up to int64, one label per image", path))
    if prod(images.shape[1:3]) > int(Image.MAX_IMAGE_PIXELS or 0):
        raise BadInput(_needed(images, f"images of at most {Image.MAX_IMAGE_PIXELS:,} pixels", path))
    refuse_too_many(max(images.shape[0], labels.shape[0]), path)
    if images.shape[0] != labels.shape[0]:
        raise BadInput(
            f"data must have a label for each image, got {images.shape[0]:,} {images.key} and {labels.shape[0]:,} "
            f"{labels.key} in {printable(path)}; save them in pairs"
        )
    with archive.open(f"{labels.key}.npy") as file:
        values = np.lib.format.read_array(file, allow_pickle=False)
    numbers = values.reshape(-1).astype(np.int64)
    _refuse_negative(numbers, labels.key, path)
    return _Part(split, images, numbers)


def _refuse_negative(numbers: npt.NDArray[np.int64], key: str, path: Path) -> None:
    unlabelled = np.flatnonzero(numbers < 0)
    if len(unlabelled):
        raise BadInput(
            f"data must have a label from 0 on for each image, got {numbers[unlabelled[0]]} among {len(unlabelled):,} "
            f"below 0 in {key}, the first in row {unlabelled[0]} of {printable(path)}; leave those images out"
        )


def _described(archive: zipfile.ZipFile, key: str, path: Path) -> _Array:
    with archive.open(f"{key}.npy") as file:
        version = np.lib.format.read_magic(file)
        if version not in HEADERS:
            raise ValueError(f"{key} is in version {version} of the format")
        _refuse_long_header(file, version)
        shape, transposed, dtype = HEADERS[version](file)
        array = _Array(key, shape, dtype, file.tell())
    if transposed and len(shape) > 1:
        raise BadInput(
            f"data must have {key} in C order, image after image, got Fortran order in {printable(path)}; save "
            "numpy.ascontiguousarray of it"
        )
    if not shape or min(shape) < 1:
        raise BadInput(_needed(array, "an array with something in it", path))
    if not dtype.hasobject and archive.getinfo(f"{key}.npy").file_size != array.offset + prod(shape) * dtype.itemsize:
        raise ValueError(f"{key} is cut short")
    return array


def _refuse_long_header(file: IO[bytes], version: tuple[int, int]) -> None:
    # NumPy reads the whole before it looks, up to 4 GB of blanks in a file of 4 MB.
    start, length = file.tell(), int.from_bytes(file.read(2 if version == (1, 0) else 4), "little")
    if length > LONGEST_HEADER:
        raise ValueError(f"a header of {length:,} bytes")
    file.seek(start)


def _needed(array: _Array, needed: str, path: Path) -> str:
    got = f"{array.shape} {array.dtype}"
    return f"data must have {array.key} as {needed}, got {got} in {printable(path)}; save it like this"


def _reader(parts: list[_Part], path: Path) -> Callable[[int], Image.Image]:
    arrays = [Forward(partial(_pixels, path, part.images)) for part in parts]
    ends = np.cumsum([len(part.labels) for part in parts])

    def read(row: int) -> Image.Image:
        part = int(np.searchsorted(ends, row, side="right"))
        pixels = arrays[part][row - int(ends[part]) + len(parts[part].labels)]
        return Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)

    return read


def _pixels(path: Path, array: _Array) -> Iterator[npt.NDArray[np.uint8]]:
    """One image after the other, (H, W) or (H, W, C), however the archive is compressed."""
    shape = array.shape[1:]
    with zipfile.ZipFile(path) as archive, archive.open(f"{array.key}.npy") as file:
        file.read(array.offset)
        for _ in range(array.shape[0]):
            yield np.frombuffer(file.read(prod(shape)), np.uint8).reshape(shape)
