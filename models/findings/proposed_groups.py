"""Groups that nobody named: of those that file names or dates suggest, the ones that the images bear out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from steelyard.models.data.carve import Groups
from steelyard.models.findings.grouping import group_codes, joined
from steelyard.models.findings.leak import Leak, leak
from steelyard.models.findings.look_alikes import look_alikes
from steelyard.models.findings.name_fields import is_run
from steelyard.models.findings.nearest import Nearest, nearest
from steelyard.models.findings.out_of_fold import Coordinates, Labels

MEASURED = 6
"""Groupings whose areas are measured: those that hold most neighbours."""

LEAST_DROP = 0.01
"""Of the area, that matters."""

MOSTLY = 0.5
"""Of neighbours beyond chance: from here on groups are told whatever the area says."""

EXPLAINED = 0.75
"""Of the largest drop, that a grouping explains as well as the one that has it."""

AS_WELL = 0.02
"""Of neighbours beyond chance, in which two groupings hold as many."""

COVERED = 0.2
"""Least share of all images in clusters of look-alikes that are told."""


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
class ProposedGroups:
    """A grouping, and what speaks for it.

    Attributes:
        option: what ``--group-by`` is to be given; "" for clusters of look-alikes that no name explains.
        groups: how many groups there are.
        images: how many images are in them.
        by_class: (K,) of these images, how many each class has.
        same_group: in [0, 1], how often an image's nearest neighbour of its class is in its group.
        chance: in [0, 1], how often it would be by chance.
        area_random: ROC area out of fold with groups parted, of K classes the mean of each against the others.
        area_grouped: the same with groups whole.
        low: of the difference of both areas, the lower end of a 95 % interval.
        high: its upper end.
    """

    option: str
    groups: int
    images: int
    by_class: tuple[int, ...]
    same_group: float
    chance: float
    area_random: float
    area_grouped: float
    low: float
    high: float

    @property
    def drop(self) -> float:
        """By how much the area falls where groups are whole."""
        return self.area_random - self.area_grouped

    @property
    def beyond_chance(self) -> float:
        """0 where neighbours are in the same group as often as by chance, 1 where all are."""
        return Nearest(self.same_group, self.chance, self.images).beyond_chance

    @property
    def is_clear(self) -> bool:
        """Whether the area falls by more than noise, or most images have their neighbour in their group."""
        return matters(self) or self.beyond_chance >= MOSTLY


def proposed_groups(images: Images, groupings: Mapping[str, Groups]) -> list[ProposedGroups]:
    """At most two groupings that the images bear out, the one that explains more first.

    A group may also be a kind of object that looks like no other: whether it is a series, those know who took the
    images. A class in fewer than 5 groups is left out of the areas; with fewer than two classes left nothing is told.

    Args:
        images: all of a set, or those that are used of it.
        groupings: option -> (N,) str, the group of each image; "" where it stands alone.
    """
    found = {
        option: nearest(names, images.neighbours, images.labels, images.groups) for option, names in groupings.items()
    }
    likely = sorted(
        (option for option, of in found.items() if not of.by_chance), key=lambda of: -found[of].beyond_chance
    )
    clear = [
        proposal
        for option in likely[:MEASURED]
        if (proposal := _proposal(option, groupings[option], found[option], images)) and proposal.is_clear
    ]
    if not clear:
        return []
    first = _best(clear)
    others = [proposal for proposal in clear if proposal != first]
    known = joined(images.groups, groupings[first.option])
    adding = [of for of in others if (more := _leak(images, known, groupings[of.option])) and matters(more)]
    return [first, _best(adding)] if adding else [first]


def look_alikes_unnamed(images: Images) -> ProposedGroups | None:
    """Clusters of look-alikes, where they hold a fifth of the images or more; for sets without proposed groups."""
    names = look_alikes(images.coordinates, images.neighbours, images.labels, images.groups)
    if np.mean(names != "") < COVERED:
        return None
    return _proposal("", names, nearest(names, images.neighbours, images.labels, images.groups), images)


def matters(of: Leak | ProposedGroups) -> bool:
    """Whether the area falls by more than noise, and by enough to care."""
    return of.low > 0 and of.drop >= LEAST_DROP


def _proposal(option: str, names: Groups, found: Nearest, images: Images) -> ProposedGroups | None:
    fallen, codes = _leak(images, images.groups, names), group_codes(names)
    counts = np.bincount(images.labels[codes >= 0], minlength=int(images.labels.max()) + 1)
    if fallen is None:
        return None
    return ProposedGroups(
        option=option,
        groups=int(codes.max()) + 1,
        images=int(counts.sum()),
        by_class=tuple(counts.tolist()),
        same_group=found.share,
        chance=found.chance,
        area_random=fallen.area_random,
        area_grouped=fallen.area_grouped,
        low=fallen.low,
        high=fallen.high,
    )


def _leak(images: Images, known: Groups, names: Groups) -> Leak | None:
    return leak(images.coordinates, images.labels, known, joined(known, names))


def _best(clear: Sequence[ProposedGroups]) -> ProposedGroups:
    """Of those that explain the drop and hold the most neighbours the one with the fewest groups.

    Runs of numbers come last: they only guess where a series ends.
    """
    largest = max(of.drop for of in clear)
    explaining = [of for of in clear if of.drop >= min(EXPLAINED * largest, largest - LEAST_DROP)]
    most = max(of.beyond_chance for of in explaining)
    as_well = [of for of in explaining if of.beyond_chance >= most - AS_WELL]
    return min(as_well, key=lambda of: (is_run(of.option), of.groups))
