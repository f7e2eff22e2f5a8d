"""The images of bootstrap samples, dealt out to folds anew in each."""

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.floating]
Groups = npt.NDArray[np.int64]
Drawn = npt.NDArray[np.integer]
"""(b, m) the images of each of b samples, by their place; -1 where a sample has fewer than m."""


def deal(
    own: npt.NDArray[np.integer],
    weights: tuple[Weights, Weights],
    groups: Groups | None,
    folds: int = 1,
    rng: np.random.Generator | None = None,
) -> list[Drawn]:
    """The images of b samples in each of F folds, groups whole and positives spread evenly.

    Args:
        own: (n,) 1 for a positive, else 0.
        weights: (p, b) and (q, b), how often each positive and each negative is in each sample, as many groups in each.
        groups: (n,) code of the group of each image, from 0 on; None where each stands alone.
        folds: F.
        rng: of who comes into which fold; may be None of one.
    """
    units = np.arange(len(own)) if groups is None else groups
    times = np.zeros((int(units.max()) + 1, weights[0].shape[1]), np.int32)
    times[units[own == 1]], times[units[own != 1]] = weights
    samples = times.shape[1]
    drawn = np.repeat(np.tile(np.arange(len(times), dtype=np.int32), samples), times.T.ravel()).reshape(samples, -1)
    if folds > 1 and rng is not None:
        positives = np.bincount(units, weights=own)
        order = np.argsort(positives[drawn] + rng.random(drawn.shape), axis=1)
        drawn = np.take_along_axis(drawn, order, axis=1)
        if groups is not None:  # One that is there twice is not to be in two folds that follow one another.
            blocks = [drawn[:, start : start + folds] for start in range(0, drawn.shape[1], folds)]
            drawn = np.concatenate([rng.permuted(block, axis=1) for block in blocks], axis=1)
    parts: list[Drawn] = [drawn[:, fold::folds] for fold in range(folds)]
    return parts if groups is None else [_images(part, groups) for part in parts]


def _images(drawn: Drawn, groups: Groups) -> Drawn:
    """The images of (b, g) groups."""
    by_group, sizes = np.argsort(groups, kind="stable"), np.bincount(groups)
    starts, lengths = np.cumsum(sizes) - sizes, sizes[drawn]
    each, of_row = lengths.ravel(), lengths.sum(axis=1)
    within = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    images = by_group[np.repeat(starts[drawn].ravel(), each) + within]
    found = np.full((len(drawn), of_row.max()), -1, np.int32)
    found[np.arange(found.shape[1]) < of_row[:, None]] = images
    return found
