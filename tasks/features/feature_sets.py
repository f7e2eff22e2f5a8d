"""The features of image sets on disk: an array each, memory-mapped, under a digest over images and what embeds them."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from filelock import FileLock

from steelyard.models.spec.trial import FEATURES, Embedding
from steelyard.tasks import trial_identity
from steelyard.tasks.atomic_files import building, publish, write_text

FOLDER, HELD = "features", "held.json"
CODE = ("models/train/backbone.py", "tasks/images/decode.py", "tasks/features/embedding.py")
LIBRARIES = ("torch", "timm", "pillow", "numpy")
PART = "part-"
COPIED = 4096
"""Rows that are copied at a time."""

Features = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Place:
    """Where the features of an image set are, or will be.

    Attributes:
        folder: of them.
        digest: 16 hexadecimal digits over image set and embedding.
        digests: (N,) of the pixels of each image; "" for one that no trial uses.
    """

    folder: Path
    digest: str
    digests: tuple[str, ...]

    @property
    def root(self) -> Path:
        """Folder of all features that are made in the same way."""
        return self.folder.parent

    @property
    def there(self) -> bool:
        """Whether they are, whole."""
        return _digests(self.folder) == list(self.digests)


def place(cache_folder: Path, embedding: Embedding, image_set: str, digests: Sequence[str], bits: int = 8) -> Place:
    """Where features belong.

    Args:
        cache_folder: features lie in ``features`` below it.
        embedding: how images become features.
        image_set: its content hash.
        digests: (N,) of the pixels of each image; "" for one that no trial uses.
        bits: per pixel that images of more than 8 bits are scaled from, which decides what the backbone sees of them.
    """
    how = hashlib.sha256(f"{embedding.model_dump_json()}\0{bits}\0{code_version()}".encode()).hexdigest()[:16]
    what = hashlib.sha256(json.dumps([how, image_set, list(digests)]).encode()).hexdigest()[:16]
    return Place(cache_folder / FOLDER / how / what, what, tuple(digests))


@cache
def code_version() -> str:
    """A hash of the code that embeds, and the versions of the libraries that it runs on."""
    code = [trial_identity.what_runs((trial_identity.HOUSE / name).read_text("utf-8")) for name in CODE]
    return hashlib.sha256(repr((code, [version(name).partition("+")[0] for name in LIBRARIES])).encode()).hexdigest()


def load(folder: Path) -> Features:
    """(N, D) float32, a memory map that all processes share; rows of images that no trial uses are 0.

    It is copy-on-write, since torch wraps no read-only array.
    """
    features: Features = np.load(folder / "features.npy", mmap_mode="c")
    return features


def lock(at: Place) -> FileLock:
    """Held while features are embedded, so that two sweeps do not embed the same images."""
    at.root.mkdir(parents=True, exist_ok=True)
    return FileLock(at.root / ".embedding.lock")


def missing(at: Place) -> list[int]:
    """Rows whose images nobody has embedded yet; of images alike the first."""
    known = {digest for folder in _whole(at.root) for digest in _digests(folder) or ()}
    first: dict[str, int] = {}
    for row, digest in enumerate(at.digests):
        if digest and digest not in known:
            first.setdefault(digest, row)
    return list(first.values())


def of_images(
    cache_folder: Path, embedding: Embedding, bits: int, digests: Sequence[str]
) -> tuple[Features, tuple[int, ...]] | None:
    """The features of some images, by the digests of their pixels, and the widths of their groups.

    Returns:
        (n, D) and what ``widths`` gives; None where the cache has not those of all.
    """
    for folder in _whole(place(cache_folder, embedding, "", (), bits).root):
        rows = {digest: row for row, digest in enumerate(_digests(folder) or ())}
        if rows.keys() >= set(digests):
            return np.array(load(folder)[[rows[digest] for digest in digests]]), widths(folder)
    return None


def once(folder: Path | None) -> dict[str, float]:
    """Recipe -> seconds that embedding took for all of its trials, whenever that was; empty without features."""
    return {} if folder is None else {FEATURES: float(_held(folder)["seconds"])}


def widths(folder: Path) -> tuple[int, ...]:
    """Features of each group that counts as much as each other."""
    return tuple(_held(folder)["widths"])


def _held(folder: Path) -> dict[str, Any]:
    held: dict[str, Any] = json.loads((folder / HELD).read_text(encoding="utf-8"))
    return held


def keep(at: Place, digests: Sequence[str], features: Features, widths: Sequence[int], seconds: float) -> None:
    """Keep a part: from now on it is found again, whatever becomes of the rest.

    It has (n,) digests of images and their (n, D) features, which come in groups of these widths.
    """
    with building(at.root) as folder:
        _write(folder, digests, iter([(0, features)]), {"seconds": seconds, "widths": list(widths)})
        folder.replace(at.root / f"{PART}{folder.name.lstrip('.')}")


def assemble(at: Place) -> None:
    """Put the features of an image set together from all that is there, and drop the parts that went into it.

    Every image must have been embedded.
    """
    sources = [(folder, of) for folder in _whole(at.root) if (of := _digests(folder)) is not None]
    wanted = set(at.digests) - {""}
    where = {digest: (folder, row) for folder, of in sources for row, digest in enumerate(of) if digest in wanted}
    with building(at.root) as folder:
        took = sum(_held(source)["seconds"] * _share(of, where, source) for source, of in sources)
        of_groups = list(widths(next(source for source, _ in where.values())))
        _write(folder, at.digests, _gathered(at, where), {"seconds": took, "widths": of_groups})
        publish(folder, at.folder, lambda path: _digests(path) == list(at.digests))
    for part in at.root.glob(f"{PART}*"):
        if set(_digests(part) or ()) <= set(at.digests):
            for file in part.iterdir():
                file.unlink()
            part.rmdir()


def _share(of: Sequence[str], where: dict[str, tuple[Path, int]], source: Path) -> float:
    """Of the images in a source, those that are taken from it."""
    there = [digest for digest in of if digest]
    taken = sum(digest in where and where[digest][0] == source for digest in there)
    return taken / max(1, len(there))


def _gathered(at: Place, where: dict[str, tuple[Path, int]]) -> Iterator[tuple[int, Features]]:
    """(first row, features) of runs that lie together where they come from."""
    rows = [(row, *where[digest]) for row, digest in enumerate(at.digests) if digest]
    for (folder, _), run in groupby(rows, key=lambda of: (of[1], of[2] - of[0])):
        members = list(run)
        for start in range(0, len(members), COPIED):
            piece = members[start : start + COPIED]
            # Opened for each piece: pages of a map that stays open count as memory of this process.
            source = np.load(folder / "features.npy", mmap_mode="r")
            for begin, end in _consecutive([of[0] for of in piece]):
                yield piece[begin][0], np.array(source[piece[begin][2] : piece[end][2] + 1])


def _consecutive(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    begin = 0
    for place_, row in enumerate(rows):
        if place_ + 1 == len(rows) or rows[place_ + 1] != row + 1:
            yield begin, place_
            begin = place_ + 1


def _write(folder: Path, digests: Sequence[str], parts: Iterator[tuple[int, Features]], about: dict[str, Any]) -> None:
    """Write ``features.npy`` without mapping it, so that memory does not grow; rows that are left out take no disk."""
    rows = len(digests)
    with (folder / "features.npy").open("wb") as file:
        begins = 0
        for row, features in parts:
            begins = begins or write_header(file, rows, features.shape[1])
            file.seek(begins + row * features.shape[1] * features.itemsize)
            file.write(np.ascontiguousarray(features, np.float32).tobytes())
            file.truncate(max(file.tell(), begins + rows * features.shape[1] * features.itemsize))
    write_text(folder / HELD, json.dumps(about | {"digests": list(digests)}))


def write_header(file: BinaryIO, rows: int, width: int) -> int:
    """The head of a NumPy file of (rows, width) float32, and how many bytes it takes."""
    header: dict[str, Any] = {"descr": "<f4", "fortran_order": False, "shape": (rows, width)}
    np.lib.format.write_array_header_1_0(file, header)
    return file.tell()


def _whole(root: Path) -> Iterator[Path]:
    """Folders of features, those still being built left out."""
    yield from sorted(path for path in root.glob("[!.]*") if path.is_dir())


def _digests(folder: Path) -> list[str] | None:
    """Digests of what a folder holds; None if it is not whole."""
    try:
        digests: list[str] = _held(folder)["digests"]
        return digests if len(np.load(folder / "features.npy", mmap_mode="r")) == len(digests) else None
    except (OSError, ValueError, EOFError, KeyError, TypeError):
        return None
