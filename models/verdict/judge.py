"""From the evidence to the verdict: every cell in turn, then the sweep as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self

import numpy as np

from steelyard.models.comparison.tables import level, ranked
from steelyard.models.metrics.registry import AT_A_POINT, OF_CLASS
from steelyard.models.objective.cautions import SHIFT
from steelyard.models.statistics.spread import Spread
from steelyard.models.verdict import corrected_scores, differences, every_class_metrics, threshold_spread
from steelyard.models.verdict.bearing import KNOWN_NOTHING, KnownOfImages, bearing
from steelyard.models.verdict.cell_verdict import CellVerdict, Difference, Estimate, OfClass, Threshold
from steelyard.models.verdict.estimates import areas
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.feasibility import feasibility
from steelyard.models.verdict.one_class_metrics import Point, precision_as_counted
from steelyard.models.verdict.one_threshold import one_threshold
from steelyard.models.verdict.published import published
from steelyard.models.verdict.scored_trials import Cell
from steelyard.models.verdict.slices import slices
from steelyard.models.verdict.sweep_verdict import Leader, Network, Verdict, Versus
from steelyard.models.verdict.val_and_test import unlike

Estimates = Mapping[Cell, dict[str, Estimate]]
Differences = Mapping[Cell, dict[str, Difference]]


def judge(
    evidence: Evidence,
    order: Sequence[Cell],
    leader: Leader | None = None,
    known: KnownOfImages = KNOWN_NOTHING,
) -> Verdict:
    """Say what a sweep showed, in numbers.

    Args:
        evidence: of at least one trial that finished.
        order: the cells, the one to use first, then best on val first; those without a finished trial are left out.
        leader: as ``recommended`` has it.
        known: of the images.

    Raises:
        ValueError: the trials scored other images.
    """
    finished = [cell for cell in order if cell in evidence.cells]
    rivals = differences.of_rivals(evidence, finished)
    of_networks = {names: of for names, of in rivals.items() if differences.is_of_networks(evidence, *names)}
    numbers = _Numbers.of(evidence, {names[0]: of for names, of in rivals.items() if names not in of_networks})
    return Verdict(
        objective=str(evidence.objective),
        interval=evidence.interval,
        classes=evidence.classes,
        sizes=tuple(int(size) for size in evidence.sizes),
        train=evidence.train,
        prevalence=0.0 if evidence.place is None else evidence.prevalence,
        samples=evidence.drawn,
        groups=evidence.test.named_groups(evidence.groups),
        optimistic=any(trial.trial.partition.validate_on == "test" for trial in evidence.trials),
        level=_level(evidence, finished[0]),
        words=(),
        cells=tuple(_cell(evidence, numbers, cell) for cell in finished),
        class_groups=evidence.class_groups if evidence.every_class else (),
        published=published(evidence) if evidence.every_class else (),
        networks=_networks(evidence, finished),
        folds=len(evidence.test.turns),
        thinned=any(trial.trial.partition.thins for trial in evidence.trials),
        margin=evidence.objective.margin,
        as_counted=_as_counted(evidence, finished[0]),
        leader=leader,
        bearing=bearing(evidence, finished[0], known),
        unlike=unlike(evidence, finished[0], numbers.points[finished[0]]) if numbers.points else (),
        one_threshold=one_threshold(evidence, finished[0]),
        versus=tuple(_versus(evidence, *names, of) for names, of in of_networks.items()),
    )


def _level(evidence: Evidence, first: Cell) -> int:
    """How many cells are as good on val as the one to use; 0 where that is not the first on val."""
    outcomes = [trial.outcome for trial in evidence.trials]
    return level(outcomes) if ranked(outcomes)[0] == first else 0


def _as_counted(evidence: Evidence, best: Cell) -> Estimate | None:
    """Precision of a cell where as many images are positive as in test, if that is not what the objective is for."""
    stated = evidence.objective.prevalence
    if stated is None or evidence.place is None or abs(stated - evidence.test.share) <= SHIFT:
        return None
    return precision_as_counted(evidence)[best]


@dataclass(frozen=True)
class _Numbers:
    """Of all cells, which share what they know of the variance between seeds."""

    points: Mapping[Cell, Point]
    at_argmax: Mapping[Cell, Point]
    areas: Estimates
    differences: Differences
    macro: Estimates
    macro_argmax: Estimates
    accuracy: Mapping[Cell, Spread]
    classes: Mapping[Cell, tuple[OfClass, ...]]
    class_differences: Differences
    thresholds: Sequence[Threshold]

    @classmethod
    def of(cls, evidence: Evidence, differs: Differences) -> Self:
        one, every = evidence.place is not None, evidence.every_class
        return cls(
            points=Point.of_each(evidence, "operating") if one else {},
            at_argmax=Point.of_each(evidence, "argmax") if one else {},
            areas=areas(evidence),
            differences=differs,
            macro=every_class_metrics.macro(evidence, "operating") if every else {},
            macro_argmax=every_class_metrics.macro(evidence, "argmax") if every else {},
            accuracy=every_class_metrics.accuracy(evidence) if every else {},
            classes=every_class_metrics.classes(evidence) if every else {},
            class_differences=differences.class_differences(evidence) if every else {},
            thresholds=threshold_spread.spreads(evidence),
        )


def _cell(evidence: Evidence, numbers: _Numbers, cell: Cell) -> CellVerdict:
    outcome, differs, columns = evidence.outcome(cell), numbers.differences.get(cell, {}), evidence.cells[cell]
    point, argmax, every = numbers.points.get(cell), numbers.at_argmax.get(cell), evidence.every_class
    own = {name: point.estimate(name) for name in point.spreads} if point else {}
    own_argmax = {name: argmax.estimate(name) for name in AT_A_POINT} if argmax else {}
    if every:
        own, own_argmax = ({f"{OF_CLASS}{name}": of for name, of in each.items()} for each in (own, own_argmax))
    whole = numbers.accuracy.get(cell) or (point.spreads["recall"] if point else None)
    return CellVerdict(
        cell=cell[0],
        weight_positive=cell[1],
        recipe=outcome.recipe,
        seeded=outcome.seeded,
        shape="baseline" if outcome.is_baseline else differences.shape(differs) if differs else None,
        feasibility=feasibility(evidence, cell, point) if point else None,
        point=numbers.macro.get(cell, {}) | own,
        argmax=numbers.macro_argmax.get(cell, {}) | own_argmax,
        areas=numbers.areas[cell],
        differences=differs,
        thresholds=tuple(numbers.thresholds[column] for column in columns),
        slices=slices(evidence, cell, whole) if whole else (),
        silent=0 if every else int(np.sum(~(evidence.called["operating"][columns] == 1).any(axis=1))),
        pairs=differences.pairs(evidence, cell),
        calibration=corrected_scores.calibrations(evidence, columns),
        classes=_classes(evidence, numbers, cell),
        class_differences=numbers.class_differences.get(cell, {}),
        confusion=every_class_metrics.confusion(evidence, cell) if every else (),
    )


def _classes(evidence: Evidence, numbers: _Numbers, cell: Cell) -> tuple[OfClass, ...]:
    """Those of a cell; the one that has a threshold as the objective judges it, so that one number has one interval."""
    classes, point, place = list(numbers.classes.get(cell, ())), numbers.points.get(cell), evidence.place
    if classes and point and place is not None:
        metrics = ("recall", "precision") if evidence.objective.prevalence is None else ("recall",)
        classes[place] = classes[place].model_copy(update={name: point.estimate(name) for name in metrics})
    return tuple(classes)


def _networks(evidence: Evidence, order: Sequence[Cell]) -> tuple[Network, ...]:
    """The recipes, by their baselines on val, the best first; none where there is one recipe."""
    baselines = evidence.baselines(order)
    seconds: dict[str, list[float]] = {recipe: [] for recipe in baselines}
    for trial in evidence.trials:
        seconds.setdefault(trial.outcome.recipe, []).append(trial.outcome.seconds)
    if len(seconds) == 1:
        return ()
    return tuple(
        Network(
            recipe=recipe,
            cell=baselines[recipe][0] if recipe in baselines else "",
            trials=len(of_trials),
            seconds=median(of_trials),
            once=evidence.once.get(recipe, 0.0),
        )
        for recipe, of_trials in seconds.items()
    )


def _versus(evidence: Evidence, cell: Cell, other: Cell, differs: dict[str, Difference]) -> Versus:
    one, beside = (evidence.outcome(of).recipe for of in (cell, other))
    return Versus(recipe=one, other=beside, shape=differences.shape(differs), differences=differs)
