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
