"""A grouping of images, and what speaks for it: how often look-alikes share a group, and what the area owes to that."""

from dataclasses import dataclass

import numpy as np

from steelyard.models.data.carve import Groups
from steelyard.models.findings.grouping import group_codes, joined
from steelyard.models.findings.groups.leak import Leak, leak
from steelyard.models.findings.groups.ridge_areas import Coordinates, Labels
from steelyard.models.findings.groups.shared_neighbours import Nearest

LEAST_DROP = 0.01
"""Of the area, that matters."""

MOSTLY = 0.5
"""Of neighbours beyond chance: from here on groups are told whatever the area says."""


@dataclass(frozen=True)
class Images:
    """What is known of N images.

    Attributes:
        coordinates: (N, r) float32, features along principal axes, the largest variance first.
        neighbours: (N, k) int64, rows of the images nearest to each, itself left out, the nearest first.
        labels: (N,) int64 in [0, K).
        groups: (N,) str, those that they have already; "" where an image stands alone.
    """

    coordinates: Coordinates
    neighbours: Labels
    labels: Labels
    groups: Groups


@dataclass(frozen=True)
class ProposedGroups(Leak):
    """A grouping, and what speaks for it: what a head owes to groups that are parted, and where look-alikes are.

    Attributes:
        option: what ``--group-by`` is to be given; "" for clusters of look-alikes that no name explains.
        groups: how many groups there are.
        images: how many images are in them.
        by_class: (K,) of these images, how many each class has.
        same_group: in [0, 1], how often an image's nearest neighbour of its class is in its group.
        chance: in [0, 1], how often it would be by chance.
    """

    option: str
    groups: int
    images: int
    by_class: tuple[int, ...]
    same_group: float
    chance: float

    @property
    def beyond_chance(self) -> float:
        """0 where neighbours are in the same group as often as by chance, 1 where all are."""
        return Nearest(self.same_group, self.chance, self.images).beyond_chance

    @property
    def is_clear(self) -> bool:
        """Whether the area falls by more than noise, or most images have their neighbour in their group."""
        return (self.low > 0 and self.drop >= LEAST_DROP) or self.beyond_chance >= MOSTLY


def proposal(option: str, names: Groups, found: Nearest, images: Images) -> ProposedGroups | None:
    """What speaks for a grouping; None where fewer than two classes lie in 5 groups or more.

    Args:
        option: that it is asked for by.
        names: (N,) str, the group of each image; "" where it stands alone.
        found: its nearest neighbours.
        images: that are grouped.
    """
    fallen = leak(images.coordinates, images.labels, images.groups, joined(images.groups, names))
    if fallen is None:
        return None
    codes = group_codes(names)
    counts = np.bincount(images.labels[codes >= 0], minlength=int(images.labels.max()) + 1)
    return ProposedGroups(
        option=option,
        groups=int(codes.max()) + 1,
        images=int(counts.sum()),
        by_class=tuple(counts.tolist()),
        same_group=found.share,
        chance=found.chance,
        **vars(fallen),
    )
