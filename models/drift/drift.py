"""What differs between the images that a model was tested on and new ones, with one level over all tests of a look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from steelyard.models.drift.coordinates import space
from steelyard.models.drift.two_samples import PERMUTATIONS, Tested, features_differ, shares_differ, values_differ
from steelyard.models.statistics.significance import holm

LEVEL = 0.01
"""Chance that a look at images that are as before tells anything."""

DRAWN = 1000
"""Images of either set whose features are compared: distances between all pairs are held in memory."""

FEWEST, MOST_PARTS = 20, 20
"""Images of a part, of either set, that are compared apart; and parts, those of the most new images."""

ALARMS, SCORES, FEATURES = "alarms", "scores", "features"


@dataclass(frozen=True)
class Sample:
    """Images as a model sees them.

    Attributes:
        scores: (n,) float, of the class to find, or as the model decides by.
        alarms: (n,) bool, which of them it calls.
        features: (m, D) float of m <= n of them; none where the network has no backbone.
        looks: name -> (n,) float of what is measured of the images themselves.
        rows: (m,) int64, place of those that have features among all; None for the first m.
        slices: name -> (n,) str, the value of each image, such as its camera; "" where it is not known.
    """

    scores: npt.NDArray[np.floating]
    alarms: npt.NDArray[np.bool_]
    features: npt.NDArray[np.floating] | None = None
    looks: Mapping[str, npt.NDArray[np.floating]] = field(default_factory=dict)
    rows: npt.NDArray[np.int64] | None = None
    slices: Mapping[str, npt.NDArray[np.str_]] = field(default_factory=dict)

    def part(self, chosen: npt.NDArray[np.bool_]) -> "Sample":
        """Those of its images that (n,) bool chooses, without slices."""
        features, rows = self.features, self.rows
        if features is not None:
            rows = np.arange(len(features)) if rows is None else rows
            features, rows = features[chosen[rows]], (np.cumsum(chosen) - 1)[rows[chosen[rows]]]
        looks = {name: values[chosen] for name, values in self.looks.items()}
        return Sample(self.scores[chosen], self.alarms[chosen], features, looks, rows)


@dataclass(frozen=True)
class Change:
    """One thing that was compared.

    Attributes:
        what: ``ALARMS``, ``SCORES``, ``FEATURES`` or a name of ``Sample.looks``.
        before: share or median; None of features.
        now: likewise.
        effect: as the test has it; 0 where nothing changed.
        p: of the test alone.
        p_holm: over all tests of the look that count; None where the test is approximate and does not count.
        part: of the images that were compared, such as ``camera 3``; "" for all.
    """

    what: str
    before: float | None
    now: float | None
    effect: float
    p: float
    p_holm: float | None
    part: str = ""

    @property
    def told(self) -> bool:
        """Whether it is more than chance."""
        return self.p_holm is not None and self.p_holm <= LEVEL


def changes(
    before: Sample,
    now: Sample,
    widths: Sequence[int] = (),
    exact: bool = True,
    permutations: int = PERMUTATIONS,
) -> tuple[Change, ...]:
    """Compare what both samples have: alarms, scores, features and looks, of all images and of each part of them.

    A part is the images of one value of a slice; it is compared where either set has ``FEWEST`` of them.

    Of images that are as before at most ``LEVEL`` of the looks tell anything: Holm's correction over the tests of the
    look, whatever their dependence. That takes images of both sets that are unseen by the network that scores them.
    In folds the network to use has learned from every image of its sweep; its scores are then compared with those that
    the networks of the folds gave, which is approximate: alarms and scores are shown but do not count. A frozen
    backbone has learned from no image, and levels and sharpness come from no network: these tests are exact either
    way. Images count as independent of each other; a series of one object can look like a change.

    Args:
        before: images of test.
        now: new ones, none of which is among those of ``before``; at least one.
        widths: of the groups of features that count alike.
        exact: whether the scores of ``before`` are of the network that scores now, and unseen by it.
        permutations: of the test of features; where parts are compared, as many for each of them and for all.
    """
    pairs = [("", before, now), *_parts(before, now)]
    draws = (permutations + 1) * len(pairs) - 1
    found = [(part, *each) for part, old, new in pairs for each in _tested(old, new, widths, draws)]
    counted = [exact or what not in (ALARMS, SCORES) for _, what, *_ in found]
    adjusted = iter(holm([of.p for (*_, of), counts in zip(found, counted, strict=True) if counts]))
    return tuple(
        Change(what, *values, of.effect, of.p, next(adjusted) if counts else None, part)
        for (part, what, values, of), counts in zip(found, counted, strict=True)
    )


def named_part(column: str, value: str) -> str:
    """What the part of the images is called that a slice has one value of."""
    return f"{column} {value}"


def sizes(before: Sample, now: Sample) -> dict[tuple[str, str], tuple[int, int]]:
    """Images of test, and new ones, of each value that new images have of a slice that both know."""
    return {
        (column, str(value)): (int(np.sum(before.slices[column] == value)), int(np.sum(values == value)))
        for column, values in now.slices.items()
        if column in before.slices
        for value in np.unique(values)
        if value
    }


def _parts(before: Sample, now: Sample) -> Iterator[tuple[str, Sample, Sample]]:
    """Each part that is compared: its name, and its images in both sets."""
    enough = {of: count for of, count in sizes(before, now).items() if min(count) >= FEWEST}
    for column, value in sorted(enough, key=lambda of: -enough[of][1])[:MOST_PARTS]:
        chosen = before.slices[column] == value, now.slices[column] == value
        if not all(of.all() for of in chosen):
            yield named_part(column, value), before.part(chosen[0]), now.part(chosen[1])


def _tested(
    before: Sample, now: Sample, widths: Sequence[int], permutations: int
) -> Iterator[tuple[str, tuple[float | None, float | None], Tested]]:
    """What was compared, its share or median before and now, and the test."""
    shares = float(before.alarms.mean()), float(now.alarms.mean())
    yield ALARMS, shares, shares_differ(before.alarms, now.alarms)
    yield SCORES, _medians(before.scores, now.scores), values_differ(before.scores, now.scores)
    if before.features is not None and now.features is not None and min(len(before.features), len(now.features)) > 1:
        yield FEATURES, (None, None), _of_features(before.features, now.features, widths, permutations)
    for name in before.looks:
        values = before.looks[name], now.looks[name]
        yield name, _medians(*values), values_differ(*values)


def _of_features(
    before: npt.NDArray[np.floating], now: npt.NDArray[np.floating], widths: Sequence[int], permutations: int
) -> Tested:
    rng = np.random.default_rng(0)
    first, second = (some[rng.permutation(len(some))[:DRAWN]] for some in (before, now))
    both = np.concatenate([first, second])
    points = space(both, widths or (both.shape[1],)).of(both)
    return features_differ(points[: len(first)], points[len(first) :], rng, permutations)


def _medians(before: npt.NDArray[np.floating], now: npt.NDArray[np.floating]) -> tuple[float, float]:
    return float(np.median(before)), float(np.median(now))
