"""A list of images: a row per image with its path, its label, and what else is known of it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pandas as pd
from PIL import Image

from steelyard.models.data.image_set import SLICE_PREFIX
from steelyard.models.errors import BadInput
from steelyard.models.names import listed, printable
from steelyard.tasks.sources import classes, columns
from steelyard.tasks.sources.csv_file import read_csv
from steelyard.tasks.sources.files import existing_file, normalised, stamp, stamps
from steelyard.tasks.sources.parquet_file import read_parquet
from steelyard.tasks.sources.source import SPLITS, Source, fingerprint, source_table


def open_csv(argument: str, cache: Path) -> Source:
    """Images that a CSV file lists; their paths count from the file's folder.

    Args:
        argument: the file; ``~`` is the home folder.
        cache: not used, nothing is downloaded.

    Raises:
        BadInput: the file or an image is not there, or a row does not say what it must.
    """
    path = existing_file(argument, "csv:FILE", "images.csv")
    return _source(path, *read_csv(path))


def open_parquet(argument: str, cache: Path) -> Source:
    """Images that a Parquet file lists, with the columns and rules of ``open_csv``."""
    path = existing_file(argument, "parquet:FILE", "images.parquet")
    return _source(path, *read_parquet(path))


def _source(path: Path, rows: pd.DataFrame, header: list[str]) -> Source:
    root = path.parent.resolve()
    table, names = _table(_in_path_order(rows, path, root), path)
    ids: list[str] = table["id"].tolist()
    said, seen = pd.util.hash_pandas_object(table, index=False).to_numpy(), stamps(ids, root)
    return Source(
        name=printable(path.stem),
        class_names=names,
        table=table,
        read=lambda row: Image.open(root / ids[row]),
        fingerprint=fingerprint(str(root), stamp(path), names, _digest(said), _digest(seen)),
        notes=columns.notes(header),
    )


def _table(rows: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    texts = {name: rows[name].str.strip() for name in rows.columns if name != "path"}
    labels, names = _labels(texts["label"], path)
    splits = _splits(texts["split"], path) if "split" in texts else None
    groups = texts["group"].tolist() if "group" in texts else None
    slices: dict[str, Sequence[str]] = {
        printable(name.removeprefix(SLICE_PREFIX)): column.tolist()
        for name, column in texts.items()
        if name.startswith(SLICE_PREFIX)
    }
    return source_table(rows["path"].tolist(), labels, splits, groups, slices), names


def _in_path_order(rows: pd.DataFrame, path: Path, root: Path) -> pd.DataFrame:
    """The rows with their paths normalised."""
    if rows.empty:
        raise BadInput(f"data must list images, got no row in {printable(path)}; add one per image")
    rows = rows.assign(path=normalised(rows["path"].tolist(), root))
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


def _labels(texts: pd.Series, path: Path) -> tuple[list[int], tuple[str, ...]]:
    _refuse_empty(texts, "a label", path)
    codes, names = pd.factorize(texts, sort=True)
    return codes.tolist(), classes.checked(names.tolist(), path)


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


def _digest(numbers: npt.NDArray[Any]) -> str:
    return hashlib.blake2b(numbers.tobytes()).hexdigest()
