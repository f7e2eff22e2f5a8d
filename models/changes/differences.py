"""A metric of one sweep minus that of another, with an interval for other images and other seeds."""

import math
from collections.abc import Mapping, Sequence

from steelyard.models.changes.pairing import Pairing, Partners
from steelyard.models.changes.stacked import Stacked
from steelyard.models.statistics.bootstrap import Sampled
from steelyard.models.statistics.spread import Kind, Spread, spreads
from steelyard.models.verdict.part import Part
from steelyard.models.verdict.point import estimate
from steelyard.models.verdict.verdict import CellVerdict, Estimate

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
        metrics: ``roc_auc``, ``recall`` or ``precision``, or the objective's own if both sweeps have the same. Each is
            for the prevalence of its sweep's own objective.

    Returns:
        Metric -> change, for each pair. Where both have the same test, its images are drawn alike for both; where test
        is not the same, comes in other groups, or was scored by other seeds, the estimates are taken as independent.
    """
    partners = {place: found for place, pair in enumerate(pairs) if (found := pairing.partners(*pair))}
    same = {name: [place for place, found in partners.items() if pairing.same(found, name)] for name in metrics}
    left = {} if pairing.regrouped else {place: found for place, found in partners.items() if _left(place, same)}
    stacked = Stacked.of(pairing, list(left.values())) if left else None
    changes: list[dict[str, Change]] = [{} for _ in pairs]
    for name in metrics:
        settled = {place: _nothing(partners[place]) for place in same[name]}
        if stacked:
            drawn = {place: stacked.difference(found, name) for place, found in left.items() if place not in settled}
            settled |= _drawn(name, drawn, pairing.later.test, [kind(*pair) for pair in pairs])
        for place, pair in enumerate(pairs):
            changes[place][name] = settled[place] if place in settled else _independent(pairing, name, *pair)
    return changes


def independent(earlier: Estimate, later: Estimate) -> tuple[float, float]:
    """The 95 % interval of the difference b - a of two independent estimates, from their own intervals.

    With (l, u) the interval of each:  b - a - sqrt((b - l_b)^2 + (u_a - a)^2)  and
    b - a + sqrt((u_b - b)^2 + (a - l_a)^2).  It is too wide where the two have images or seeds in common.

    Args:
        earlier: a.
        later: b.

    Returns:
        Lower and upper bound; the difference lies between them.

    Source:
        Square and add: Newcombe 1998, Statistics in Medicine 17:873, method 10. For any two estimates MOVER: Zou &
        Donner 2008, Statistics in Medicine 27:1693.
    """
    value = later.value - earlier.value
    below = math.hypot(later.value - later.low, earlier.high - earlier.value)
    return value - below, value + math.hypot(later.high - later.value, earlier.value - earlier.low)


def of_cell(cell: CellVerdict, metric: str) -> Estimate:
    """A metric of a cell on test: an area, or at the operating point."""
    return cell.areas[metric] if metric in cell.areas else cell.point[metric]


def _left(place: int, same: Mapping[str, list[int]]) -> bool:
    return any(place not in places for places in same.values())


def _nothing(partners: Partners) -> Change:
    seeds = len(partners.later)
    deviation = 0.0 if seeds > 1 else None
    return Change(value=0, low=0, high=0, deviation=deviation, seeds=seeds, paired=True, of_seeds=True)


def kind(earlier: CellVerdict, later: CellVerdict) -> Kind:
    """None where a seed changes nothing of either."""
    return "" if earlier.seeded or later.seeded else None


def _drawn(metric: str, found: Mapping[int, Sampled], test: Part, kinds: Sequence[Kind]) -> dict[int, Change]:
    """Of pairs on the same images; those in which nothing moves must not make the others look sure of their seeds."""
    moving = {place: each for place, each in found.items() if each.value.any() or each.replicates.any()}
    still = {place: each for place, each in found.items() if place not in moving}
    return _spread(metric, moving, test, kinds) | _spread(metric, still, test, kinds)


def _spread(metric: str, found: Mapping[int, Sampled], test: Part, kinds: Sequence[Kind]) -> dict[int, Change]:
    if not found:
        return {}
    of_seeds = any(len(each.value) > 1 for each in found.values())
    own = [kinds[place] for place in found]
    spread = spreads(list(found.values()), min(test.sizes), test.group_count, kinds=own)
    return {place: _change(metric, each, of_seeds or not each.seeds) for place, each in zip(found, spread, strict=True)}


def _change(metric: str, spread: Spread, of_seeds: bool) -> Change:
    low, high = spread.interval()
    bounds = (low, high) if metric == "cost" else (max(-1.0, low), min(1.0, high))
    return Change(**estimate(spread, bounds).model_dump(), paired=True, of_seeds=of_seeds)


def _independent(pairing: Pairing, metric: str, earlier: CellVerdict, later: CellVerdict) -> Change:
    before, now = of_cell(earlier, metric), of_cell(later, metric)
    low, high = independent(before, now)
    verdicts = pairing.earlier.verdict, pairing.later.verdict
    of_seeds = all(
        not own.seeded or any(len(cell.thresholds) > 1 for cell in verdict.cells)
        for own, verdict in zip((earlier, later), verdicts, strict=True)
    )
    return Change(
        value=now.value - before.value,
        low=low,
        high=high,
        deviation=None,
        seeds=min(before.seeds, now.seeds),
        paired=False,
        of_seeds=of_seeds,
    )
