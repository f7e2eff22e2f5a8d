"""The store of image sets: each one array, one table and one manifest under its content hash."""

import hashlib
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from steelyard.models.image_set import ImageSet
from steelyard.models.names import listed
from steelyard.tasks.folders import building, publish, write_text
from steelyard.tasks.images import lint
from steelyard.tasks.images.pack import Records, pack, write_records
from steelyard.tasks.images.sides import Sides, measured
from steelyard.tasks.sources.source import Source, fingerprint

FOLDER = "image_sets"
# Goes up when the same source would give other pixels or another table: then nothing old is reused.
FORMAT = 2
logger = logging.getLogger(__name__)


class Manifest(BaseModel):
    """What an image set holds, and what its source says about it.

    Attributes:
        name: of the source.
        content_hash: 16 hexadecimal digits over pixels, table, class names and the fit where one was asked for, which
            further images get too; not over anything else here.
        class_names: name of class 0, 1, ...
        images: N.
        size: pixels per side.
        channels: 1 (grey) or 3 (RGB).
        bits: per pixel of the images of more than 8 bits before they were scaled to 8; 8 where there are none.
        counts: split ("" where the source has none) -> class -> images.
        unreadable: ids of the files that were left out.
        duplicates: images that equal an earlier one exactly.
        positive: class to find by default; "" where the source names none.
        imbalance: share of positives in train by default; None for as it comes.
        notes: lines to tell whoever uses the set.
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
    unreadable: tuple[str, ...]
    duplicates: int
    positive: str
    imbalance: float | None
    notes: tuple[str, ...]
    fit: str | None = None
    sides: Sides | None = None

    @property
    def summary(self) -> str:
        """One line: what the set is called, how many images and classes it has, and of which shape."""
        own = self.sides.said if self.sides else f"{self.size} x {self.size} pixels"
        shape = f"{own}, {'grey' if self.channels == 1 else 'RGB'}"
        return f"{self.name}: {self.images:,} images of {len(self.class_names)} classes, {shape}"


def extract_images(
    source: Source,
    size: int,
    cache: Path,
    skip_unreadable: bool,
    fit: str | None = None,
    on_new: Callable[[], None] = lambda: None,
) -> Path:
    """Write the image set of a source, or find the one that is there.

    Args:
        source: opened by ``tasks.sources.open_source``.
        size: pixels per side; images are fitted to size x size.
        cache: folder; sets lie in ``image_sets`` below it.
        skip_unreadable: leave out files that are no images instead of refusing the source.
        fit: ``pad``, ``crop`` or ``stretch``; None for what suits each image (``tasks.images.decode.fit_of``).
        on_new: called before a set that is not there is written.

    Returns:
        Folder with ``images.npy``, ``table.parquet`` and ``manifest.json``, named by the content hash.

    Raises:
        BadInput: unreadable files, one image under two labels, fewer than two classes, or no room.
    """
    root, started = cache / FOLDER, time.monotonic()
    request = fingerprint(FORMAT, source.name, source.fingerprint, size, fit, skip_unreadable)
    index = root / "requests" / f"{request}.json"
    if known := _recall(index, root):
        logger.info("reused image set %s", known.name)
        return known
    on_new()
    with building(root) as folder:
        manifest = _build(source, size, fit, skip_unreadable, folder)
        target = root / manifest.content_hash
        publish(folder, target, is_whole)
        _adopt(target, manifest)
        write_text(index, manifest.model_dump_json())
    seconds = time.monotonic() - started
    logger.info("extracted image set %s in %.1f s, %.0f images/s", target.name, seconds, manifest.images / seconds)
    return target


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
    """Whether ``path`` has all files of an image set, each of its full length."""
    try:
        found, manifest = load(path), read_manifest(path)
    except (OSError, ValueError, EOFError):  # Not there, cut short, or not what it should be.
        return False
    shape = (manifest.images, manifest.size, manifest.size, manifest.channels)
    return found.images.shape == shape and len(found.table) == manifest.images


def _recall(index: Path, root: Path) -> Path | None:
    try:
        manifest = Manifest.model_validate_json(index.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    path = root / manifest.content_hash
    if not is_whole(path):
        return None
    _adopt(path, manifest)
    return path


def _adopt(path: Path, manifest: Manifest) -> None:
    """Let the manifest tell of the source asked for last: equal content may come under two names."""
    if read_manifest(path) != manifest:
        write_text(path / "manifest.json", manifest.model_dump_json(indent=2))


def _build(source: Source, size: int, fit: str | None, skip_unreadable: bool, folder: Path) -> Manifest:
    recorded = folder / "records"
    records = write_records(source, size, fit, recorded)
    ids: list[str] = source.table["id"].tolist()
    unreadable = {ids[row]: reason for row, reason in records.unreadable.items()}
    if not skip_unreadable:
        lint.refuse_unreadable(unreadable)
    table = source.table.iloc[records.rows].reset_index(drop=True).assign(digest=records.digests)
    lint.refuse_one_class(table, source.class_names, len(unreadable))
    lint.refuse_two_labels(table)
    content = _hash_of(source.class_names, table, fit)
    pack(records, recorded, size, folder / "images.npy", content)
    recorded.unlink()
    table.to_parquet(folder / "table.parquet", index=False)
    manifest = _describe(source, size, fit, records, table, unreadable, content.hexdigest())
    write_text(folder / "manifest.json", manifest.model_dump_json(indent=2))
    return manifest


def _hash_of(class_names: tuple[str, ...], table: pd.DataFrame, fit: str | None) -> hashlib.blake2b:
    columns = {str(name): table[name].tolist() for name in sorted(table.columns)}
    # A network that learned from square images must still know what to do with others.
    asked = [fit] if fit else []
    return hashlib.blake2b(json.dumps([class_names, columns, *asked]).encode(), digest_size=8)


def _describe(
    source: Source,
    size: int,
    fit: str | None,
    records: Records,
    table: pd.DataFrame,
    unreadable: dict[str, str],
    content_hash: str,
) -> Manifest:
    sides = measured(records.sides, fit)
    return Manifest(
        name=source.name,
        content_hash=content_hash,
        class_names=source.class_names,
        images=len(table),
        size=size,
        channels=records.channels,
        bits=records.bits,
        counts=_counts(table, source.class_names),
        unreadable=tuple(unreadable),
        duplicates=int(table["digest"].duplicated().sum()),
        positive=source.positive,
        imbalance=source.imbalance,
        notes=(*source.notes, *_notes(records, sides, list(unreadable))),
        fit=fit,
        sides=sides,
    )


def _counts(table: pd.DataFrame, class_names: tuple[str, ...]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for split, part in table.groupby("split"):
        per_class = part["label"].value_counts()
        counts[str(split)] = {name: int(per_class.get(label, 0)) for label, name in enumerate(class_names)}
    return counts


def _notes(records: Records, sides: Sides, unreadable: list[str]) -> list[str]:
    notes = [told] if (told := sides.made_square(len(records.kinds))) else []
    if unreadable:
        notes.append(f"unreadable files left out: {len(unreadable):,} ({listed(unreadable)})")
    if "F" in records.kinds:
        notes.append(
            f"images of more than 8 bits hold values of {records.bits} bits; one scale brings all of them to 8"
        )
    return notes
