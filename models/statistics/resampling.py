"""Bootstrap samples of images or of their groups, and how often the images that a threshold calls are in each."""

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.integer]
Groups = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float32]
Values = npt.NDArray[np.float64]

SAMPLES = 400
"""Bootstrap samples, of which only variances are taken: half an interval's width is then known to 4 %."""

LEAST, WEIGHTS = 100, 40_000_000
"""Samples at least, and weights of all samples together, which bound the memory of very many images."""


def samples_of(images: int) -> int:
    """Return how many samples are drawn of so many images."""
    return int(np.clip(WEIGHTS // max(1, images), LEAST, SAMPLES))


def draw(labels: Labels, groups: Groups | None, within_classes: bool, seed: int = 0) -> Weights:
    """Draw bootstrap samples of images.

    Args:
        labels: (n,) int; where there are two values, both stay present in each sample.
        groups: (n,) code of each image's group, from 0 on, drawn whole; None where each image is drawn alone.
        within_classes: whether each class is drawn alone and keeps its number of images, as where what is measured
            does not depend on their shares.
        seed: of the draws.

    Returns:
        (n, B) float32, how often each image is in each of B samples.

    Source:
        Efron & Tibshirani 1993, "An introduction to the bootstrap", chapter 8; groups as in Field & Welsh 2007.
    """
    rng, samples, classes = np.random.default_rng(seed), samples_of(len(labels)), np.unique(labels)
    if groups is None and within_classes:
        weights = np.empty((len(labels), samples), np.float32)
        for of in classes:
            rows = np.flatnonzero(labels == of)
            weights[rows] = _counts(len(rows), samples, rng)
        return weights
    units = np.arange(len(labels)) if groups is None else groups
    drawn = _counts(int(units.max()) + 1, samples, rng)
    # Of many classes a rare one may be missing from a sample; of two none may.
    needed = classes if len(classes) == 2 else classes[:0]
    members = [np.bincount(units[labels == of], minlength=len(drawn)).astype(np.float32) for of in needed]
    while members and (lacking := np.min([of @ drawn for of in members], axis=0) == 0).any():
        drawn[:, lacking] = _counts(len(drawn), int(lacking.sum()), rng)
    return drawn if groups is None else drawn[groups]


def _counts(size: int, samples: int, rng: np.random.Generator) -> Weights:
    drawn = rng.integers(0, size, (size, samples)) * samples + np.arange(samples)
    return np.bincount(drawn.ravel(), minlength=size * samples).reshape(size, samples).astype(np.float32)


def called_above(
    own: npt.NDArray[np.bool_], scores: Values, thresholds: Values, weights: Weights
) -> tuple[Values, Values]:
    """Count the positives and the negatives at or above each threshold in each sample.

    Args:
        own: (n,) which images are positive.
        scores: (n,) float64.
        thresholds: (k,) float64, falling.
        weights: (n, B).

    Returns:
        Two of (k, B) float64.
    """
    counted = []
    for part in (own, ~own):
        rows = np.flatnonzero(part)
        rows = rows[np.argsort(-scores[rows], kind="stable")]
        ends = np.searchsorted(-scores[rows], -thresholds, side="right")
        sums = np.zeros((len(thresholds), weights.shape[1]))
        starts = np.append(0, ends[:-1])
        filled = np.flatnonzero(ends > starts)
        if len(filled):
            sums[filled] = np.add.reduceat(weights[rows[: ends[-1]]], starts[filled], axis=0)
        counted.append(np.cumsum(sums, axis=0))
    return counted[0], counted[1]
