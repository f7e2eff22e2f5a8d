"""From the evidence to the verdict: every cell in turn, then the sweep as a whole."""

import numpy as np

from steelyard.models.metrics.registry import OF_CLASS
from steelyard.models.objective.certificate import FLOOR
from steelyard.models.verdict import corrected_scores
from steelyard.models.verdict.bearing import KNOWN_NOTHING, KnownOfImages, bearing
from steelyard.models.verdict.cell_verdict import CellVerdict, Difference, Estimate, Feasibility, Status, Threshold
from steelyard.models.verdict.chosen import Chosen
from steelyard.models.verdict.differences import differences, shape
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.measured import Measured
from steelyard.models.verdict.rechosen import Rechosen
from steelyard.models.verdict.scored_trials import Cell
from steelyard.models.verdict.slices import slices
from steelyard.models.verdict.sweep_verdict import Verdict

MOST = 1000.0
"""Times as many images as there are, which nobody gets."""


def judge(evidence: Evidence, chosen: Chosen, known: KnownOfImages = KNOWN_NOTHING) -> Verdict:
    """Say what a sweep showed, in numbers.

    Args:
        evidence: of at least one trial that finished.
        chosen: its cells, the one to use first.
        known: of the images.

    Raises:
        ValueError: the trials scored other images.
    """
    measured, base = Measured(evidence, chosen), evidence.baseline(chosen.cells)
    differs = differences(measured, base)
    cells = tuple(_cell(measured, cell, cell == base, differs.get(cell, {})) for cell in chosen.cells)
    return Verdict(
        objective=str(evidence.objective),
        classes=evidence.classes,
        sizes=tuple(int(size) for size in evidence.sizes),
        train=evidence.train,
        prevalence=0.0 if evidence.place is None else evidence.prevalence,
        samples=evidence.weights.shape[1],
        groups=evidence.test.named_groups(evidence.groups),
        words=(),
        cells=cells,
        folds=1 if evidence.test.folds is None else len(np.unique(evidence.test.folds)),
        thinned=any(trial.trial.partition.thins for trial in evidence.trials),
        apart=evidence.apart,
        several=len({cell.recipe for cell in cells}) > 1,
        bearing=bearing(evidence, chosen.networks[chosen.cells[0]], known),
    )


def _cell(measured: Measured, cell: Cell, is_base: bool, differs: dict[str, Difference]) -> CellVerdict:
    evidence, outcome = measured.evidence, measured.evidence.outcome(cell)
    columns, network, every = evidence.cells[cell], measured.chosen.networks[cell], evidence.every_class
    point = measured.point(cell)
    return CellVerdict(
        cell=cell[0],
        weight_positive=cell[1],
        recipe=outcome.recipe,
        seeded=outcome.seeded,
        shape="baseline" if is_base else shape(differs) if differs else None,
        feasibility=_feasibility(measured, cell, point),
        point=point,
        argmax=measured.argmax(cell),
        areas=measured.areas(cell),
        differences=differs,
        thresholds=tuple(_threshold(evidence, int(column)) for column in columns),
        slices=slices(evidence, network),
        silent=not every and not (evidence.called(network) == 1).any(),
        calibration=corrected_scores.calibrations(evidence, columns),
        classes=measured.classes(cell) if every else (),
        confusion=measured.confusion(cell) if every else (),
    )


def _threshold(evidence: Evidence, column: int) -> Threshold:
    trial = evidence.trials[column]
    return Threshold(
        seed=trial.outcome.seed,
        value=trial.operating.threshold,
        feasible=trial.operating.feasible,
        corrected=corrected_scores.threshold(evidence, trial),
    )


def _feasibility(measured: Measured, cell: Cell, point: dict[str, Estimate]) -> Feasibility | None:
    """Whether a cell's constraint is certified; refuted only where it is for each cell of the sweep."""
    evidence, objective = measured.evidence, measured.evidence.objective
    if not objective.constraint or evidence.place is None:
        return None
    own = evidence.rechosen(measured.chosen.networks[cell])
    status: Status = "FEASIBLE" if own.choice.certified else "UNDECIDED"
    if not own.choice.certified and own.candidates.refuted:
        status = "INFEASIBLE"
    limit, value = _certified_limit(evidence, own)
    return Feasibility(
        status=status,
        metric=objective.constraint,
        limit=objective.limit,
        at=point[f"{OF_CLASS * evidence.every_class}{objective.constraint}"],
        certified_limit=limit,
        certified_value=value,
        needed=_needed(own) if status == "UNDECIDED" else None,
    )


def _certified_limit(evidence: Evidence, own: Rechosen) -> tuple[float | None, float | None]:
    """The tightest limit that some threshold is certified for, and the optimised metric there."""
    objective, candidates = evidence.objective, own.candidates
    limits = candidates.certified_limits(objective)
    limits = np.where(candidates.rates.recall >= FLOOR, limits, -np.inf if objective.at_least else np.inf)
    place = int(np.argmax(limits) if objective.at_least else np.argmin(limits))
    limit = float(limits[place])
    if not np.isfinite(limit) or limit <= 0:
        return None, None
    return limit, float(objective.values(candidates.rates)[place])


def _needed(own: Rechosen) -> tuple[float, float] | None:
    """By how much the images would have to grow: the quartiles over the samples; None where no growth would do."""
    low, high = (float(of) for of in np.quantile(own.needed, [0.25, 0.75], method="nearest"))
    return (low, min(high, MOST)) if low <= MOST else None
