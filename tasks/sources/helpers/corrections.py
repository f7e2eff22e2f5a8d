"""Labels that somebody corrected, in a file beside the source: they take the place of the source's own."""

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Container, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.image_set import LABEL_BEFORE
from steelyard.models.errors import BadInput
from steelyard.models.names import cut, listed, printable, repeated
from steelyard.tasks.sources.helpers.csv_rows import read_rows
from steelyard.tasks.sources.helpers.files import named, told
from steelyard.tasks.sources.helpers.source import Source, fingerprint

COLUMNS = ("path", "label", "proposed")


def corrected(source: Source, file: str) -> Source:
    """The same source with the labels that a CSV file proposes for some of its images.

    Args:
        source: of any kind.
        file: with the column ``path``, the id of an image, and ``proposed``, or ``label`` where there is no
            ``proposed``; an empty text leaves the label as it is. Where there are both, ``label`` is the source's own.

    Raises:
        BadInput: the file cannot be read, or speaks of other images, classes or labels than the source has.
    """
    path = named(file, "labels", "file")
    rows = _checked(_read(path), source, path)
    changed = rows[rows["meant"] != rows["own"]]
    with told(path, "labels"), path.open("rb") as content:
        digest = hashlib.file_digest(content, "blake2b").hexdigest()
    return dataclasses.replace(
        source,
        table=_relabelled(source, changed) if len(changed) else source.table,
        fingerprint=fingerprint(source.fingerprint, "labels", path.name, digest),
        notes=(*source.notes, _note(changed, len(rows), path)),
    )


def _read(path: Path) -> pd.DataFrame:
    """Path, label ("" where the file does not say it) and proposal of each row."""
    rows, _ = read_rows(path, _used, COLUMNS, "labels")
    texts = {name: rows[name].str.strip().map(printable) for name in rows.columns if name != "path"}
    proposed = texts["proposed"] if "proposed" in texts else texts["label"]
    said = texts["label"] if set(texts) == {"label", "proposed"} else ""
    return rows[["path"]].assign(said=said, proposed=proposed)


def _used(header: Sequence[str], path: Path) -> list[str]:
    kept = [name for name in header if name in COLUMNS]
    if "path" not in kept or len(set(kept)) < 2:
        raise BadInput(
            f"labels must have the columns path and proposed (or label), got {listed(header) or 'none'} in "
            f"{printable(path)}; name them so in the header"
        )
    if twice := repeated(kept):
        raise BadInput(f"labels must have each column once, got {listed(twice)} twice in {printable(path)}; drop one")
    return kept


def _checked(rows: pd.DataFrame, source: Source, path: Path) -> pd.DataFrame:
    """One row per image that can be used, with the source's ``own`` label and the one that is ``meant``."""
    _refuse_unknown(rows, source, path)
    rows = rows[~_are_in(rows["path"], source.unusable)]
    classes = pd.Series(source.class_names)
    own = rows["path"].map(pd.Series(classes[source.table["label"]].to_numpy(), index=source.table["id"]))
    rows = rows.assign(own=own, meant=rows["proposed"].where(rows["proposed"] != "", own))
    _refuse_two_proposals(rows, path)
    _refuse_another_state(rows, path)
    return rows.drop_duplicates("path")


def _refuse_unknown(rows: pd.DataFrame, source: Source, path: Path) -> None:
    ids = dict.fromkeys((*source.table["id"], *source.unusable))
    strange = rows["path"][~_are_in(rows["path"], ids)]
    if len(strange):
        example = cut(printable(next(iter(ids))))
        raise BadInput(
            f"labels must have the paths of images in {source.name}, such as {example}, got {len(strange):,} of "
            f"{len(rows):,} that are none: {listed(strange.unique().tolist())} (the first in line {strange.index[0]} "
            f"of {printable(path)}); correct them or leave them out"
        )
    strange = rows["proposed"][~rows["proposed"].isin(["", *source.class_names])]
    if len(strange):
        raise BadInput(
            f"labels must be among {listed(source.class_names)}, got {listed(strange.unique().tolist())} for "
            f"{len(strange):,} of {len(rows):,} images, the first in line {strange.index[0]} of {printable(path)}; "
            "correct them"
        )


def _are_in(paths: "pd.Series[str]", known: Container[str]) -> npt.NDArray[np.bool_]:
    # Not isin, which takes seconds to look through a million ids.
    return np.fromiter((path in known for path in paths), bool, len(paths))


def _refuse_two_proposals(rows: pd.DataFrame, path: Path) -> None:
    several = rows.drop_duplicates(["path", "meant"])
    several = several[several["path"].duplicated(keep=False)]
    if len(several):
        twice = several.groupby("path", sort=False)["meant"].agg(" and ".join)
        told_of = listed([f"{name} ({labels})" for name, labels in twice.items()])
        raise BadInput(
            f"labels must give each image one label, got {len(twice):,} with several: {told_of} in {printable(path)}; "
            "keep one row of each"
        )


def _refuse_another_state(rows: pd.DataFrame, path: Path) -> None:
    """Refuse what was written when the source had other labels, but what is as proposed already."""
    other = rows[(rows["said"] != "") & (rows["said"] != rows["own"]) & (rows["own"] != rows["proposed"])]
    if len(other):
        first = other.iloc[0]
        raise BadInput(
            f"labels must have in the column label what the source has, got another for {len(other):,} of "
            f"{len(rows):,} images: the first is {cut(printable(first['path']))}, {first['said']} in line "
            f"{other.index[0]} of {printable(path)} and {first['own']} in the source; the file is of another state of "
            "it: write it again"
        )


def _relabelled(source: Source, changed: pd.DataFrame) -> pd.DataFrame:
    own = source.table["label"]
    numbers = changed["meant"].map({name: number for number, name in enumerate(source.class_names)})
    new = source.table["id"].map(dict(zip(changed["path"], numbers, strict=True)))
    return source.table.assign(label=new.fillna(own).astype("int64"), **{LABEL_BEFORE: own})


def _note(changed: pd.DataFrame, rows: int, path: Path) -> str:
    if not len(changed):
        return (
            f"labels corrected by {printable(path.name)}: none; the source has the labels of all {rows:,} images in it"
        )
    counts = Counter(zip(changed["own"], changed["meant"], strict=True))
    ways = listed([f"{count:,} {before} -> {now}" for (before, now), count in counts.most_common()])
    return f"labels corrected by {printable(path.name)}: {len(changed):,} ({ways})"
