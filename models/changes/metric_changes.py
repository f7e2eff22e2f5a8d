"""A metric of one sweep minus that of another, with an interval for other images and other seeds."""

import math
from collections.abc import Mapping, Sequence

from steelyard.models.changes.pairing import Pairing, Partners
from steelyard.models.changes.shared_samples import SharedSamples
from steelyard.models.metrics.registry import metric as of_key
from steelyard.models.statistics.spread import Kind, Spread
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.models.verdict.estimates import estimate

Pair = tuple[CellVerdict, CellVerdict]


class Change(Estimate):
    """The later's metric minus the earlier's, with its 95 % interval.

    Where it is paired, ``value`` and ``deviation`` are of the ``seeds`` that both have; else ``seeds`` is the smaller
    number of the two, and there is no deviation.

    Attributes:
        paired: whether it is taken image by image and seed by seed; else the two are taken as independent.
        of_seeds: whether the interval holds what other seeds would give; not where all cells have one.
    """

    paired: bool
    of_seeds: bool

    @property
    def shown(self) -> bool:
        """Whether the interval leaves 0 out."""
        return not self.low <= 0 <= self.high

    @property
    def same(self) -> bool:
        """Whether both are the same networks, at the same thresholds where the metric depends on them."""
        return self.low == self.high == 0


def differences(pairing: Pairing, pairs: Sequence[Pair], metrics: Sequence[str]) -> list[dict[str, Change]]:
    """The changes of metrics, pair by pair.

    Args:
        pairing: of the two sweeps.
        pairs: a cell of the earlier and a cell of the later each; they share what is known of the variance between
            seeds.
        metrics: as ``Pairing.metrics`` names them. Each is for the prevalence of its sweep's own objective.

    Returns:
        Metric -> change, for each pair. Where both have the same test, its images are drawn alike for both; where test
        is not the same, comes in other groups, or was scored by other seeds, the estimates are taken as independent.
    """
    partners = {place: rows for place, pair in enumerate(pairs) if (rows := pairing.partners(*pair))}
    moved = [rows for rows in partners.values() if not all(pairing.same(rows, name) for name in metrics)]
    earlier, later = (sorted({row for pair in moved for row in pair[sweep]}) for sweep in (0, 1))
    samples = SharedSamples(pairing, (earlier, later))
    by_metric = {name: _of_metric(samples, name, pairs, partners) for name in metrics}
    return [{name: changes[place] for name, changes in by_metric.items()} for place in range(len(pairs))]


def _of_metric(
    samples: SharedSamples, metric: str, pairs: Sequence[Pair], partners: Mapping[int, Partners]
) -> list[Change]:
    pairing = samples.pairing
    changes = {place: _nothing(rows) for place, rows in partners.items() if pairing.same(rows, metric)}
    if not pairing.regrouped:
        left = {place: rows for place, rows in partners.items() if place not in changes}
        changes |= _drawn(samples, metric, pairs, left)
    return [changes.get(place) or _independent(pairing, metric, *pair) for place, pair in enumerate(pairs)]


def _nothing(partners: Partners) -> Change:
    seeds = len(partners[1])
    deviation = 0.0 if seeds > 1 else None
    return Change(value=0, low=0, high=0, deviation=deviation, seeds=seeds, paired=True, of_seeds=True)


def _drawn(
    samples: SharedSamples, metric: str, pairs: Sequence[Pair], partners: Mapping[int, Partners]
) -> dict[int, Change]:
    """Of pairs on the same images; those in which nothing moves must not make the others look sure of their seeds."""
    drawn = {place: samples.difference(metric, rows) for place, rows in partners.items()}
    moving = [place for place, each in drawn.items() if each.value.any() or each.replicates.any()]
    still = [place for place in partners if place not in moving]
    changes: dict[int, Change] = {}
    for places in filter(None, (moving, still)):
        # A seed changes nothing where neither cell has any.
        kinds: list[Kind] = ["" if any(cell.seeded for cell in pairs[place]) else None for place in places]
        of_seeds = any(len(partners[place][1]) > 1 for place in places)
        spread = samples.spreads(metric, [partners[place] for place in places], kinds)
        changes |= {place: _change(metric, each, of_seeds) for place, each in zip(places, spread, strict=True)}
    return changes


def _change(metric: str, spread: Spread, of_seeds: bool) -> Change:
    low, high = spread.interval()
    bounds = (max(-1.0, low), min(1.0, high)) if of_key(metric).bounded else (low, high)
    return Change(**estimate(spread, bounds).model_dump(), paired=True, of_seeds=of_seeds or not spread.seeds)


def _independent(pairing: Pairing, metric: str, earlier: CellVerdict, later: CellVerdict) -> Change:
    before, now = earlier.metric(metric), later.metric(metric)
    low, high = independent(before, now)
    value, seeds = now.value - before.value, min(before.seeds, now.seeds)
    of_seeds = all(
        not cell.seeded or any(len(each.thresholds) > 1 for each in sweep.cells)
        for sweep, cell in zip(pairing.sweeps, (earlier, later), strict=True)
    )
    return Change(value=value, low=low, high=high, deviation=None, seeds=seeds, paired=False, of_seeds=of_seeds)


def independent(earlier: Estimate, later: Estimate) -> tuple[float, float]:
    """The 95 % interval of the difference b - a of two independent estimates, a before b, from their own intervals.

    With (l, u) the interval of each:  b - a - sqrt((b - l_b)^2 + (u_a - a)^2)  and
    b - a + sqrt((u_b - b)^2 + (a - l_a)^2).  It is too wide where the two have images or seeds in common.

    Returns:
        Lower and upper bound; the difference lies between them.

    Source:
        Square and add: Newcombe 1998, Statistics in Medicine 17:873, method 10. For any two estimates MOVER: Zou &
        Donner 2008, Statistics in Medicine 27:1693.
    """
    value = later.value - earlier.value
    below = math.hypot(later.value - later.low, earlier.high - earlier.value)
    return value - below, value + math.hypot(later.high - later.value, earlier.value - earlier.low)
