"""Whether the precision of the objective's class keeps to its bound on test."""

from steelyard.models.classes.evidence import ClassesEvidence
from steelyard.models.verdict.tried import Cell
from steelyard.models.verdict.verdict import Estimate, Feasibility, Status


def feasibility(evidence: ClassesEvidence, cell: Cell, precision: Estimate) -> Feasibility:
    """Judge a cell's operating point.

    Where no threshold meets the bound on val in some seed, argmax stands in there, and it is never FEASIBLE.

    Args:
        evidence: of a sweep whose objective has a class.
        cell: which.
        precision: of the class on test.
    """
    missed, limit = (
        sum(not evidence.tried[at].operating.feasible for at in evidence.cells[cell]),
        evidence.objective.bound,
    )
    return Feasibility(
        status=_status(precision, limit, missed),
        metric="precision",
        limit=limit,
        at=precision,
        out_of_reach_on_val=missed,
    )


def _status(precision: Estimate, limit: float, missed: int) -> Status:
    if precision.high < limit:
        return "INFEASIBLE"
    return "FEASIBLE" if precision.low >= limit and not missed else "UNDECIDED"
