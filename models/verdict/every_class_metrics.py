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

from collections.abc import Mapping

import numpy as np

from steelyard.models.metrics.tally import MACRO, OF_A_CLASS
from steelyard.models.statistics.class_means import effective_size
from steelyard.models.statistics.spread import Spread
from steelyard.models.verdict.cell_verdict import Estimate, OfClass
from steelyard.models.verdict.estimates import (
    Counted,
    all_classes_basis,
    by_cell,
    class_basis,
    estimates,
    means,
    spreads_of,
)
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import Cell


def macro(evidence: Evidence, place: str) -> dict[Cell, dict[str, Estimate]]:
    """The ``MACRO`` metrics of every cell at a place."""
    redrawn, basis, present = evidence.redrawn[place], all_classes_basis(evidence), evidence.present
    metrics, sizes = redrawn.macro(), evidence.sizes[present].astype(np.float64)
    recalls = redrawn.once.hits[:, present] / sizes
    images = [effective_size(recalls[columns].mean(axis=0), sizes) for columns in evidence.cells.values()]
    counted: dict[str, Counted] = {"recall": images, "balanced_accuracy": images, "accuracy": int(evidence.sizes.sum())}
    by_metric = {name: estimates(evidence, metrics[name], basis, counted.get(name)) for name in MACRO}
    return by_cell(evidence, by_metric)


def accuracy(evidence: Evidence) -> dict[Cell, Spread]:
    """How the accuracy of every cell varies at the operating point."""
    metric = evidence.redrawn["operating"].macro()["accuracy"]
    return spreads_of(evidence, metric, all_classes_basis(evidence), int(evidence.sizes.sum()))


def confusion(evidence: Evidence, cell: Cell) -> tuple[tuple[float, ...], ...]:
    """(K, K): images of the row's class that are called the column's at the operating point, mean over seeds."""
    columns, size = evidence.cells[cell], len(evidence.classes)
    pairs = (evidence.test.labels * size + evidence.called["operating"][columns]).ravel()
    counts = np.bincount(pairs, minlength=size**2).reshape(size, size) / len(columns)
    return tuple(tuple(float(count) for count in row) for row in counts)


def classes(evidence: Evidence) -> dict[Cell, tuple[OfClass, ...]]:
    """Every class of every cell at its operating point."""
    by_class = [_class(evidence, place) for place in range(len(evidence.classes))]
    return {
        cell: tuple(
            OfClass(name=name, images=int(size), train=train, **of_cells[cell])
            for name, size, train, of_cells in zip(
                evidence.classes, evidence.sizes, evidence.train, by_class, strict=True
            )
        )
        for cell in evidence.cells
    }


def _class(evidence: Evidence, place: int) -> Mapping[Cell, dict[str, Estimate]]:
    redrawn, basis = evidence.redrawn["operating"], class_basis(evidence, place)
    metrics, calls = redrawn.of_class(place), means(evidence, redrawn.once.calls[:, place])
    counted: dict[str, Counted] = {"recall": int(evidence.sizes[place]), "precision": calls}
    by_metric = {name: estimates(evidence, metrics[name], basis, counted.get(name)) for name in OF_A_CLASS}
    return by_cell(evidence, by_metric)
