"""Images that come in series, as coordinates: each series has a look of its own, and classes differ a little."""

import numpy as np
import numpy.typing as npt

from steelyard.models.data.carve import Groups
from steelyard.models.findings.groups.proposal import Images

Labels = npt.NDArray[np.int64]


def in_series(
    seed: int = 0, series: int = 40, each: int = 12, look: float = 1.0, apart: float = 0.7
) -> tuple[Images, Labels]:
    """Images one series after the other, and the series of each; series are of one class each, in turn.

    Series lie ``look`` apart along each axis, against 0.5 by which images of one series do, and classes ``apart``
    along the first axis.
    """
    rng, of = np.random.default_rng(seed), np.repeat(np.arange(series), each)
    labels = of % 2
    x = look * rng.normal(size=(series, 24))[of] + rng.normal(size=(len(of), 24)) / 2
    x[:, 0] += apart * labels
    return images(x, labels), of


def images(x: npt.NDArray[np.float64], labels: Labels, groups: Groups | None = None) -> Images:
    """With the eight nearest of each, found by comparing every pair."""
    distances = np.linalg.norm(x[:, None] - x, axis=2)
    np.fill_diagonal(distances, np.inf)
    neighbours = np.argsort(distances, axis=1)[:, :8]
    alone = np.full(len(x), "", dtype=object)
    return Images(x.astype(np.float32), neighbours, labels, alone if groups is None else groups)


def called(codes: Labels, prefix: str = "") -> Groups:
    """Codes as names of groups."""
    return np.array([f"{prefix}{code}" for code in codes], dtype=object)
