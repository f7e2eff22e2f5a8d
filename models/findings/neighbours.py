"""The images nearest to each, by their features."""

import numpy as np
import numpy.typing as npt

from steelyard.models.findings.heads import Seen

AXES, POWER = 64, 0.5
"""Along which images are compared, and to which the variance along each is divided out: the best of nine on three sets.

So few axes that all pairs of 100,000 images are compared in a minute, and no approximate index is needed.
"""

COUNT = 10

Rows = npt.NDArray[np.int64]


def directions(of: Seen) -> npt.NDArray[np.float32]:
    """(n, r) float32 of length 1, by which images are compared: their dot product is how similar two are."""
    axes = of.coordinates[:, :AXES] / of.basis.axes.variances[:AXES].numpy() ** (POWER / 2)
    if not axes.shape[1]:  # All features are the same.
        return np.zeros((len(axes), 1), np.float32)
    return np.asarray(axes / np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-12), np.float32)


def nearest(axes: npt.NDArray[np.float32], count: int = COUNT) -> Rows:
    """(n, k) places of the images with the most similar direction, nearest first, itself left out; k at most n - 1."""
    # Those who only plan a sweep need not wait for it.
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=min(count, len(axes) - 1), algorithm="brute").fit(axes)
    # Asked without images, it leaves out each image itself.
    return np.asarray(found.kneighbors(return_distance=False), dtype=np.int64)


def nearest_of_class(axes: npt.NDArray[np.float32], places: Rows, of_class: Rows, labels: Rows) -> Rows:
    """(m,) for each place the nearest image of a class, itself left out; -1 where there is none.

    Args:
        axes: (n, r) as ``directions`` gives them.
        places: (m,) int64 in [0, n).
        of_class: (m,) int64, the class that is looked for.
        labels: (n,) int64.
    """
    found = np.full(len(places), -1)
    for number, (place, label) in enumerate(zip(places.tolist(), of_class.tolist(), strict=True)):
        others = np.flatnonzero((labels == label) & (np.arange(len(labels)) != place))
        if len(others):
            found[number] = others[np.argmax(axes[others] @ axes[place])]
    return found


def elsewhere(near: Rows, groups: npt.NDArray[np.object_]) -> Rows:
    """(n,) the nearest image outside an image's own group; -1 where all of those near are in it.

    Args:
        near: (n, k) as ``nearest`` gives them.
        groups: (n,) str, "" for an image that stands alone.
    """
    outside = (groups[near] != groups[:, None]) | (groups[near] == "")
    first = near[np.arange(len(near)), outside.argmax(axis=1)]
    return np.where(outside.any(axis=1), first, -1)
