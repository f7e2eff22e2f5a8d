"""From the evidence to the verdict over K classes: every cell in turn, then the sweep as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from steelyard.models.classes import points
from steelyard.models.classes.differences import class_differences, is_of_networks, of_rivals, shape
from steelyard.models.classes.evidence import ClassesEvidence
from steelyard.models.classes.feasibility import feasibility
from steelyard.models.classes.published import published
from steelyard.models.classes.slices import slices
from steelyard.models.classes.verdict import Chosen, ClassCell, ClassesVerdict, ClassSlice, OfClass
from steelyard.models.classes.words import worded
from steelyard.models.tables import level
from steelyard.models.verdict.networks import networks
from steelyard.models.verdict.tried import Cell
from steelyard.models.verdict.verdict import Difference, Estimate, Feasibility, Versus

Estimates = Mapping[Cell, dict[str, Estimate]]
Differences = Mapping[Cell, dict[str, Difference]]


def judge(evidence: ClassesEvidence, order: Sequence[Cell]) -> ClassesVerdict:
    """Say what a sweep showed.

    Args:
        evidence: of at least one trial that finished.
        order: the cells, best on val first; those without a finished trial are left out.

    Raises:
        ValueError: the trials scored other images.
    """
    finished = [cell for cell in order if cell in evidence.cells]
    found = _Found.of(evidence, finished)
    verdict = ClassesVerdict(
        objective=str(evidence.objective),
        classes=evidence.classes,
        sizes=tuple(int(size) for size in evidence.sizes),
        train=evidence.train,
        samples=evidence.drawn,
        groups=evidence.named_groups,
        optimistic=any(tried.trial.partition.validate_on == "test" for tried in evidence.tried),
        level=level([tried.outcome for tried in evidence.tried]),
        words=(),
        cells=tuple(_cell(evidence, found, cell) for cell in finished),
        published=published(evidence),
        networks=networks(evidence.tried, finished, evidence.cells, evidence.once),
        versus=found.versus,
    )
    return worded(verdict, evidence.objective, evidence.class_groups)


@dataclass(frozen=True)
class _Found:
    """The numbers of all cells, which share what they know of the variance between seeds."""

    point: Estimates
    argmax: Estimates
    areas: Estimates
    classes: Mapping[Cell, tuple[OfClass, ...]]
    differences: Differences
    class_differences: Differences
    slices: Mapping[Cell, tuple[ClassSlice, ...]]
    versus: tuple[Versus, ...]

    @classmethod
    def of(cls, evidence: ClassesEvidence, order: Sequence[Cell]) -> Self:
        rivals = of_rivals(evidence, order)
        networks = {names: of for names, of in rivals.items() if is_of_networks(evidence, *names)}
        return cls(
            points.macro(evidence, "operating"),
            points.macro(evidence, "argmax"),
            points.areas(evidence),
            points.classes(evidence),
            {names[0]: of for names, of in rivals.items() if names not in networks},
            class_differences(evidence),
            slices(evidence),
            tuple(_versus(evidence, *names, of) for names, of in networks.items()),
        )


def _versus(evidence: ClassesEvidence, cell: Cell, other: Cell, found: dict[str, Difference]) -> Versus:
    one, beside = (evidence.outcome(of).recipe for of in (cell, other))
    return Versus(recipe=one, other=beside, shape=shape(found), differences=found)


def _cell(evidence: ClassesEvidence, found: _Found, cell: Cell) -> ClassCell:
    trials = [evidence.tried[column] for column in evidence.cells[cell]]
    differs, of_class = found.differences.get(cell, {}), evidence.objective.class_name
    return ClassCell(
        cell=cell[0],
        weight_positive=cell[1],
        recipe=trials[0].outcome.recipe,
        seeded=trials[0].outcome.seeded,
        handling=trials[0].outcome.handling,
        shape="baseline" if trials[0].outcome.is_baseline else shape(differs) if differs else None,
        point=found.point[cell],
        argmax=found.argmax[cell],
        areas=found.areas[cell],
        differences=differs,
        class_differences=found.class_differences.get(cell, {}),
        classes=found.classes[cell],
        feasibility=_feasibility(evidence, found, cell) if of_class else None,
        confusion=_confusion(evidence, cell),
        thresholds=tuple(
            Chosen(seed=of.outcome.seed, threshold=of.operating.threshold, feasible=of.operating.feasible)
            for of in trials
        ),
        slices=found.slices[cell],
    )


def _feasibility(evidence: ClassesEvidence, found: _Found, cell: Cell) -> Feasibility:
    place = evidence.classes.index(evidence.objective.class_name)
    return feasibility(evidence, cell, found.classes[cell][place].precision)


def _confusion(evidence: ClassesEvidence, cell: Cell) -> tuple[tuple[float, ...], ...]:
    columns, size = evidence.cells[cell], len(evidence.classes)
    pairs = (evidence.test.labels * size + evidence.called["operating"][columns]).ravel()
    counts = np.bincount(pairs, minlength=size**2).reshape(size, size) / len(columns)
    return tuple(tuple(float(count) for count in row) for row in counts)
