"""Each cell's metrics over K classes at argmax or at its operating point, with 95 % intervals.

Coverage of the intervals of macro recall in percent, for three cells alike of ten classes each, networks that stumble
over mostly the same images, and 100 bootstrap samples; 1000 simulated sweeps per number with three seeds, 400 with one:

======================================  ===========  =============  ========
images of each class                    seeds vary   seeds alike    one seed
======================================  ===========  =============  ========
15, recalls from .4 to .95                     95.1           98.1      94.5
30                                             95.2           96.8      97.2
15 and 30                                      95.8           96.8      95.8
15 to 300                                      96.4           97.6      96.8
15, recalls of .98                             95.8           97.4      97.8
======================================  ===========  =============  ========

Those of the difference of two cells, paired by image and seed, cover 92.5 to 99 (200 sweeps of each of 14 kinds), and
up to 100 with one to three images of each class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.tally import MACRO, OF_A_CLASS, Values
from steelyard.models.statistics.bootstrap import AREAS, Sampled
from steelyard.models.statistics.share_spread import effective_images, share_spreads
from steelyard.models.statistics.shares import Share
from steelyard.models.statistics.spread import Spread, spreads
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.point import estimate
from steelyard.models.verdict.tried import Cell
from steelyard.models.verdict.verdict import Estimate, OfClass

Counted = float | Sequence[float]


@dataclass(frozen=True)
class Basis:
    """What a metric is counted in.

    Attributes:
        images: that bound it where no sample of them changes anything.
        groups: that they were drawn in; None where each was drawn alone.
    """

    images: int
    groups: int | None


def alike(sizes: npt.NDArray[np.number]) -> int:
    """How many images a mean of recalls is counted in, were all classes found alike:  C^2 / sum_c 1/n_c, rounded down.

    Args:
        sizes: (C,) images of each class, > 0.
    """
    return max(1, int(len(sizes) ** 2 / np.sum(1 / np.asarray(sizes, np.float64)) + 1e-9))


def counted_in(recalls: Values, sizes: Values) -> float:
    """How many images, each found with the same chance, tell a mean of recalls as well as these do.

    p (1 - p) / V  with  V = sum_c p_c (1 - p_c) / (n_c - 1) / C^2 + 1 / N^2,  N of :func:`alike`. Each p_c is taken as
    if two images more were found as the mean p is, so that it is seldom 0 or 1; 1 / N^2 is what one image more that is
    missed adds, by which a mean of 1 is counted in N.

    Args:
        recalls: (C,) of each class, mean over seeds.
        sizes: (C,) images of each class, > 0.

    Source:
        Korn & Graubard 1998, Survey Methodology 24:193, with the classes as strata.
    """
    images, mean = alike(sizes), float(np.mean(recalls))
    smooth = (images * mean + 1) / (images + 2)
    each = (sizes * recalls + 2 * smooth) / (sizes + 2)
    variance = np.sum(each * (1 - each) / np.maximum(1, sizes - 1)) / len(sizes) ** 2 + 1 / images**2
    return float(smooth * (1 - smooth) / variance)


def whole(evidence: Evidence) -> Basis:
    """What the macro metrics are counted in."""
    return Basis(alike(evidence.sizes[evidence.present]), evidence.test.group_count)


def of_class(evidence: Evidence, place: int) -> Basis:
    """What the metrics of a class are counted in; of a class that test lacks, no image."""
    size = int(evidence.sizes[place])
    return Basis(size, evidence.class_groups[place]) if size else Basis(1, None)


def macro(evidence: Evidence, place: str) -> dict[Cell, dict[str, Estimate]]:
    """The ``MACRO`` metrics of every cell at a place."""
    redrawn, cells, present = evidence.redrawn[place], evidence.cells, evidence.present
    sizes, found = evidence.sizes[present].astype(np.float64), evidence.redrawn[place].macro()
    hits = redrawn.once.hits[:, present] / sizes
    counted = [counted_in(hits[columns].mean(axis=0), sizes) for columns in cells.values()]
    shares: dict[str, Counted] = dict.fromkeys(("recall", "balanced_accuracy"), counted)
    shares["accuracy"] = float(evidence.sizes.sum())
    by_metric = {name: estimates(evidence, found[name], whole(evidence), shares.get(name)) for name in MACRO}
    return {cell: {name: of_cells[cell] for name, of_cells in by_metric.items()} for cell in cells}


def areas(evidence: Evidence) -> dict[Cell, dict[str, Estimate]]:
    """The areas of every cell."""
    by_metric = {name: estimates(evidence, evidence.areas[name], whole(evidence)) for name in AREAS}
    return {cell: {name: of_cells[cell] for name, of_cells in by_metric.items()} for cell in evidence.cells}


def accuracy(evidence: Evidence) -> dict[Cell, Spread]:
    """How the accuracy of every cell varies at the operating point."""
    metric, basis = evidence.redrawn["operating"].macro()["accuracy"], whole(evidence)
    cells, images = [metric.of(columns) for columns in evidence.cells.values()], float(evidence.sizes.sum())
    found = share_spreads(cells, [images] * len(cells), basis.images, basis.groups, evidence.kinds)
    return dict(zip(evidence.cells, found, strict=True))


def confusion(evidence: Evidence, cell: Cell) -> tuple[tuple[float, ...], ...]:
    """(K, K): images of the row's class that are called the column's at the operating point, mean over seeds."""
    columns, size = evidence.cells[cell], len(evidence.classes)
    pairs = (evidence.test.labels * size + evidence.called["operating"][columns]).ravel()
    counts = np.bincount(pairs, minlength=size**2).reshape(size, size) / len(columns)
    return tuple(tuple(float(count) for count in row) for row in counts)


def classes(evidence: Evidence) -> dict[Cell, tuple[OfClass, ...]]:
    """Every class of every cell at its operating point."""
    found = [_class(evidence, place) for place in range(len(evidence.classes))]
    return {
        cell: tuple(
            OfClass(
                name=name,
                images=int(evidence.sizes[place]),
                train=evidence.train[place],
                **{metric: found[place][metric][cell] for metric in OF_A_CLASS},
            )
            for place, name in enumerate(evidence.classes)
        )
        for cell in evidence.cells
    }


def _class(evidence: Evidence, place: int) -> dict[str, Mapping[Cell, Estimate]]:
    redrawn, basis = evidence.redrawn["operating"], of_class(evidence, place)
    found, calls = redrawn.of_class(place), redrawn.once.calls[:, place]
    called = [float(calls[columns].mean()) for columns in evidence.cells.values()]
    counted: dict[str, Counted] = {"recall": float(evidence.sizes[place]), "precision": called}
    return {name: estimates(evidence, found[name], basis, counted.get(name)) for name in OF_A_CLASS}


def estimates(
    evidence: Evidence, metric: Sampled, basis: Basis, counted: Counted | None = None
) -> dict[Cell, Estimate]:
    """A metric of every cell.

    Args:
        evidence: of the sweep.
        metric: of each trial.
        basis: what it is counted in.
        counted: images that it is a share of, per cell where they differ; None for what is no share.
    """
    cells = [metric.of(columns) for columns in evidence.cells.values()]
    if counted is None:
        found = spreads(cells, basis.images, basis.groups, kinds=evidence.kinds)
        bounds = [_within(spread) for spread in found]
    else:
        images = [counted] * len(cells) if isinstance(counted, float) else counted
        found = share_spreads(cells, images, basis.images, basis.groups, evidence.kinds)
        shares = [_share(spread, number) for spread, number in zip(found, images, strict=True)]
        bounds = [share.interval(evidence.interval) for share in shares]
    told = [estimate(spread, of) for spread, of in zip(found, bounds, strict=True)]
    return dict(zip(evidence.cells, told, strict=True))


def _share(spread: Spread, images: float) -> Share:
    return Share(min(1.0, max(0.0, spread.mean)), effective_images(spread, images))


def _within(spread: Spread) -> tuple[float, float]:
    low, high = spread.interval()
    return max(0.0, low), min(1.0, high)
