"""Groups that nobody named: of those that file names or dates suggest, the ones that the images bear out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from steelyard.models.data.carve import Groups
from steelyard.models.findings.grouping import joined, share_pairs
from steelyard.models.findings.groups.feature_clusters import feature_clusters
from steelyard.models.findings.groups.name_fields import is_run
from steelyard.models.findings.groups.proposal import LEAST_DROP, Images, ProposedGroups, proposal
from steelyard.models.findings.groups.shared_neighbours import nearest

MEASURED = 6
"""Groupings whose areas are measured: those that hold most neighbours."""

EXPLAINED = 0.75
"""Of the largest drop, that a grouping explains as well as the one that has it."""

AS_WELL = 0.02
"""Of neighbours beyond chance, in which two groupings hold as many."""

VARIANT = 0.5
"""Of the pairs in one group by one way, that are so by another one too, which is a variant of it from here on."""

COVERED = 0.2
"""Least share of all images in clusters of look-alikes that are told."""


def proposed_groups(images: Images, groupings: Mapping[str, Groups]) -> list[ProposedGroups]:
    """At most two groupings that the images bear out, the one that explains more first.

    A group may also be a kind of object that looks like no other: whether it is a series, those know who took the
    images. A class in fewer than 5 groups is left out of the areas; with fewer than two classes left nothing is told.

    Args:
        images: all of a set, or those that are used of it.
        groupings: option -> (N,) str, the group of each image; "" where it stands alone.
    """
    clear = _clear(images, groupings)
    if not clear:
        return []
    first = _best(clear)
    of_first = groupings[first.option]
    others = [of for of in clear if share_pairs(of_first, groupings[of.option]) < VARIANT]
    return [first, _best(others)] if others else [first]


def look_alikes_unnamed(images: Images, names: Groups | None = None) -> ProposedGroups | None:
    """Clusters of look-alikes that lie across groups, where they hold a fifth of the images or more.

    Args:
        images: all of a set, or those that are used of it.
        names: (N,) str, of groups that are proposed for them already; "" where an image stands alone.
    """
    if names is not None:
        images = replace(images, groups=joined(images.groups, names))
    clusters = feature_clusters(images.coordinates, images.neighbours, images.labels, images.groups)
    if np.mean(clusters != "") < COVERED:
        return None
    return proposal("", clusters, nearest(clusters, images.neighbours, images.labels, images.groups), images)


def _clear(images: Images, groupings: Mapping[str, Groups]) -> list[ProposedGroups]:
    """What is clear of the groupings that hold most neighbours, and more of them than by chance."""
    found = {of: nearest(names, images.neighbours, images.labels, images.groups) for of, names in groupings.items()}
    likely = [option for option, of in found.items() if not of.by_chance]
    measured = sorted(likely, key=lambda option: -found[option].beyond_chance)[:MEASURED]
    told = (proposal(option, groupings[option], found[option], images) for option in measured)
    return [of for of in told if of and of.is_clear]


def _best(clear: Sequence[ProposedGroups]) -> ProposedGroups:
    """Of those that explain the drop and hold the most neighbours the one with the fewest groups.

    Runs of numbers come last: they only guess where a series ends.
    """
    largest = max(of.drop for of in clear)
    explaining = [of for of in clear if of.drop >= min(EXPLAINED * largest, largest - LEAST_DROP)]
    most = max(of.beyond_chance for of in explaining)
    as_well = [of for of in explaining if of.beyond_chance >= most - AS_WELL]
    return min(as_well, key=lambda of: (is_run(of.option), of.groups))
