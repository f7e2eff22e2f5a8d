"""Write the image set of a source, or find the one that is there; what cannot be trained on is refused."""

import hashlib
import json
import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from steelyard.models.errors import BadInput
from steelyard.models.names import listed
from steelyard.tasks.atomic_files import building, publish, write_text
from steelyard.tasks.images import looks, unusable
from steelyard.tasks.images.image_sets import Manifest, Sides, is_whole, measured, read_manifest
from steelyard.tasks.images.keep_together import with_near_copies_together
from steelyard.tasks.images.pack import Records, pack, write_records
from steelyard.tasks.images.pixels import DEEP
from steelyard.tasks.sources.helpers.source import Source, fingerprint

FOLDER = "image_sets"
# Goes up when the same source would give other pixels or another table: then nothing old is reused.
FORMAT = 3
logger = logging.getLogger(__name__)


def extract_images(
    source: Source,
    size: int,
    cache: Path,
    skip_unusable: bool,
    fit: str | None = None,
) -> Path:
    """Write the image set of a source, or find the one that is there.

    Args:
        source: opened by ``tasks.sources.open_source``.
        size: pixels per side; images are fitted to size x size.
        cache: folder; sets lie in ``image_sets`` below it.
        skip_unusable: leave out what cannot be used instead of refusing the source.
        fit: ``pad``, ``crop`` or ``stretch``; None for what suits each image (``tasks.images.pixels.fit_of``).

    Returns:
        Folder with ``images.npy``, ``table.parquet``, ``looks.parquet`` and ``manifest.json``, named by the content
        hash; looks are not part of it.

    Raises:
        BadInput: images that cannot be used, all of them at once; fewer than two classes, or no room.
    """
    root, started = cache / FOLDER, time.monotonic()
    request = fingerprint(FORMAT, source.name, source.fingerprint, size, fit, skip_unusable)
    index = root / "requests" / f"{request}.json"
    if known := _recall(index, root):
        logger.info("reused image set %s", known.name)
        return known
    with building(root) as folder:
        manifest = _build(source, size, fit, skip_unusable, cache, folder)
        target = root / manifest.content_hash
        publish(folder, target, is_whole)
        _adopt(target, manifest)
        write_text(index, manifest.model_dump_json())
    seconds = time.monotonic() - started
    logger.info("extracted image set %s in %.1f s, %.0f images/s", target.name, seconds, manifest.images / seconds)
    return target


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


def _build(source: Source, size: int, fit: str | None, skip_unusable: bool, cache: Path, folder: Path) -> Manifest:
    recorded = folder / "records"
    records = write_records(source, size, fit, recorded)
    wrong = unusable.found(source, records)
    if wrong and not skip_unusable:
        unusable.refuse(wrong, source, cache)
    table = source.table.iloc[[image.row for image in records.used]].reset_index(drop=True)
    table["digest"] = [image.digest for image in records.used]
    _refuse_one_class(table, source.class_names, len(wrong))
    content = _hash_of(source.class_names, table, fit)
    pack(records, recorded, size, folder / "images.npy", content)
    recorded.unlink()
    table, near = _kept_together(table, folder / "images.npy", content)
    table.to_parquet(folder / "table.parquet", index=False)
    records.looks_table().to_parquet(folder / looks.FILE, index=False)
    sides = measured([image.sides for image in records.used], fit)
    manifest = Manifest(
        name=source.name,
        content_hash=content.hexdigest(),
        class_names=source.class_names,
        images=len(table),
        size=size,
        channels=records.channels,
        bits=records.bits,
        counts=_counts(table, source.class_names),
        unusable=wrong,
        duplicates=int(table["digest"].duplicated().sum()),
        positive=source.positive,
        imbalance=source.imbalance,
        notes=(*source.notes, *_notes(records, sides, wrong), *near),
        fit=fit,
        sides=sides,
    )
    write_text(folder / "manifest.json", manifest.model_dump_json(indent=2))
    return manifest


def _refuse_one_class(table: pd.DataFrame, class_names: Sequence[str], wrong: int) -> None:
    left = [class_names[label] for label in sorted(table["label"].unique())]
    if len(left) < 2:
        raise BadInput(
            f"data must have at least two classes with images that can be used, got {listed(left) or 'none'}; "
            f"left out: {wrong:,}; mend them"
        )


def _hash_of(class_names: tuple[str, ...], table: pd.DataFrame, fit: str | None) -> hashlib.blake2b:
    columns = {str(name): table[name].tolist() for name in sorted(table.columns)}
    # A network that learned from square images must still know what to do with others.
    asked = [fit] if fit else []
    return hashlib.blake2b(json.dumps([class_names, columns, *asked]).encode(), digest_size=8)


def _kept_together(table: pd.DataFrame, images: Path, content: hashlib.blake2b) -> tuple[pd.DataFrame, list[str]]:
    """The table with near-copies together, and what to say of them; the hash goes on with groups that are new."""
    kept, notes = with_near_copies_together(table, images)
    if (groups := kept["group"].tolist()) != table["group"].tolist():
        content.update(json.dumps(groups).encode())
    return kept, notes


def _counts(table: pd.DataFrame, class_names: tuple[str, ...]) -> dict[str, dict[str, int]]:
    counts: Any = pd.crosstab(table["split"], table["label"]).reindex(columns=range(len(class_names)), fill_value=0)
    return dict(counts.set_axis(list(class_names), axis=1).to_dict("index"))


def _notes(records: Records, sides: Sides, wrong: Mapping[str, str]) -> list[str]:
    notes = [told] if (told := sides.made_square(len(records.used))) else []
    if wrong:
        notes.append(unusable.left_out(wrong))
    if any(image.kind == DEEP for image in records.used):
        notes.append(
            f"images of more than 8 bits hold values of {records.bits} bits; one scale brings all of them to 8"
        )
    return notes
