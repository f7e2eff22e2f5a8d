"""Small random features and what a head is trained on: as ``tasks.workers.trial_process`` makes it, without a disk."""

import numpy as np
import numpy.typing as npt
import torch

from steelyard.models.data.carve import fold
from steelyard.models.train.principal_axes import Basis, axes_of, turned

Features = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


def features_of(labels: Rows, width: int = 12, seed: int = 0, apart: float = 1.0) -> Features:
    """(N, width) float32, each of another mean and scale, and of classes that overlap."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, apart, (int(labels.max()) + 1, width))
    found = centres[labels] + rng.normal(0, 1.5, (len(labels), width))
    return (found * rng.uniform(0.1, 5, width) + rng.normal(0, 10, width)).astype(np.float32)


def basis_of(features: Features, rows: Rows, labels: Rows, groups: npt.NDArray[np.object_] | None = None) -> Basis:
    """Of train.

    Args:
        features: (N, D).
        rows: (n,) of train.
        labels: (N,).
        groups: (N,) str; None where each image stands alone.
    """
    axes = axes_of(features, rows)
    folds = fold(rows, labels, np.full(len(labels), "", dtype=object) if groups is None else groups)
    along = torch.cat(list(turned(features, rows, axes)))
    return Basis(axes, along, torch.from_numpy(rows), torch.from_numpy(labels[rows]), torch.from_numpy(folds))
