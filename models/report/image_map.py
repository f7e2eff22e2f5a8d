"""Images as points of a map: what a backbone finds alike lies close."""

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from steelyard.models.train.principal_axes import alike

MAPPED = 3000
"""Images that a map is made of."""

SHOWN = 1500
"""Images that are shown of it."""

LEAST = 30
"""Images of which a map says something."""

AXES, PERPLEXITY, ITERATIONS, NEIGHBOURS = 50, 30, 400, 5

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


def drawn(rows: Rows, most: int) -> Rows:
    """At most so many of (n,) rows, ascending, the same ones each time."""
    some = np.random.default_rng(0).permutation(rows)[:most]
    return np.sort(some)


def laid_out(features: Floats, widths: tuple[int, ...]) -> Floats:
    """Places of images, by t-SNE of the first principal axes of their features.

    Of ELPV's 2,624 images it keeps 99.7 % of who is near whom (trustworthiness of the 10 nearest), of which the first
    two principal axes keep 90 % and the score with the first axis 83 %; 400 iterations take 4 s on one core.

    Args:
        features: (n, D) float32, n >= ``LEAST``.
        widths: features of each group that counts as much as each other; their sum is D.

    Returns:
        (n, 2) float32; the same on every run, as one thread adds up.

    Source:
        van der Maaten 2014, "Accelerating t-SNE using tree-based algorithms".
    """
    # It takes a second to import, which whoever only plans need not wait for.
    from sklearn.manifold import TSNE

    found = TSNE(
        2, init="pca", perplexity=PERPLEXITY * min(1, len(features) / 100), max_iter=ITERATIONS, random_state=0
    )
    with threadpool_limits(1, user_api="openmp"):
        places: Floats = found.fit_transform(_reduced(features, widths))
    return places


def placed(known: Floats, places: Floats, new: Floats, widths: tuple[int, ...]) -> Floats:
    """(k, 2) where other images would lie on a map: amid the images most like them.

    From (n, D) features of the images on the map, their (n, 2) places, and (k, D) features of the others.
    """
    from sklearn.neighbors import NearestNeighbors

    reduced = _reduced(np.concatenate([known, new]), widths)
    nearest = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(reduced[: len(known)])
    found: Floats = places[nearest.kneighbors(reduced[len(known) :], return_distance=False)].mean(axis=1)
    return found


def _reduced(features: Floats, widths: tuple[int, ...]) -> Floats:
    """(n, ``AXES``) principal axes of standardised features, each layer of the backbone with an equal say."""
    from sklearn.decomposition import PCA

    scale = features.std(axis=0)
    standard = (features - features.mean(axis=0)) / np.where(scale > 0, scale, 1) * alike(widths).numpy()
    most = min(AXES, *standard.shape)
    reduced: Floats = PCA(most, svd_solver="randomized", random_state=0).fit_transform(standard.astype(np.float32))
    return reduced
