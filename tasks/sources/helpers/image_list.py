"""A list of images: a row per image with its path, its label, and what else is known of it."""

import hashlib
import os
import re
import stat
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.image_set import SLICE_PREFIX
from steelyard.models.errors import BadInput
from steelyard.models.names import listed, printable, repeated
from steelyard.tasks.sources.helpers.files import open_image, stamp
from steelyard.tasks.sources.helpers.source import SPLITS, Source, checked_classes, fingerprint, source_table

NEEDED = ("path", "label")
OPTIONAL = ("split", "group")
MOST_SLICES = 100

# What most paths are without: a backslash, a NUL, a drive, a part that is empty or mere dots.
_UNUSUAL = re.compile(r"\\|\0|^[A-Za-z]:/|(?:^|/)\.{0,2}(?:/|$)")
_OUTSIDE = re.compile(r"^/|^[A-Za-z]:/|(?:^|/)\.\.(?:/|$)")


def used_columns(header: Sequence[str], path: Path) -> list[str]:
    """Columns of the file ``path`` that say something here, in the order of its header.

    Raises:
        BadInput: path or label is missing, a column that is used comes twice, or there are too many slices.
    """
    kept = [name for name in header if _is_used(name)]
    if not set(NEEDED) <= set(kept):
        raise BadInput(
            f"data must have the columns path and label, got {listed(header) or 'none'} in {printable(path)}; "
            "name them so in the header"
        )
    if twice := repeated(kept):
        raise BadInput(f"data must have each column once, got {listed(twice)} twice in {printable(path)}; drop one")
    if (slices := sum(name.startswith(SLICE_PREFIX) for name in kept)) > MOST_SLICES:
        raise BadInput(
            f"data must have at most {MOST_SLICES} columns {SLICE_PREFIX}NAME, got {slices:,} in {printable(path)}; "
            "each becomes lines of the verdict: rename those that nobody would read"
        )
    return kept


def _is_used(column: str) -> bool:
    return column in NEEDED + OPTIONAL or (column.startswith(SLICE_PREFIX) and column != SLICE_PREFIX)


def listed_source(path: Path, rows: pd.DataFrame, header: Sequence[str], root: Path | None = None) -> Source:
    """Images that the file ``path`` lists; their paths count from the folder ``root``, or from the file's.

    Each row has the ``used_columns`` of the header as text; ``rows.index.name`` says what the index counts.

    Raises:
        BadInput: an image is not there, or a row does not say what it must.
    """
    root = (root or path.parent).resolve()
    table, names = _table(_in_path_order(rows, path, root), path)
    ids: list[str] = table["id"].tolist()
    seen = pd.util.hash_pandas_object(table, index=False).to_numpy(), _stamps(ids, root)
    digests = [hashlib.blake2b(numbers.tobytes()).hexdigest() for numbers in seen]
    ignored = [name for name in header if name and not _is_used(name)]
    note = f"columns ignored: {listed(ignored)}; one that marks slices of the images must be called {SLICE_PREFIX}NAME"
    return Source(
        name=printable(path.stem),
        class_names=names,
        table=table,
        read=lambda row: open_image(root / ids[row]),
        fingerprint=fingerprint(str(root), stamp(path), names, *digests),
        notes=(note,) if ignored else (),
    )


def _table(rows: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    texts = {name: rows[name].str.strip() for name in rows.columns if name != "path"}
    _refuse_empty(texts["label"], "a label", path)
    labels, found = pd.factorize(texts["label"], sort=True)
    names = checked_classes(found.tolist(), path)
    splits = _splits(texts["split"], path) if "split" in texts else None
    groups = texts["group"].tolist() if "group" in texts else None
    slices: dict[str, Sequence[str]] = {
        printable(name.removeprefix(SLICE_PREFIX)): column.tolist()
        for name, column in texts.items()
        if name.startswith(SLICE_PREFIX)
    }
    return source_table(rows["path"].tolist(), labels.tolist(), splits, groups, slices), names


def _in_path_order(rows: pd.DataFrame, path: Path, root: Path) -> pd.DataFrame:
    """The rows with their paths normalised."""
    if rows.empty:
        raise BadInput(f"data must list images, got no row in {printable(path)}; add one per image")
    rows = rows.assign(path=_normalised(rows["path"].tolist(), root))
    _refuse_empty(rows["path"], "a path", path)
    if twice := rows.loc[rows["path"].duplicated(), "path"].unique().tolist():
        where = rows.index[rows["path"] == twice[0]].tolist()
        raise BadInput(
            f"data must list each image once, got {len(twice):,} more than once: {listed(twice)} (the first in "
            f"{rows.index.name}s {where[0]} and {where[1]} of {printable(path)}); leave the others out"
        )
    return rows.sort_values("path")


def _refuse_empty(texts: pd.Series, what: str, path: Path) -> None:
    empty = texts.index[texts == ""]
    if len(empty):
        raise BadInput(
            f"data must have {what} in each row, got none in {len(empty):,} of {len(texts):,} rows, the first in "
            f"{texts.index.name} {empty.min()} of {printable(path)}; fill it in"
        )


def _splits(texts: pd.Series, path: Path) -> list[str]:
    if (texts == "").all():
        return texts.tolist()
    _refuse_empty(texts, "a split, or no split in any row", path)
    known = texts.str.lower().map(SPLITS)
    unknown = texts[known.isna()]
    if len(unknown):
        raise BadInput(
            f"data must have splits among {', '.join(SPLITS)}, got {listed(unknown.unique().tolist())}, the first in "
            f"{texts.index.name} {unknown.index.min()} of {printable(path)}; rename them"
        )
    if "train" not in known.unique():
        raise BadInput(
            f"data must have images in train, got only {listed(sorted(known.unique()))} in {printable(path)}; "
            "give some images the split train"
        )
    return known.tolist()


def _normalised(paths: Sequence[str], root: Path) -> list[str]:
    """Relative paths with ``/`` between their parts and nothing superfluous: ``./cat//a.png`` -> ``cat/a.png``.

    A backslash counts as ``/``, since lists are written on Windows too. What is absolute or goes up is refused.
    """
    unusual = {path: _without_superfluous(path) for path in paths if _UNUSUAL.search(path)}
    if wrong := [path for path in unusual.values() if _OUTSIDE.search(path)]:
        raise BadInput(_outside(wrong, root))
    if wrong := [path for path in unusual if "\0" in path]:
        raise BadInput(f"data must list paths without NUL, got {listed(wrong)}; correct them")
    return [unusual.get(path, path) for path in paths]


def _without_superfluous(path: str) -> str:
    parts = path.replace("\\", "/").split("/")
    first = "/" if parts[0] == "" and len(parts) > 1 else ""
    return first + "/".join(part for part in parts if part not in ("", "."))


def _outside(paths: list[str], root: Path) -> str:
    return (
        f"data must list images inside {printable(root)}, where the list lies, got {len(paths):,} outside: "
        f"{listed(paths)}; move the images there and give their paths from there"
    )


def _stamps(paths: Sequence[str], root: Path) -> npt.NDArray[np.int64]:
    """Size in bytes and time of the last change in ns of each of N files, (N, 2).

    One that is not there, is no file, or is a link to somewhere outside the folder is refused.
    """
    stamps = np.zeros((len(paths), 2), dtype=np.int64)
    outside: list[str] = []
    missing: list[str] = []
    # Where a folder leads is asked once, not once per image.
    stays = cache(lambda path: Path(os.path.realpath(path)).is_relative_to(root))
    for row, path in enumerate(paths):
        try:
            if inside := _stamp_inside(f"{root}/{path}", stays):
                stamps[row] = inside
            else:
                outside.append(path)
        except OSError as error:
            shown = path if path == path.strip() else repr(path)
            missing.append(f"{shown} ({error.strerror or error})")
    if outside:
        raise BadInput(_outside(outside, root))
    if missing:
        raise BadInput(
            f"data must list files that are there, got {len(missing):,} that are not: {listed(missing)}; correct their "
            f"paths, which count from {printable(root)}, or leave them out"
        )
    return stamps


def _stamp_inside(path: str, stays: Callable[[str], bool]) -> tuple[int, int] | None:
    """None where a link leads out of the folder."""
    status = os.lstat(path)  # A Path would double the time.
    linked = stat.S_ISLNK(status.st_mode)
    if not stays(path if linked else path.rpartition("/")[0]):
        return None
    if linked:
        status = Path(path).stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError("not a file")
    return status.st_size, status.st_mtime_ns
