"""Features in a few coordinates in which distances say how alike images look."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

AXES, POWER = 64, 0.5
"""Along which images are compared, and to which the variance along each is divided out: as ``findings.neighbours``."""

MORE, ROUNDS = 16, 3
"""Axes beyond those that are looked for, and rounds of the search: they make the last of them accurate."""

Features = npt.NDArray[np.floating]
Coordinates = npt.NDArray[np.float32]


class Space(NamedTuple):
    """Mean and scale of each feature, and the axes that standardised features are turned to: (D,), (D,) and (D, r)."""

    mean: Coordinates
    scale: Coordinates
    axes: Coordinates

    def of(self, features: Features) -> Coordinates:
        """(n, D) -> (n, r) float32."""
        return np.asarray((np.asarray(features, np.float32) - self.mean) / self.scale @ self.axes, np.float32)


def space(features: Features, widths: Sequence[int]) -> Space:
    """The leading principal axes of some features.

    Its result does not depend on the order of the images, so that a permutation test in it stays exact.

    Args:
        features: (N, D) float, N >= 2.
        widths: of the groups of features that count alike; their sum is D.

    Source:
        Halko, Martinsson & Tropp 2011, "Finding structure with randomness", algorithm 4.4.
    """
    exact = np.asarray(features, np.float32)
    mean, deviation = exact.mean(axis=0, dtype=np.float64), exact.std(axis=0, dtype=np.float64)
    # Layers of any width have the same variance in all.
    alike = np.concatenate([np.full(width, (exact.shape[1] / (len(widths) * width)) ** 0.5) for width in widths])
    scale = np.where(deviation > 1e-6 * np.abs(mean) + 1e-12, deviation, 1.0) / alike
    standard = (exact - mean.astype(np.float32)) / scale.astype(np.float32)
    sides = min(*exact.shape, AXES + MORE)
    start = np.random.default_rng(0).standard_normal((exact.shape[1], sides)).astype(np.float32)
    basis = np.linalg.qr(standard.T @ (standard @ start))[0]
    for _ in range(ROUNDS):
        basis = np.linalg.qr(standard.T @ (standard @ basis))[0]
    _, lengths, turns = np.linalg.svd(standard @ basis, full_matrices=False)
    kept = min(AXES, int(np.sum(lengths > 1e-4 * lengths[0])) or 1)
    variances = np.maximum(lengths[:kept].astype(np.float64) ** 2 / len(exact), 1e-12)
    axes = basis @ turns[:kept].T / variances ** (POWER / 2)
    return Space(mean.astype(np.float32), scale.astype(np.float32), axes.astype(np.float32))
