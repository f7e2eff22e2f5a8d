"""Groups of images as codes, and two ways of grouping as one."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from steelyard.models.data.carve import Groups

Codes = npt.NDArray[np.int64]


def group_codes(names: npt.NDArray[np.generic]) -> Codes:
    """(N,) int64 code of the group of each image, from 0 on as they first come; -1 where it is called ""."""
    codes = np.full(len(names), -1, np.int64)
    named = names != ""
    codes[named] = pd.factorize(names[named])[0]
    return codes


def unit_codes(names: npt.NDArray[np.generic]) -> Codes:
    """(N,) int64, a code for each group and one for each image alone."""
    codes = group_codes(names)
    return np.where(codes < 0, len(codes) + np.arange(len(codes)), codes)


def alike(*columns: Codes) -> Codes:
    """(N,) int64, for each image how many have the same codes as it has in all columns, itself included."""
    both = columns[0]
    for column in columns[1:]:
        both = pd.factorize(both * (column.max() + 2) + column + 1)[0].astype(np.int64)
    return np.bincount(both)[both]


def share_pairs(one: Groups, other: Groups) -> float:
    """The larger share, in [0, 1], of the pairs of images in one group by one way that are so by the other too.

    Args:
        one: (N,) str; "" where an image stands alone.
        other: (N,) str, likewise.
    """
    codes = unit_codes(one), unit_codes(other)
    pairs = min(int(np.sum(alike(of) - 1)) for of in codes)
    return float(np.sum(alike(*codes) - 1)) / max(1, pairs)


def joined(one: Groups, other: Groups) -> Groups:
    """(N,) str, names of groups in which those of both ways are whole; "" where an image stands alone in both.

    Args:
        one: (N,) str; "" where an image stands alone.
        other: (N,) str, likewise.
    """
    size = len(one)
    units = [np.unique(unit_codes(names), return_inverse=True)[1] for names in (one, other)]
    edges = np.concatenate([size + units[0], size + units[0].max(initial=0) + 1 + units[1]])
    nodes = int(edges.max(initial=0)) + 1
    graph = coo_array((np.ones(2 * size, bool), (np.tile(np.arange(size), 2), edges)), (nodes, nodes))
    wholes = connected_components(graph, directed=False)[1][:size]
    return np.where((one == "") & (other == ""), "", wholes.astype(str)).astype(object)
