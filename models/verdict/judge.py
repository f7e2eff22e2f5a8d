"""From the evidence to the verdict: every cell in turn, then the sweep as a whole."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from steelyard.models.statistics.bootstrap import AREAS, Sampled
from steelyard.models.statistics.spread import Spread
from steelyard.models.tables import level
from steelyard.models.verdict import corrected, curve, thresholds, words
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.feasibility import feasibility
from steelyard.models.verdict.networks import networks
from steelyard.models.verdict.pairs import pairs
from steelyard.models.verdict.point import Point, estimate
from steelyard.models.verdict.slices import slices
from steelyard.models.verdict.tried import Cell
from steelyard.models.verdict.verdict import CellVerdict, Difference, Estimate, Verdict, Versus

THREADS = 2
"""That judge cells side by side, since numpy lets others go on: 27 cells took 2.5 s, in one 3.4 s (2 cores, n = 2)."""

ARGMAX_METRICS = ("recall", "false_positive_rate", "precision", "alarms", "accuracy")


def judge(evidence: Evidence, order: Sequence[Cell], table: pd.DataFrame) -> Verdict:
    """Say what a sweep showed.

    Args:
        evidence: of at least one trial that finished.
        order: the cells, best on val first; those without a finished trial are left out.
        table: a column (str) per slice, indexed by image id; it may have no column.

    Raises:
        ValueError: the trials scored other images.
    """
    finished = [cell for cell in order if cell in evidence.cells]
    found, points = curve.of_rivals(evidence, finished), Point.of_each(evidence, "operating")
    told = {names: curve.is_of_networks(evidence, *names) for names in found}
    handled = {names[0]: of for names, of in found.items() if not told[names]}
    argmax, areas = Point.of_each(evidence, "argmax"), _areas(evidence)

    def judged(cell: Cell) -> CellVerdict:
        return _cell(evidence, cell, points[cell], argmax[cell], areas[cell], handled.get(cell, {}), table)

    with ThreadPoolExecutor(THREADS) as threads:
        cells = tuple(threads.map(judged, finished))
    positives, negatives = evidence.test.sizes
    return words.worded(
        Verdict(
            objective=str(evidence.objective),
            interval=evidence.interval,
            positives=positives,
            negatives=negatives,
            prevalence=evidence.prevalence,
            samples=evidence.samples,
            groups=evidence.named_groups,
            optimistic=any(tried.trial.partition.validate_on == "test" for tried in evidence.tried),
            level=level([tried.outcome for tried in evidence.tried]),
            words=(),
            cells=cells,
            networks=networks(evidence.tried, finished, evidence.cells, evidence.once),
            versus=tuple(_versus(evidence, *names, of) for names, of in found.items() if told[names]),
        ),
        evidence.objective,
    )


def _cell(
    evidence: Evidence,
    cell: Cell,
    point: Point,
    argmax: Point,
    areas: dict[str, Estimate],
    differences: dict[str, Difference],
    table: pd.DataFrame,
) -> CellVerdict:
    outcome = evidence.outcome(cell)
    return CellVerdict(
        cell=cell[0],
        weight_positive=cell[1],
        recipe=outcome.recipe,
        seeded=outcome.seeded,
        shape="baseline" if outcome.is_baseline else curve.shape(differences) if differences else None,
        feasibility=feasibility(evidence, cell, point),
        point=point.estimates(),
        silent=int(np.sum(~evidence.called(evidence.cells[cell]).any(axis=1))),
        argmax={name: argmax.estimate(name) for name in ARGMAX_METRICS},
        areas=areas,
        differences=differences,
        pairs=pairs(evidence, cell),
        thresholds=tuple(thresholds.spread(evidence, column) for column in evidence.cells[cell]),
        slices=slices(evidence, cell, point, table),
        calibration=tuple(corrected.calibration(evidence, column) for column in evidence.cells[cell]),
    )


def _versus(evidence: Evidence, cell: Cell, other: Cell, found: dict[str, Difference]) -> Versus:
    one, beside = (evidence.outcome(of).recipe for of in (cell, other))
    return Versus(recipe=one, other=beside, shape=curve.shape(found), differences=found)


def _areas(evidence: Evidence) -> Mapping[Cell, dict[str, Estimate]]:
    found = {name: _estimates(evidence, evidence.sampled[name]) for name in AREAS}
    return {cell: {name: of_cells[cell] for name, of_cells in found.items()} for cell in evidence.cells}


def _estimates(evidence: Evidence, metric: Sampled) -> dict[Cell, Estimate]:
    found = evidence.spreads([metric.of(columns) for columns in evidence.cells.values()])
    return {cell: estimate(spread, _of_area(spread)) for cell, spread in zip(evidence.cells, found, strict=True)}


def _of_area(spread: Spread) -> tuple[float, float]:
    low, high = spread.interval()
    return max(0.0, low), min(1.0, high)
