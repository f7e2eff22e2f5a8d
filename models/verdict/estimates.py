"""From the variance of a metric to its 95 % interval, cell by cell."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.areas import AREAS
from steelyard.models.metrics.registry import OF_CLASS
from steelyard.models.statistics.class_means import alike
from steelyard.models.statistics.intervals import Share
from steelyard.models.statistics.sampled import Sampled
from steelyard.models.statistics.share_spread import effective_images, share_spreads
from steelyard.models.statistics.spread import Spread, spreads
from steelyard.models.statistics.variance_parts import LEARNED
from steelyard.models.verdict.cell_verdict import Estimate
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import Cell

Interval = tuple[float, float]
Counted = float | Sequence[float]
"""Images that a metric is a share of, per cell where they differ."""


class Basis(NamedTuple):
    """What a metric is counted in.

    Attributes:
        images: that bound it where no sample of them changes anything.
        groups: that they were drawn in; None where each was drawn alone.
    """

    images: int
    groups: int | None


def one_class_basis(evidence: Evidence) -> Basis:
    """What the metrics of the class with a threshold are counted in."""
    return Basis(min(evidence.test.sizes), evidence.test.group_count)


def all_classes_basis(evidence: Evidence) -> Basis:
    """What the means over classes are counted in."""
    return Basis(alike(evidence.sizes[evidence.present]), evidence.test.group_count)


def class_basis(evidence: Evidence, place: int) -> Basis:
    """What the metrics of a class of K are counted in; of a class that test lacks, no image."""
    size = int(evidence.sizes[place])
    return Basis(size, evidence.class_groups[place]) if size else Basis(1, None)


def means(evidence: Evidence, of_trials: npt.NDArray[np.number]) -> list[float]:
    """Of a number of every trial, (T,), over the seeds of each cell."""
    return [float(of_trials[columns].mean()) for columns in evidence.cells.values()]


def spreads_of(
    evidence: Evidence, metric: Sampled, basis: Basis, counted: Counted | None = None, learned: float = LEARNED
) -> dict[Cell, Spread]:
    """How a metric of every trial varies over images and seeds, cell by cell; ``counted`` is None for no share."""
    cells, kinds = [metric.of(columns) for columns in evidence.cells.values()], evidence.kinds
    if counted is None:
        found = spreads(cells, *basis, kinds=kinds, learned=learned)
    else:
        found = share_spreads(cells, np.broadcast_to(counted, len(cells)).tolist(), *basis, kinds, learned)
    return dict(zip(evidence.cells, found, strict=True))


def estimates(
    evidence: Evidence, metric: Sampled, basis: Basis, counted: Counted | None = None, learned: float = LEARNED
) -> dict[Cell, Estimate]:
    """A metric of every cell; arguments as of ``spreads_of``."""
    spreads = spreads_of(evidence, metric, basis, counted, learned)
    if counted is None:
        return {cell: estimate(spread, within(spread)) for cell, spread in spreads.items()}
    images = np.broadcast_to(counted, len(spreads)).tolist()
    return {
        cell: estimate(spread, share(spread, of_cell).interval(evidence.interval))
        for (cell, spread), of_cell in zip(spreads.items(), images, strict=True)
    }


def by_cell(evidence: Evidence, by_metric: Mapping[str, Mapping[Cell, Estimate]]) -> dict[Cell, dict[str, Estimate]]:
    """Metric -> cell -> estimate, turned to cell -> metric -> estimate."""
    return {cell: {name: of_cells[cell] for name, of_cells in by_metric.items()} for cell in evidence.cells}


def areas(evidence: Evidence) -> dict[Cell, dict[str, Estimate]]:
    """The areas of every cell: of the class to find, or means over classes.

    Beside the means, the areas of one class, where the objective is of its curve.
    """
    one, every = one_class_basis(evidence), evidence.every_class
    basis = all_classes_basis(evidence) if every else one
    by_metric = {name: estimates(evidence, evidence.areas[name], basis) for name in AREAS}
    if every and evidence.objective.is_of_the_curve:
        own = evidence.sampled
        by_metric |= {f"{OF_CLASS}{name}": estimates(evidence, own[name], one) for name in AREAS}
    return by_cell(evidence, by_metric)


def estimate(spread: Spread, bounds: Interval) -> Estimate:
    """Mean, bounds that hold it, deviation and seeds."""
    low, high = bounds
    return Estimate(
        value=spread.mean,
        low=min(low, spread.mean),
        high=max(high, spread.mean),
        deviation=spread.deviation if spread.seeds > 1 else None,
        seeds=spread.seeds,
    )


def share(spread: Spread, images: float, factor: float = 1.0) -> Share:
    """A share of so many images, or ``factor`` times as many, with the effective number that seeds leave of them."""
    return Share(min(1.0, max(0.0, spread.mean)), effective_images(spread, images, factor))


def within(spread: Spread, factor: float = 1.0) -> Interval:
    """The 95 % interval in [0, 1], with ``factor`` times as many images."""
    low, high = spread.interval(factor)
    return max(0.0, low), min(1.0, high)
