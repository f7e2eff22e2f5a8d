"""A list of images: a row per image with its path, its label, and what else is known of it."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from steelyard.models.data.image_set import SLICE_PREFIX
from steelyard.models.errors import BadInput
from steelyard.models.names import listed, printable, repeated
from steelyard.tasks.sources.helpers.files import open_image, stamp
from steelyard.tasks.sources.helpers.listed_paths import normalised, stamped
from steelyard.tasks.sources.helpers.source import SPLITS, Source, checked_classes, fingerprint, source_table

NEEDED = ("path", "label")
OPTIONAL = ("split", "group")
MOST_SLICES = 100


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

    An image that is not there, or not inside that folder, is ``unusable``.

    Raises:
        BadInput: a row does not say what it must.
    """
    root = (root or path.parent).resolve()
    rows, outside = _in_path_order(rows, path)
    table, names = _table(rows, path)
    stamps, unusable = stamped(table["id"].tolist(), root, outside)
    seen = pd.util.hash_pandas_object(table, index=False).to_numpy(), stamps
    digests = [hashlib.blake2b(numbers.tobytes()).hexdigest() for numbers in seen]
    digests += [fingerprint(*unusable.values())] * bool(unusable)
    table = _without(table, unusable)
    ids: list[str] = table["id"].tolist()
    ignored = [name for name in header if name and not _is_used(name)]
    note = f"columns ignored: {listed(ignored)}; one that marks slices of the images must be called {SLICE_PREFIX}NAME"
    return Source(
        name=printable(path.stem),
        class_names=names,
        table=table,
        read=lambda row: open_image(root / ids[row]),
        fingerprint=fingerprint(str(root), stamp(path), names, *digests),
        notes=(note,) if ignored else (),
        unusable=unusable,
    )


def _without(table: pd.DataFrame, unusable: Mapping[str, str]) -> pd.DataFrame:
    # Not isin, which took 8 s for a million ids (2 cores beside other work, pandas 3, n=1).
    rows = [row for row, name in enumerate(table["id"].tolist()) if name not in unusable]
    return table.iloc[rows].reset_index(drop=True) if unusable else table


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


def _in_path_order(rows: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, set[str]]:
    """The rows with their paths normalised, and those of the paths that are absolute or go up."""
    if rows.empty:
        raise BadInput(f"data must list images, got no row in {printable(path)}; add one per image")
    paths, outside = normalised(rows["path"].tolist())
    rows = rows.assign(path=paths)
    _refuse_empty(rows["path"], "a path", path)
    if twice := rows.loc[rows["path"].duplicated(), "path"].unique().tolist():
        where = rows.index[rows["path"] == twice[0]].tolist()
        raise BadInput(
            f"data must list each image once, got {len(twice):,} more than once: {listed(twice)} (the first in "
            f"{rows.index.name}s {where[0]} and {where[1]} of {printable(path)}); leave the others out"
        )
    return rows.sort_values("path"), outside


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
