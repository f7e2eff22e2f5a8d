"""Carving a share off a set of rows: stratified by class, groups kept whole."""

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Counts = npt.NDArray[np.float64]
Groups = npt.NDArray[np.object_]

FOLDS = 5
"""Parts of train that take turns in choosing the strength of a penalty, and of all images where they take turns."""


def carve(rows: Rows, labels: Rows, groups: Groups, share: float, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Carve a random share off, each class by that share as nearly as whole groups allow.

    Groups are visited in random order, until none moves: one is taken, or put back, if that brings the class counts
    nearer to the share. Images without a group are groups of one, so without groups each class is carved to the
    rounded share exactly.

    Args:
        rows: (n,) int64, what is carved.
        labels: (N,) int64 in [0, K) at ``rows``.
        groups: (N,) str; "" where an image stands alone.
        share: in (0, 1).
        rng: source of the order.

    Returns:
        The rest and the carved rows, both ascending.
    """
    members = _members(rows, groups)
    classes = int(labels[rows].max(initial=1)) + 1
    counts = np.array([np.bincount(labels[m], minlength=classes) for m in members], dtype=np.float64)
    total = np.maximum(counts.sum(axis=0), 1)
    target = np.maximum(np.round(share * total), 1)
    chosen = _nearest(counts, target, total, rng.permutation(len(members)))
    carved = np.sort(np.concatenate([rows[:0], *(members[index] for index in chosen)]))
    return np.setdiff1d(rows, carved), carved


def fold(rows: Rows, labels: Rows, groups: Groups, folds: int = FOLDS, rng: np.random.Generator | None = None) -> Rows:
    """Which of some parts each row is in, stratified, groups kept whole; a pure function of its arguments.

    Args:
        rows: (n,) int64.
        labels: (N,) int64 in [0, K) at ``rows``.
        groups: (N,) str; "" where an image stands alone.
        folds: at most so many.
        rng: source of the order; None for always the same.

    Returns:
        (n,) int64 in [0, F), F at most ``folds``: fewer where groups are fewer, 1 where a single group has all.
    """
    rng, rest, carved = rng or np.random.default_rng(0), rows, []
    for left in range(folds, 1, -1):
        if len(rest):
            rest, part = carve(rest, labels, groups, 1 / left, rng)
            carved.append(part)
    parts = [part for part in (*carved, rest) if len(part)]
    found = np.empty(len(rows), np.int64)
    for number, part in enumerate(parts):
        found[np.searchsorted(rows, part)] = number
    return found


def _nearest(counts: Counts, target: Counts, total: Counts, order: Rows) -> Rows:
    """Groups whose summed counts no single group, taken or put back, brings nearer to the target."""
    taken, missing, moved = np.zeros(len(counts), dtype=bool), target, True
    while moved and missing.any():
        moved = False
        for index in order:
            after = missing + (counts[index] if taken[index] else -counts[index])
            if np.sum((after / total) ** 2) < np.sum((missing / total) ** 2):
                taken[index], missing, moved = not taken[index], after, True
    return np.flatnonzero(taken)


def _members(rows: Rows, groups: Groups) -> list[Rows]:
    """Rows of each group, groups in order of their first row."""
    together: dict[object, list[int]] = {}
    for row in rows.tolist():
        together.setdefault(groups[row] or row, []).append(row)
    return [np.array(group, dtype=np.int64) for group in together.values()]
