"""Near-copies among the images of a set: one group for them, and what whoever uses the set should know of it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.near_copies import clusters, hashes
from steelyard.models.data.near_groups import LARGEST_CLUSTER, LARGEST_JOINED, Together, together
from steelyard.models.data.partition import without_duplicates

Rows = npt.NDArray[np.int64]


def with_near_copies_together(table: pd.DataFrame, images: Path) -> tuple[pd.DataFrame, list[str]]:
    """The table of an image set with near-copies in one group each, and a line for whatever is worth knowing of them.

    Exact copies, all but one of which no part holds, keep the group that their source gives them.

    Args:
        table: as in ``models.data.image_set``.
        images: ``.npy`` file of the images of its rows.
    """
    rows = without_duplicates(table, np.arange(len(table)))
    kept = table.iloc[rows]
    found = clusters(hashes(np.load(images, mmap_mode="r"), rows))
    made = together(found, kept["group"].to_numpy(), kept["id"].tolist())
    groups = table["group"].to_numpy().copy()
    groups[rows] = made.groups
    return table.assign(group=groups), _notes(made, kept)


def _notes(made: Together, table: pd.DataFrame) -> list[str]:
    notes = []
    if made.kept:
        notes.append(f"near-copies, kept together where parts are drawn: {_counted(made.kept, table)}")
    if made.joined:
        notes.append(f"near-copies across groups: {_counted(made.joined, table, 'group')}; these groups are one now")
    if made.parted:
        notes.append(
            f"near-copies across groups: {_counted(made.parted, table, 'group')}; their groups stay, which would hold "
            f"more than {LARGEST_JOINED:.0%} of the images as one: what is measured is too good where they part"
        )
    if made.alike:
        notes.append(
            f"images that look alike: {_counted(made.alike, table)}; a cluster of more than {LARGEST_CLUSTER:.0%} of "
            "the images is not kept together"
        )
    return notes + _across_parts((*made.kept, *made.parted, *made.alike), table)


def _across_parts(found: Sequence[Rows], table: pd.DataFrame) -> list[str]:
    splits, told = table["split"].to_numpy(), []
    for part in ("test", "val"):
        learnt = [rows for rows in found if (~np.isin(splits[rows], ("val", "test"))).any()]
        if copied := sum(int(np.sum(splits[rows] == part)) for rows in learnt):
            told.append(f"{copied:,} of {np.sum(splits == part):,} images of {part}")
    if not told:
        return []
    return [f"near-copies across parts of the source, which stay: {' and '.join(told)} have one in train"]


def _counted(found: Sequence[Rows], table: pd.DataFrame, told: str = "") -> str:
    """``10 images in 5 clusters, such as a.png and b.png``, each with its group if that is told."""
    images, first = sum(map(len, found)), table.iloc[_two(found[0], table, told)]
    names = [f"{row['id']} ({told} {row[told]})" if told else row["id"] for _, row in first.iterrows()]
    clusters = f"{len(found):,} cluster{'s' * (len(found) > 1)}"
    return f"{images:,} images in {clusters}, such as {' and '.join(names)}"


def _two(rows: Rows, table: pd.DataFrame, told: str) -> Rows:
    """The first of a cluster, and the next one, or the next in another group."""
    if not told:
        return rows[:2]
    of = table[told].to_numpy()[rows]
    named = np.flatnonzero(of != "")
    other = named[of[named] != of[named[0]]]
    return rows[[named[0], other[0]]]
