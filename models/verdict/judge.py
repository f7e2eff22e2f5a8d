"""From the evidence to the verdict: every cell in turn, then the sweep as a whole."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from steelyard.models.comparison.tables import level
from steelyard.models.metrics.lexicon import AT_A_POINT, OF_CLASS
from steelyard.models.statistics.bootstrap import AREAS
from steelyard.models.statistics.spread import Spread
from steelyard.models.verdict import class_points, corrected, differences, thresholds
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.feasibility import feasibility
from steelyard.models.verdict.pairs import pairs
from steelyard.models.verdict.point import Point, areas
from steelyard.models.verdict.published import published
from steelyard.models.verdict.slices import slices
from steelyard.models.verdict.tried import Cell, networks
from steelyard.models.verdict.verdict import CellVerdict, Difference, Estimate, OfClass, Verdict, Versus

THREADS = 2
"""That judge cells side by side, since numpy lets others go on: 27 cells took 2.5 s, in one 3.4 s (2 cores, n = 2)."""

Estimates = Mapping[Cell, dict[str, Estimate]]
Differences = Mapping[Cell, dict[str, Difference]]


def judge(evidence: Evidence, order: Sequence[Cell]) -> Verdict:
    """Say what a sweep showed, in numbers.

    Args:
        evidence: of at least one trial that finished.
        order: the cells, best on val first; those without a finished trial are left out.

    Raises:
        ValueError: the trials scored other images.
    """
    finished = [cell for cell in order if cell in evidence.cells]
    rivals = differences.of_rivals(evidence, finished)
    of_networks = {names: of for names, of in rivals.items() if differences.is_of_networks(evidence, *names)}
    found = _found(evidence, {names[0]: of for names, of in rivals.items() if names not in of_networks})
    with ThreadPoolExecutor(THREADS) as threads:
        cells = tuple(threads.map(partial(_cell, evidence, found), finished))
    return Verdict(
        objective=str(evidence.objective),
        interval=evidence.interval,
        classes=evidence.classes,
        sizes=tuple(int(size) for size in evidence.sizes),
        train=evidence.train,
        prevalence=0.0 if evidence.place is None else evidence.prevalence,
        samples=evidence.drawn,
        groups=evidence.named_groups,
        optimistic=any(tried.trial.partition.validate_on == "test" for tried in evidence.tried),
        level=level([tried.outcome for tried in evidence.tried]),
        words=(),
        cells=cells,
        class_groups=evidence.class_groups if evidence.every_class else (),
        published=published(evidence) if evidence.every_class else (),
        networks=networks(evidence.tried, finished, evidence.cells, evidence.once),
        versus=tuple(_versus(evidence, *names, of) for names, of in of_networks.items()),
    )


@dataclass(frozen=True)
class _Found:
    """The numbers of all cells, which share what they know of the variance between seeds."""

    points: Mapping[Cell, Point]
    at_argmax: Mapping[Cell, Point]
    areas: Estimates
    differences: Differences
    macro: Estimates = field(default_factory=dict)
    macro_argmax: Estimates = field(default_factory=dict)
    accuracy: Mapping[Cell, Spread] = field(default_factory=dict)
    classes: Mapping[Cell, tuple[OfClass, ...]] = field(default_factory=dict)
    class_differences: Differences = field(default_factory=dict)


def _found(evidence: Evidence, differs: Differences) -> _Found:
    one = evidence.place is not None
    points, argmax = (Point.of_each(evidence, place) if one else {} for place in ("operating", "argmax"))
    if not evidence.every_class:
        return _Found(points, argmax, areas(evidence), differs)
    return _Found(
        points,
        argmax,
        _areas(evidence),
        differs,
        class_points.macro(evidence, "operating"),
        class_points.macro(evidence, "argmax"),
        class_points.accuracy(evidence),
        class_points.classes(evidence),
        differences.class_differences(evidence),
    )


def _areas(evidence: Evidence) -> Estimates:
    """Means over the classes; beside them those of the class, where the objective is of its curve."""
    found = class_points.areas(evidence)
    if not evidence.objective.is_of_the_curve:
        return found
    own = areas(evidence)
    return {cell: of | {f"{OF_CLASS}{name}": own[cell][name] for name in AREAS} for cell, of in found.items()}


def _cell(evidence: Evidence, found: _Found, cell: Cell) -> CellVerdict:
    outcome, differs, columns = evidence.outcome(cell), found.differences.get(cell, {}), evidence.cells[cell]
    point, argmax = found.points.get(cell), found.at_argmax.get(cell)
    own, own_argmax = point.estimates() if point else {}, _at_argmax(argmax) if argmax else {}
    if evidence.every_class:
        own, own_argmax = ({f"{OF_CLASS}{name}": of for name, of in each.items()} for each in (own, own_argmax))
    spreads = {"recall": point.spreads["recall"]} if point else {}
    return CellVerdict(
        cell=cell[0],
        weight_positive=cell[1],
        recipe=outcome.recipe,
        seeded=outcome.seeded,
        shape="baseline" if outcome.is_baseline else differences.shape(differs) if differs else None,
        feasibility=feasibility(evidence, cell, point) if point else None,
        point=found.macro.get(cell, {}) | own,
        argmax=found.macro_argmax.get(cell, {}) | own_argmax,
        areas=found.areas[cell],
        differences=differs,
        thresholds=tuple(thresholds.spread(evidence, column) for column in columns),
        slices=slices(evidence, cell, spreads | ({"accuracy": found.accuracy[cell]} if found.accuracy else {})),
        silent=0 if evidence.every_class else int(np.sum(~(evidence.called["operating"][columns] == 1).any(axis=1))),
        pairs=pairs(evidence, cell),
        calibration=corrected.calibrations(evidence, columns),
        classes=_classes(evidence, found, cell),
        class_differences=found.class_differences.get(cell, {}),
        confusion=class_points.confusion(evidence, cell) if evidence.every_class else (),
    )


def _classes(evidence: Evidence, found: _Found, cell: Cell) -> tuple[OfClass, ...]:
    """Those of a cell; the one that has a threshold as the objective judges it, so that one number has one interval."""
    classes, point, place = list(found.classes.get(cell, ())), found.points.get(cell), evidence.place
    if classes and point and place is not None:
        metrics = ("recall", "precision") if evidence.objective.prevalence is None else ("recall",)
        classes[place] = classes[place].model_copy(update={name: point.estimate(name) for name in metrics})
    return tuple(classes)


def _at_argmax(point: Point) -> dict[str, Estimate]:
    return {name: point.estimate(name) for name in AT_A_POINT}


def _versus(evidence: Evidence, cell: Cell, other: Cell, found: dict[str, Difference]) -> Versus:
    one, beside = (evidence.outcome(of).recipe for of in (cell, other))
    return Versus(recipe=one, other=beside, shape=differences.shape(found), differences=found)
