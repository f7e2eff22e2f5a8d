"""Groups that near-copies make of images, beside and across those of the source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from steelyard.models.data.carve import Groups

PREFIX = "near-copies of "
"""What the name of a group begins with that the source does not know of."""

LARGEST_CLUSTER = 0.05
"""Share of the images up to which near-copies make a group: more of them are alike by nature, not copied."""

LARGEST_JOINED = 0.1
"""Share of the images that groups of the source may hold once joined: half of what one of five folds holds."""

PAIR = 2

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Together:
    """What became of near-copies; each cluster is the (n,) int64 rows of its images, ascending.

    Attributes:
        groups: (N,) str, name of the group of each image; "" where it stands alone.
        kept: clusters whose images have one group now.
        joined: those of them that lie across groups of the source, which are one now.
        parted: clusters across groups of the source that would be too large together, and stay as they are.
        alike: clusters of too many images.
    """

    groups: Groups
    kept: tuple[Rows, ...] = ()
    joined: tuple[Rows, ...] = ()
    parted: tuple[Rows, ...] = ()
    alike: tuple[Rows, ...] = ()


def together(first: Rows, groups: Groups, ids: Sequence[str]) -> Together:
    """Give near-copies one group; what is in no cluster keeps its group, or stays alone.

    An image alone that is a near-copy of one in a group of the source joins that group; groups of the source that share
    a near-copy become one, unless this one would be too large.

    Args:
        first: (N,) int64, row of the first image of each image's cluster (``models.data.near_copies.clusters``).
        groups: (N,) str, of the source.
        ids: N, by which groups are named that the source does not know of.
    """
    clusters = [rows for rows in _members(first) if len(rows) > 1]
    most = max(PAIR, int(LARGEST_CLUSTER * len(first)))
    small = [rows for rows in clusters if len(rows) <= most]
    parted = _too_large_together(small, groups)
    left = {int(rows[0]) for rows in parted}
    kept = [rows for rows in small if int(rows[0]) not in left]
    return Together(
        groups=_renamed(kept, groups, ids),
        kept=tuple(kept),
        joined=tuple(rows for rows in kept if len(_named(rows, groups)) >= PAIR),
        parted=tuple(parted),
        alike=tuple(rows for rows in clusters if len(rows) > most),
    )


def named(names: Iterable[str]) -> set[str]:
    """The groups of the source among the names of groups."""
    return {name for name in names if name and not name.startswith(PREFIX)}


def _members(codes: Rows) -> list[Rows]:
    """Rows of each code, those of the lowest first."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def _too_large_together(clusters: Sequence[Rows], groups: Groups) -> list[Rows]:
    """Clusters across groups that, with all that other clusters join to them, would be too large."""
    wholes, most = _wholes(clusters, groups), max(PAIR, int(LARGEST_JOINED * len(groups)))
    sizes = np.bincount(wholes)
    return [rows for rows in clusters if sizes[wholes[rows[0]]] > most and len(_named(rows, groups)) >= PAIR]


def _renamed(clusters: Sequence[Rows], groups: Groups, ids: Sequence[str]) -> Groups:
    new, wholes = groups.copy(), _wholes(clusters, groups)
    touched = {int(wholes[rows[0]]) for rows in clusters}
    for rows in _members(wholes):
        if int(wholes[rows[0]]) in touched:
            # As ``block-1 + block-7``.
            new[rows] = " + ".join(_named(rows, groups)) or f"{PREFIX}{ids[rows[0]]}"
    return new


def _wholes(clusters: Sequence[Rows], groups: Groups) -> Rows:
    """(N,) int64 code of what each image is one with, where all clusters and all groups are whole."""
    size, leads = len(groups), dict[str, int]()
    ties = [(row, leads.setdefault(name, row)) for row, name in enumerate(groups.tolist()) if name]
    ties += [(int(row), int(rows[0])) for rows in clusters for row in rows]
    one, other = np.array(ties, dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(one), bool), (one, other)), (size, size))
    codes: Rows = connected_components(graph, False)[1].astype(np.int64)
    return codes


def _named(rows: Rows, groups: Groups) -> list[str]:
    """Names of the groups that rows are in, in the order of the rows."""
    return [name for name in dict.fromkeys(groups[rows].tolist()) if name]
