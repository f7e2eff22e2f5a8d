"""Whether images that look alike are in one group: the nearest neighbour of each, against chance."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from steelyard.models.data.carve import Groups
from steelyard.models.findings.grouping import alike, group_codes, unit_codes

Labels = npt.NDArray[np.int64]
Neighbours = npt.NDArray[np.int64]

NOISE = 4
"""Standard errors above chance from which on a share is not by chance: many groupings are tried."""


@dataclass(frozen=True)
class Nearest:
    """How often the nearest image of the same class is in the same group.

    Attributes:
        share: in [0, 1], of the images that are in a group and have such a neighbour.
        chance: in [0, 1], what it would be if groups were dealt at random within each class.
        images: how many these are.
    """

    share: float
    chance: float
    images: int

    @property
    def beyond_chance(self) -> float:
        """0 at chance, 1 where every neighbour is in the same group."""
        return (self.share - self.chance) / (1 - self.chance) if self.chance < 1 else 0.0

    @property
    def by_chance(self) -> bool:
        """Whether chance alone may say so."""
        error = np.sqrt(self.chance * (1 - self.chance) / max(1, self.images))
        return bool(self.share <= self.chance + NOISE * error)


def nearest(names: Groups, neighbours: Neighbours, labels: Labels, current: Groups) -> Nearest:
    """Compare the groups of neighbours that are not together already.

    Args:
        names: (N,) str, the groups in question; "" where an image stands alone.
        neighbours: (N, k) int64, rows of the images nearest to each, itself left out, the nearest first.
        labels: (N,) int64 in [0, K).
        current: (N,) str, groups that are whole in any case; "" where an image stands alone.
    """
    codes, known = group_codes(names), unit_codes(current)
    fit = (labels[neighbours] == labels[:, None]) & (known[neighbours] != known[:, None])
    used = np.flatnonzero(fit.any(axis=1) & (codes >= 0))
    if not len(used):
        return Nearest(0.0, 0.0, 0)
    partners = neighbours[used, fit[used].argmax(axis=1)]
    chance = _chances(codes, known, labels)[used].mean()
    return Nearest(float(np.mean(codes[used] == codes[partners])), float(chance), len(used))


def _chances(codes: Labels, known: Labels, labels: Labels) -> npt.NDArray[np.float64]:
    """(N,) for each image, the share of its group among the others of its class that it is not together with."""
    others = alike(labels) - alike(labels, known)
    of_group = alike(labels, codes) - alike(labels, codes, known)
    return np.asarray(of_group / np.maximum(1, others), np.float64)
