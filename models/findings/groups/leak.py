"""What a linear head owes to groups that are parted: its area out of fold, with groups parted and with them whole."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from steelyard.models.data.carve import Groups
from steelyard.models.findings.grouping import unit_codes
from steelyard.models.findings.groups.name_patterns import LEAST_GROUPS
from steelyard.models.findings.groups.ridge_areas import SEEDS, Areas, Coordinates, Labels, areas
from steelyard.models.findings.sampling import some_of_each

AXES = 256
"""Leading axes that a head sees."""

IMAGES = 6000
"""Images that areas are of, at most."""

GROUPS = 50
"""Groups that these are from, at least, where there are as many."""

CLASSES = 20
"""Classes that areas are means over, at most: the largest."""

SURE = 0.95


@dataclass(frozen=True)
class Leak:
    """Areas under the ROC curve out of fold, of K classes the mean of each against the others.

    Attributes:
        area_random: in [0, 1], groups parted.
        area_grouped: in [0, 1], groups whole.
        low: of the difference, the lower end of a 95 % interval.
        high: its upper end.
    """

    area_random: float
    area_grouped: float
    low: float
    high: float

    @property
    def drop(self) -> float:
        """By how much the area falls where groups are whole."""
        return self.area_random - self.area_grouped


def leak(coordinates: Coordinates, labels: Labels, parted: Groups, whole: Groups) -> Leak | None:
    """Areas with groups parted and whole; None where fewer than two classes lie in 5 groups or more.

    Args:
        coordinates: (N, r) float32, along principal axes, the largest variance first.
        labels: (N,) int64 in [0, K).
        parted: (N,) str, what stays together in any case; "" where an image stands alone.
        whole: (N,) str, likewise, with the groups in question.
    """
    codes = unit_codes(whole)
    rows = _sample(_of_several_groups(labels, codes), labels, codes, np.random.default_rng(0))
    own = np.unique(labels[rows], return_inverse=True)[1].astype(np.int64)
    if not own.any():
        return None
    before, after = (areas(coordinates[rows, :AXES], own, groups[rows]) for groups in (parted, whole))
    return _compared(before, after, codes[rows])


def _of_several_groups(labels: Labels, codes: Labels) -> Labels:
    """Rows of the largest classes that lie in enough groups for folds, (n,) int64."""
    sizes = np.bincount(labels)
    kept = [label for label in np.argsort(-sizes) if len(np.unique(codes[labels == label])) >= LEAST_GROUPS]
    return np.flatnonzero(np.isin(labels, kept[:CLASSES]))


def _sample(rows: Labels, labels: Labels, codes: Labels, rng: np.random.Generator) -> Labels:
    """Rows of as many groups as hold enough images, whole but for what is too many."""
    if len(rows) <= IMAGES:
        return rows
    own = np.unique(codes[rows], return_inverse=True)[1]
    place = rng.permutation(own.max() + 1)[own]
    last = max(GROUPS - 1, int(np.partition(place, IMAGES - 1)[IMAGES - 1]))
    near = rows[place <= last]
    return near[some_of_each(labels[near], IMAGES)]


def _compared(before: Areas, after: Areas, codes: Labels) -> Leak:
    """The interval holds what whole groups add to the difference, and how it varies over seeds."""
    added = np.bincount(np.unique(codes, return_inverse=True)[1], before.slopes - after.slopes)
    differences, groups = before.by_seed - after.by_seed, len(added)
    variance = groups / (groups - 1) * np.sum(added**2) + differences.var(ddof=1) / SEEDS
    half = float(stdtrit(groups - 1, (1 + SURE) / 2) * np.sqrt(variance))
    middle = float(differences.mean())
    return Leak(float(before.by_seed.mean()), float(after.by_seed.mean()), middle - half, middle + half)
