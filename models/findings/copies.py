"""Images that are copies of each other, exact, near or but for a crop or a turn; and those that lie across parts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from steelyard.models.findings.look_alikes import Pairs

KINDS = ("exact", "near", "alike")
"""Equal pixels; equal but for compression, size or light (``models.data.near_copies``); but for a crop or a turn."""

Rows = npt.NDArray[np.int64]
Names = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Copies:
    """What is known of copies in a set of N images.

    Attributes:
        table: a row per image that has one: ``row`` in the set, ``cluster`` from 1 on, ``kind``; clusters across parts
            first, then those under several labels, then the largest.
        clusters: kind -> clusters that only it makes, the stronger kinds first.
        images: kind -> images in them.
        twins: (N,) bool, images that are tested and have a copy among those that taught.
        torn: clusters whose images have different labels.
    """

    table: pd.DataFrame
    clusters: dict[str, int]
    images: dict[str, int]
    twins: npt.NDArray[np.bool_]
    torn: int


def copies(digests: Names, rows: Rows, first: Rows, alike: Pairs, labels: Rows, parts: Names) -> Copies:
    """Put together what three ways of looking have found.

    Args:
        digests: (N,) str, equal for exact copies.
        rows: (n,) int64, of the images that the other two looked at: one of each set of exact copies.
        first: (n,) int64, place in ``rows`` of the first of each one's near-copies (``near_copies.clusters``).
        alike: pairs of places in ``rows``.
        labels: (N,) int64, -1 for an image that is not used, nor a copy of one that is.
        parts: (N,) str: the part of each image, or its fold, such as ``3``; "" for an image that is not used.
    """
    size = len(digests)
    exact = np.unique(digests, return_index=True, return_inverse=True)
    ties = {
        "exact": np.stack([np.arange(size), exact[1][exact[2]]]),
        "near": np.stack([rows, rows[first]]),
        "alike": np.stack([rows[alike.one], rows[alike.other]]),
    }
    twins = _twins(ties, parts)
    codes, kinds = np.arange(size), np.full(size, "", dtype=object)
    for kind in KINDS:
        codes = _joined(codes, ties[kind])
        kinds[(kinds == "") & (np.bincount(codes, minlength=size)[codes] > 1)] = kind
    return _told(codes, kinds, labels, parts, twins)


def _joined(codes: Rows, ties: Rows) -> Rows:
    size = len(codes)
    edges = np.concatenate([ties, np.stack([np.arange(size), codes])], axis=1)
    graph = coo_array((np.ones(edges.shape[1], bool), (edges[0], edges[1])), (size, size))
    number, cluster = connected_components(graph, False)
    least = np.full(number, size)
    np.minimum.at(least, cluster, np.arange(size))
    return np.asarray(least[cluster], dtype=np.int64)


def _twins(ties: dict[str, Rows], parts: Names) -> npt.NDArray[np.bool_]:
    """Images of test, or of a fold, with a copy in train, or in another fold. What is not used ties nothing.

    Exact and near-copies are copies of all in their cluster; look-alikes of those alone that they were compared with.
    """
    one, other = ties["alike"]
    found = np.zeros(len(parts), bool)
    for tested, taught in ((one, other), (other, one)):
        at, source = parts[tested], parts[taught]
        learnt = (at == "test") & (source == "train") | (_folds(at) & _folds(source) & (at != source))
        found[tested[learnt]] = True
    whole = _joined(_joined(np.arange(len(parts)), ties["exact"]), ties["near"])
    of = pd.DataFrame({"whole": whole, "train": parts == "train", "fold": pd.Series(parts).where(_folds(parts))})
    taught = of.groupby("whole")["train"].transform("any").to_numpy()
    elsewhere = (of.groupby("whole")["fold"].transform("nunique") > 1).to_numpy()
    return np.asarray(found | ((parts == "test") & taught) | (_folds(parts) & elsewhere))


def _folds(parts: Names) -> npt.NDArray[np.bool_]:
    return ~np.isin(parts, ("train", "val", "test", ""))


def _told(codes: Rows, kinds: Names, labels: Rows, parts: Names, twins: npt.NDArray[np.bool_]) -> Copies:
    # Copies that nobody uses say nothing of what is measured.
    used = np.isin(codes, codes[labels >= 0])
    rows = np.flatnonzero((kinds != "") & used)
    table = pd.DataFrame({"row": rows, "code": codes[rows], "kind": kinds[rows]})
    table = table.assign(label=labels[rows], part=parts[rows], twin=twins[rows])
    of = table.groupby("code")
    clusters = pd.DataFrame(
        {
            "size": of["row"].size(),
            "torn": of["label"].agg(lambda labels: labels[labels >= 0].nunique()) > 1,
            "across": of["twin"].any(),
            "kind": of["kind"].agg(lambda kinds: max(kinds, key=KINDS.index)),
        }
    ).sort_values(["across", "torn", "size"], ascending=False, kind="stable")
    number = pd.Series(np.arange(1, len(clusters) + 1), index=clusters.index)
    table = table.assign(cluster=table["code"].map(number)).sort_values(["cluster", "row"], ignore_index=True)
    of_kind = clusters.groupby("kind")["size"]
    return Copies(
        table=table[["row", "cluster", "kind"]],
        clusters={str(kind): int(count) for kind, count in of_kind.size().items()},
        images={str(kind): int(count) for kind, count in of_kind.sum().items()},
        twins=twins,
        torn=int(clusters["torn"].sum()),
    )
