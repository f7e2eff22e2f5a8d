"""The parts of a variance: what images give, and what seeds or folds add beside it."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from steelyard.models.statistics.sampled import Sampled

MANY = 1e9
"""Degrees of freedom where none are lost: Student's distribution is then the normal one."""

KNOWN, LEARNED, HELD = 36, 0.15, -0.2
"""Of heads in folds, before their own folds are seen: that other training sets add 15 % to the variance that images
give, held as if so many more folds had shown it. To that of a metric which the thresholds hold at its limit they add
nothing; of images that stand alone samples even say 20 % too much of it, as thresholds are more ragged where an image
is there twice.
Chosen by the simulations of docs/statistics.md."""

ROUNDING = 1e-12
"""What a variance may be off by, in units of the largest square of a replicate; so little is none."""


class Parts(NamedTuple):
    """Variances: of the mean due to images; between seeds beyond what images explain, may be < 0; what they explain.

    Then the part of one seed's variance due to images that is left in that of the mean.
    """

    images: float
    seeds: float
    explained: float
    averaging: float

    @classmethod
    def of(cls, cell: Sampled) -> Self:
        """Of a metric of a cell's seeds; seeds are folds where there are folds."""
        units, nothing = cell.units, ROUNDING * float(np.max(cell.replicates**2))
        images, of_one = float(cell.replicates.mean(axis=1).var()), float(cell.replicates.var(axis=0).mean())
        number, explained, beyond = len(units.value), 0.0, 0.0
        if number > 1:
            of_unit, of_mean = float(units.replicates.var(axis=0).mean()), float(units.replicates.mean(axis=1).var())
            explained = max(0.0, of_unit - of_mean) * number / (number - 1)
            beyond = float(units.value.var(ddof=1)) - explained
        averaging = min(1.0, images / of_one) if images > nothing else 1.0
        images, beyond, explained = (part if abs(part) > nothing else 0.0 for part in (images, beyond, explained))
        return cls(images, beyond, explained, averaging)


def pooled(cells: Sequence[Sampled], parts: Sequence[Parts], of: Sequence[bool]) -> tuple[float, float]:
    """The variance between seeds that some of the cells share, and its degrees of freedom."""
    lost = [(len(cell.units.value) - 1) * own for cell, own in zip(cells, of, strict=True)]
    weights = max(1, sum(lost))
    # Cells share their folds, and what is hard for one network in a fold is hard for the others.
    freedom = max(1, max(lost)) if any(cell.without for cell in cells) else weights
    pooled = sum(part.seeds * weight for part, weight in zip(parts, lost, strict=True)) / weights
    explained = sum(part.explained * weight for part, weight in zip(parts, lost, strict=True)) / weights
    # The variance of pooled is that of the sum: 2 (pooled + explained)^2 / freedom. What images explain is known well.
    left = freedom * (pooled / (pooled + explained)) ** 2 if pooled > 0 else 0.0
    return max(0.0, pooled), left


def moderated(seedless: Sequence[tuple[Sampled, Parts]], learned: float = LEARNED) -> tuple[float, float]:
    """How many times as large as the bootstrap says a variance is where heads of other folds learned from other images.

    (d0 (1 + l) + (F - 1) r) / (d0 + F - 1), with r how many times as much as the bootstrap explains the F folds vary,
    all cells together, since they share their folds; five alone would say little. Then its degrees of freedom. Where
    there are no folds, 1 and ``MANY``.
    """
    folds = [len(cell.units.value) for cell, _ in seedless if cell.without]
    if not folds:
        return 1.0, MANY
    explained = sum(part.explained for _, part in seedless)
    varied = sum(part.seeds for _, part in seedless) + explained
    own, expected = folds[0] - 1, 1 + learned
    ratio = varied / explained if explained > 0 else expected
    return (KNOWN * expected + own * ratio) / (KNOWN + own), KNOWN + own
