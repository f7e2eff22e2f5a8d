"""Clusters of images that are nearer to each other than to any other image, by features alone."""

from collections.abc import Iterator
from math import inf

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from steelyard.models.data.carve import Groups
from steelyard.models.findings.grouping import unit_codes

Coordinates = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
Neighbours = npt.NDArray[np.int64]
Edges = tuple[npt.NDArray[np.float64], Labels, Labels]

APART = 1.2
"""The way to the nearest image outside, in the longest step inside (``tests/benchmarks/planted_series.py``)."""

LEAST = 3
"""Images of a cluster: of two images each may be the other's nearest by chance."""

LARGEST = 0.1
"""Share of all images that a cluster holds at most."""

HELD = 0.9
"""Share of its images whose nearest is in their group already, from which on groups tell a cluster apart."""

CLASS = 0.9
"""Share of a class from which on a cluster is that class."""

PREFIX = "look-alikes-"

PIECE = 4096
"""Rows whose distances are measured at a time."""


def feature_clusters(coordinates: Coordinates, neighbours: Neighbours, labels: Labels, current: Groups) -> Groups:
    """(N,) str, name of the cluster that each image is in; "" where it is in none.

    Images are joined in the order of their distances (single linkage). A cluster is what then waits long for its next
    image: images of one series, in coordinates of many axes, where those that stand alone are all about as far from
    each other. What groups hold together already, or is a whole class, is no cluster.

    Args:
        coordinates: (N, r) float32, along principal axes.
        neighbours: (N, k) int64, rows of the images nearest to each, itself left out, the nearest first.
        labels: (N,) int64 in [0, K).
        current: (N,) str; "" where an image stands alone.
    """
    names, known, sizes = np.full(len(labels), "", dtype=object), unit_codes(current), np.bincount(labels)
    together = known[neighbours[:, 0]] == known
    for rows in _clusters(len(labels), int(LARGEST * len(labels)), _edges(coordinates, neighbours)):
        if together[rows].mean() < HELD and not _is_class(labels[rows], sizes):
            names[rows] = f"{PREFIX}{min(rows)}"
    return names


def _is_class(inside: Labels, sizes: Labels) -> bool:
    """Whether nearly all images of a class are inside."""
    present, counts = np.unique(inside, return_counts=True)
    return bool(np.any(counts >= CLASS * sizes[present]))


def _edges(coordinates: Coordinates, neighbours: Neighbours) -> Edges:
    """Lengths, and both ends, of the shortest tree along neighbours, the shortest first; a forest where they part."""
    size, k = neighbours.shape
    lengths = np.concatenate(
        [
            np.linalg.norm(coordinates[neighbours[at : at + PIECE]] - coordinates[at : at + PIECE, None], axis=2)
            for at in range(0, size, PIECE)
        ]
    )
    # A sparse matrix knows no length of 0.
    values = lengths.ravel().astype(np.float64) + 1e-9
    graph = csr_array((values, neighbours.ravel(), np.arange(0, size * k + 1, k)), shape=(size, size))
    tree = minimum_spanning_tree(graph).tocoo()
    order = np.argsort(tree.data, kind="stable")
    return tree.data[order], tree.row[order].astype(np.int64), tree.col[order].astype(np.int64)


def _clusters(size: int, most: int, edges: Edges) -> Iterator[list[int]]:
    """Rows of each cluster; where one lies in another the larger counts."""
    root, longest = list(range(size)), [0.0] * size
    members: list[list[int]] = [[row] for row in range(size)]
    kept: list[list[list[int]]] = [[] for _ in range(size)]

    def close(at: int, length: float) -> None:
        if LEAST <= len(members[at]) <= most and length >= APART * longest[at]:
            kept[at] = [list(members[at])]

    for length, one, other in zip(*(column.tolist() for column in edges), strict=True):
        ends = sorted({_root(root, one), _root(root, other)}, key=lambda at: -len(members[at]))
        for at in ends:
            close(at, length)
        large, small = ends
        root[small], longest[large] = large, length
        members[large] += members[small]
        kept[large] += kept[small]
    for at in {_root(root, row) for row in range(size)}:
        close(at, inf)
        yield from kept[at]


def _root(root: list[int], at: int) -> int:
    while root[at] != at:
        root[at] = at = root[root[at]]
    return at
