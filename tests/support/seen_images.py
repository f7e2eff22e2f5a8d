"""Features of images whose classes lie apart, and their groups: what findings that need heads are tested on."""

import numpy as np
import numpy.typing as npt

from steelyard.models.findings.heads import Seen, seen

Labels = npt.NDArray[np.int64]
WIDTHS = (24,)


def features(labels: Labels, apart: float, seed: int = 0) -> npt.NDArray[np.float32]:
    """(n, 24) float32; of each class another direction is ``apart`` standard deviations higher."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(len(labels), WIDTHS[0])) + apart * np.eye(WIDTHS[0])[labels]).astype(np.float32)


def looked(values: npt.NDArray[np.float32], labels: Labels, groups: list[str] | None = None) -> Seen:
    names = np.array(groups or [""] * len(labels), dtype=object)
    return seen(values, np.arange(len(labels)), WIDTHS, labels, names, int(labels.max()) + 1)
