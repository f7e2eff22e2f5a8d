"""How sure a share is where seeds, and groups of images, differ: as if it were counted in fewer images."""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from steelyard.models.statistics.intervals import Z_95
from steelyard.models.statistics.sampled import Sampled
from steelyard.models.statistics.spread import Kind, Spread, spreads
from steelyard.models.statistics.variance_parts import LEARNED

FEW = 2
"""Hits, or misses, below which samples do not tell how a share varies."""


def share_spreads(
    cells: Sequence[Sampled],
    counted: Sequence[float],
    images: int,
    groups: int | None = None,
    kinds: Sequence[Kind] = (),
    learned: float = LEARNED,
) -> list[Spread]:
    """As ``spreads``, of shares that cells have in common what multiplies p (1 - p), not a variance of their own.

    A share of .99 varies less between seeds than one of .5. Where no sample of groups changes a cell's share, as at 0
    or 1, what groups do to the other cells stands in.

    Each cell's share is ``counted`` in so many images; the other arguments are those of ``spreads``, where ``images``
    stand in for what no sample changes in any cell, in units of the square root of p (1 - p).
    """
    roots = [math.sqrt(_variance(float(cell.value.mean()), n)) for cell, n in zip(cells, counted, strict=True)]
    scaled = [cell / root for cell, root in zip(cells, roots, strict=True)]
    each = spreads(scaled, images, groups, kinds=kinds, learned=learned)
    moves = [bool(cell.replicates.std(axis=0).any()) for cell in cells]
    moving = [spread.images for spread, of in zip(each, moves, strict=True) if of]
    return [
        (spread if of or not moving else replace(spread, images=median(moving))).times(root)
        for spread, of, root in zip(each, moves, roots, strict=True)
    ]


def effective_images(spread: Spread, images: float, factor: float = 1.0) -> float:
    """The number of images whose binomial variance is that of the mean over seeds, images and seeds together.

    n / deff * (z / t)**2 with deff = (V_images + V_between) / (p (1 - p) / n); Student's t takes the place of z, since
    few seeds, or few groups of images, know their variance badly. V_images is the binomial p (1 - p) / n times what
    averaging seeds leaves of it, little less than all, since networks err on mostly the same images; or the bootstrap's
    where that drew groups and is more, and in folds, where images do more than to be counted, unless fewer than
    ``FEW`` are hits or misses, of which samples may have none.

    Args:
        spread: of the share p, which is taken as if there were one hit and one miss more.
        images: counted by one network.
        factor: how many times as many images, and groups like these, to take for n.

    Source:
        Korn & Graubard 1998, Survey Methodology 24:193, section 2.
    """
    if not images:
        return 0.0
    binomial = _variance(spread.mean, images) / (images * factor)
    averaged = binomial * spread.averaging
    drawn, counted = spread.images / factor, images * min(spread.mean, 1 - spread.mean)
    if spread.folded and counted >= FEW:
        of_images = drawn
    else:
        of_images = averaged if spread.groups is None and not spread.folded else max(averaged, drawn)
    lost = (of_images + spread.left(factor)) / binomial * (spread.quantile(of_images, factor) / Z_95) ** 2
    return images * factor / lost


def of_a_part(spread: Spread, images: float, mean: float, counted: float) -> Spread:
    """The spread of the share ``mean`` of some ``counted`` images.

    Seeds and groups are taken to vary it as they do the share of all images, whose spread is given.
    """
    ratio = _variance(mean, counted) / _variance(spread.mean, images)
    return replace(spread, mean=mean, images=spread.images * ratio * images / counted, between=spread.between * ratio)


def _variance(share: float, images: float) -> float:
    """That of one image, p (1 - p), with one hit and one miss more, so that it is never 0."""
    smoothed = (share * images + 1) / (images + 2)
    return smoothed * (1 - smoothed)
