"""Near-copies: images that are the same but for compression, size, brightness, contrast or a little noise.

Each image is hashed to a few whole numbers, and two are near where these differ by little. All arithmetic is of whole
numbers, so that every machine finds the same.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

GRID = 8
"""Cells per side that an image is reduced to; fewer where it has fewer pixels."""

LENGTH = 2048
"""Of each hash as a vector: dot products stay below 2 ** 24, up to which float32 holds every whole number."""

LIMIT = 8
"""Two hashes are near where they are at most a LIMIT-th of their length apart (``tests/benchmarks/near_copies.py``)."""

LEAST_DETAIL = 2
"""Grey levels, of 255, by which the cells of an image must deviate: flat images look alike and say nothing."""

LEVEL = 16
"""Steps that a grey level is counted in, so that means of cells need no fractions."""

GREY = (77, 150, 29)
"""Of 256, how much red, green and blue make of grey (ITU-R BT.601)."""

PIECE = 2**23
"""Pixels, or distances, that are held at a time."""

BLOCK = 512
"""Images that are compared with the others at a time: in more, the windows of first and last differ too much."""

Pixels = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.int16]


def hashes(images: Pixels, rows: Rows) -> Hashes:
    """What each image shows in coarse, as whole numbers: (n, G) int16 of length ``LENGTH``, or all 0 without detail.

    Means of cells, less the image's own mean, less what it shares with the mean image of the set: what all images show,
    such as a frame, a mount or a shadow, says nothing of whether two are copies.

    Args:
        images: (N, H, W, 1 or 3) uint8, usually a memory map; a piece of it is held at a time.
        rows: (n,) int64, which of them.
    """
    cells = _cells(images, rows)
    cells -= cells.sum(axis=1, keepdims=True) // cells.shape[1]
    mean = cells.sum(axis=0) // max(1, len(rows))
    own = cells - mean * (cells @ mean)[:, None] // max(1, int(mean @ mean))
    power = np.sum(own**2, axis=1, keepdims=True)
    # The root of a whole number below 2 ** 52 is rounded alike everywhere (IEEE 754), and so is its whole part.
    root = np.maximum(1, np.sqrt(power).astype(np.int64))
    detailed = power >= cells.shape[1] * (LEAST_DETAIL * LEVEL) ** 2
    return np.where(detailed, (own * LENGTH + root // 2) // root, 0).astype(np.int16)


def clusters(found: Hashes) -> Rows:
    """Which images are near-copies of each other, directly or by way of others: (n,) int64, the first of its cluster.

    An image that is no near-copy is the first of its own. What is found does not depend on the order of the images.

    Args:
        found: (n, G) int16, as ``hashes`` makes them.
    """
    first = np.arange(len(found))
    rows = np.flatnonzero(found.any(axis=1))
    if len(rows) < 2:
        return first
    widest = np.argmax(np.var(found[rows], axis=0))
    rows = rows[np.argsort(found[rows, widest], kind="stable")]
    for one, other in _near(found[rows].astype(np.float32), int(widest)):
        first = _joined(first, rows[one], rows[other])
    return first


def _cells(images: Pixels, rows: Rows) -> Rows:
    """(n, G) int64, mean grey of each cell of each image, in steps of a level."""
    _, height, width, channels = images.shape
    cells = np.empty((len(rows), min(GRID, height) * min(GRID, width)), np.int64)
    size = max(1, PIECE // (height * width * channels))
    weights = np.array(GREY if channels == 3 else (256,))
    for start in range(0, len(rows), size):
        # A slice of a memory map is read without a copy, a list of rows is not.
        piece = rows[start : start + size]
        whole = piece[-1] - piece[0] + 1 == len(piece)
        sums, areas = _sums(images[piece[0] : piece[-1] + 1] if whole else images[piece])
        cells[start : start + size] = (LEVEL * (sums @ weights) // (256 * areas)).reshape(len(piece), -1)
    return cells


def _sums(images: Pixels) -> tuple[Rows, Rows]:
    """Sums over each cell, (n, rows, columns, C), and how many pixels it has, (rows, columns)."""
    tops, lefts = (_edges(side) for side in images.shape[1:3])
    bands = [images[:, top:bottom].sum(axis=1, dtype=np.uint32) for top, bottom in pairwise(tops)]
    sums = np.add.reduceat(np.stack(bands, axis=1), lefts[:-1], axis=2).astype(np.int64)
    return sums, np.diff(tops)[:, None] * np.diff(lefts)


def _edges(side: int) -> Rows:
    cells = min(GRID, side)
    return np.arange(cells + 1) * side // cells


def _near(found: npt.NDArray[np.float32], widest: int) -> Iterator[tuple[Rows, Rows]]:
    """Pairs of near hashes, block by block, of hashes in the order of their number at ``widest``.

    Where two differ too much in a single number they do so in all: each block is compared with a window of the rest.
    All numbers are whole and below 2 ** 24, so that floats add them up exactly, in whatever order.
    """
    longest, squares = LENGTH**2 // LIMIT**2, np.einsum("ng,ng->n", found, found)
    ends = np.searchsorted(found[:, widest], found[:, widest] + np.float32(LENGTH // LIMIT), side="right")
    size = max(1, min(BLOCK, PIECE // len(found)))
    for start in range(0, len(found), size):
        block, others = found[start : start + size], found[start : ends[start : start + size][-1]]
        products = (block @ others.T).ravel()
        # Lengths are all but equal, so that few products come this high, and only these are looked at one by one.
        high = np.flatnonzero(products >= squares.min() - longest / 2)
        one, other = high // len(others) + start, high % len(others) + start
        near = (one < other) & (squares[one] + squares[other] - 2 * products[high] <= longest)
        yield one[near], other[near]


def _joined(first: Rows, one: Rows, other: Rows) -> Rows:
    """The first of each image's cluster, once pairs of images are joined too."""
    new = first[one] != first[other]
    if not new.any():
        return first
    size, edges = len(first), (first[one[new]], first[other[new]])
    number, cluster = connected_components(coo_array((np.ones(len(edges[0]), bool), edges), (size, size)), False)
    least = np.full(number, size)
    np.minimum.at(least, cluster, np.arange(size))
    joined: Rows = least[cluster[first]]
    return joined
