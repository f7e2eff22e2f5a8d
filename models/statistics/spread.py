"""How sure a mean over seeds is: what other images and other seeds would change.

Coverage of the 95 % intervals in percent, for a baseline and three handlings with three seeds whose ROC area of .85 has
a deviation of .016; 1000 simulated sweeps per number, so +-0.7; 100 bootstrap samples; 5 negatives per positive, but 2
where there are 300 positives:

=========  ========  =================  ===============================  ================================
positives  ROC area  average precision  recall of .7   .9    .95   .99   gain in area, AP, recall of .9
=========  ========  =================  ===============================  ================================
      300      95.3               94.8            -   96.2     -     -   93.9, 94.3, 93.1
      100      95.8               95.4         95.9   96.4  96.7  95.3   93.5, 94.0, 95.6
       50      95.1               94.4         95.3   94.6  94.5  99.8   94.0, 94.7, 93.9
       30      92.7               93.3         93.5   92.5  93.5  100    95.4, 95.4, 95.0
=========  ========  =================  ===============================  ================================

With one seed and 100 positives they cover 93.4, 93.5 and, at a recall of .9, 91.5, where Wilson's covers 93.3. One
handling beside the baseline leaves two degrees of freedom: its gain in area is covered in 92 to 97 % of 2000 sweeps. It
is less where the baseline's seeds differ more than all others', 88 % at four times their deviation.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from scipy.special import expit, logit, stdtr, stdtrit

from steelyard.models.statistics import variance_parts
from steelyard.models.statistics.sampled import Sampled
from steelyard.models.statistics.variance_parts import MANY, Parts

Kind = str | None
"""Of a cell: those of the same vary alike between seeds; None where a seed changes nothing."""

LEAST = 1e-6
"""Of a share and of its rest, where odds are taken."""


@dataclass(frozen=True)
class Spread:
    """A mean over seeds and its variance.

    Attributes:
        mean: over seeds.
        deviation: sample standard deviation over seeds; 0 for one seed.
        seeds: how many; 0 where a seed changes nothing, and one trial stands for all.
        images: variance of the mean that comes from the choice of the images.
        between: variance of the mean that comes from the choice of the seeds; 0 where no cell has two.
        between_freedom: degrees of freedom of ``between``; fewer where it is what is left of a larger variance.
        groups: that the images were drawn in; None where each was drawn alone.
        averaging: the part of one seed's variance due to images that is left in the mean over seeds, in (0, 1].
        folded: whether images do more than to be counted: in folds they choose thresholds too.
        freedom: degrees of freedom of ``images``, beside those of the groups.
        hits: images that a variance rests on where these are few, which has one degree of freedom fewer; None where
            all count.
    """

    mean: float
    deviation: float
    seeds: int
    images: float
    between: float
    between_freedom: float
    groups: int | None = None
    averaging: float = 1.0
    folded: bool = False
    freedom: float = MANY
    hits: float | None = None

    def interval(self, factor: float = 1.0) -> tuple[float, float]:
        """Student's 95 % interval for the mean over all images and seeds, with ``factor`` times as many images."""
        half = self.quantile(self.images / factor, factor) * math.sqrt(self.images / factor + self.left(factor))
        return self.mean - half, self.mean + half

    def left(self, factor: float = 1.0) -> float:
        """What ``between`` is with ``factor`` times as many images, of which in folds there is more to learn too."""
        return self.between / factor if self.folded else self.between

    def on_odds(self, factor: float = 1.0) -> tuple[float, float]:
        """The same of a share, on the scale of its log odds, so that it stays in [0, 1] and is as lopsided as it is."""
        share = min(1 - LEAST, max(LEAST, self.mean))
        low, high = self.interval(factor)
        half = (high - low) / 2 / (share * (1 - share))
        return float(expit(logit(share) - half)), float(expit(logit(share) + half))

    def quantile(self, images: float, factor: float = 1.0) -> float:
        """Student's 97.5 % quantile where images, ``factor`` times as many, give the variance ``images``.

        The degrees of freedom are Satterthwaite's.
        """
        return float(stdtrit(self._freedom(images, factor), 0.975))

    def times(self, factor: float) -> Self:
        """The same in another unit."""
        square = factor**2
        return replace(
            self,
            mean=self.mean * factor,
            deviation=self.deviation * factor,
            images=self.images * square,
            between=self.between * square,
        )

    @property
    def p(self) -> float:
        """Two-sided p-value of the mean being 0."""
        error = math.sqrt(self.images + self.between)
        return float(2 * stdtr(self._freedom(self.images), -abs(self.mean) / error))

    def detectable(self, comparisons: int, power: float = 0.8, alpha: float = 0.05) -> float:
        """The smallest true mean that so many images and seeds would show to differ from 0 with this power.

        (t_{1 - alpha/(2 m)} + t_power) * standard error,  with the level alpha / m of Holm's first step, where m >= 1
        comparisons are tested together.
        """
        freedom, error = self._freedom(self.images), math.sqrt(self.images + self.between)
        quantiles = stdtrit(freedom, 1 - alpha / (2 * comparisons)) + stdtrit(freedom, power)
        return float(quantiles * error)

    def _freedom(self, images: float, factor: float = 1.0) -> float:
        between = self.left(factor)
        lost = between**2 / self.between_freedom
        if self.freedom < MANY:
            lost += images**2 / self.freedom
        for counted in (self.groups, self.hits):
            if counted is not None:
                lost += images**2 / max(1, counted * factor - 1)
        return min(MANY, max(1.0, (images + between) ** 2 / lost)) if lost else MANY


def spreads(
    cells: Sequence[Sampled],
    images: int,
    groups: int | None = None,
    least: Sequence[float] = (),
    kinds: Sequence[Kind] = (),
    learned: float = variance_parts.LEARNED,
) -> list[Spread]:
    """Mean over seeds of each cell, with the variance that images and seeds give it.

    The bootstrap says how much the images matter, and how much of the differences between seeds is only that each
    stumbles over other images. What is left of those differences is due to the seeds themselves. Three seeds say little
    about it, so cells of a kind share one such variance; a cell that varies more than that keeps its own excess. The
    shared variance is a small remainder of a larger one where images explain most, and as uncertain as the larger one.

    Args:
        cells: a metric of each cell's seeds, or its difference to the baseline's seed by seed.
        images: of the smaller class; where no bootstrap sample changes anything, a standard error of 1.5 / images
            stands in, by which a count of 0 or of all keeps its upper or lower bound of 3 / images.
        groups: G, that the images were drawn in; their variance has G - 1 degrees of freedom, and is G / (G - 1) times
            that of the bootstrap; one group alone gives a variance of 1. None where each was drawn alone.
        least: variance of the mean that images give each cell at the least, where that can be said; else empty.
        kinds: of each cell, where seeds do not vary alike in all of them; empty where they do. None where a seed
            changes nothing; in folds the variance due to images is then moderated by that between the folds.
        learned: what other training sets are taken to add there to the variance due to images, as a part of it.

    Source:
        Satterthwaite 1946 for the degrees of freedom; Hanley & Lippman-Hand 1983 for 3 / n; for the moderated variance
        Smyth 2004, Statistical Applications in Genetics and Molecular Biology 3:3.
    """
    floor, least = (1.5 / images) ** 2, least or [0.0] * len(cells)
    parts, kinds = [Parts.of(cell) for cell in cells], kinds or [""] * len(cells)
    pooled = {kind: variance_parts.pooled(cells, parts, [each == kind for each in kinds]) for kind in {*kinds}}
    each = [
        replace(
            _spread(cell, max(low, _of_groups(part.images or floor, groups)), part.seeds, *pooled[kind]),
            groups=groups,
            averaging=part.averaging,
            folded=cell.without is not None,
        )
        for cell, part, low, kind in zip(cells, parts, least, kinds, strict=True)
    ]
    seedless = [(cell, part) for cell, part, kind in zip(cells, parts, kinds, strict=True) if kind is None]
    more, freedom = variance_parts.moderated(seedless, learned)
    return [
        spread if kind is not None else _seedless(spread, more, freedom)
        for spread, kind in zip(each, kinds, strict=True)
    ]


def _seedless(spread: Spread, more: float, freedom: float) -> Spread:
    """The same where a seed changes nothing, and images so many times as much as the bootstrap says."""
    images = spread.images * more
    return replace(spread, seeds=0, deviation=0.0, images=images, between=0.0, between_freedom=MANY, freedom=freedom)


def _of_groups(images: float, groups: int | None) -> float:
    """A bootstrap of G draws divides by G, where G - 1 are free; one group says nothing of others."""
    if groups == 1:
        return 1.0
    return images if groups is None else images * groups / (groups - 1)


def _spread(cell: Sampled, images: float, own: float, pooled: float, freedom: float) -> Spread:
    seeds, units = len(cell.value), len(cell.units.value)
    shared, excess = pooled / units, max(0.0, own - pooled) / units if units > 1 else 0.0
    lost = (shared**2 / freedom if shared else 0.0) + (excess**2 / (units - 1) if excess else 0.0)
    return Spread(
        mean=float(cell.value.mean()),
        deviation=float(cell.value.std(ddof=1)) if seeds > 1 else 0.0,
        seeds=seeds,
        images=images,
        between=shared + excess,
        between_freedom=(shared + excess) ** 2 / lost if lost else MANY,
    )
