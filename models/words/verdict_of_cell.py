"""What a verdict says of one cell, in sentences."""

from collections.abc import Iterator

from steelyard.models.metrics.registry import DEPENDENT
from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_verdict import CellVerdict, Feasibility
from steelyard.models.verdict.chosen import LEVEL
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say
from steelyard.models.words.next_step import certified, needed, there

WORST = 3
"""Classes that are named."""

BECAME = {
    "FEASIBLE": "is certified",
    "INFEASIBLE": "is refuted at every threshold that finds 5 % of the positives",
    "UNDECIDED": "is neither certified nor refuted",
}
"""What became of the constraint."""


def of_cell(cell: CellVerdict, objective: Objective, verdict: Verdict) -> Iterator[str]:
    """Sentence by sentence: its constraint, what it is beside the baseline, and its classes."""
    if cell.feasibility:
        yield feasible(cell.feasibility, objective, verdict)
    if cell.silent:
        yield "No image is called positive; precision counts as 0."
    if cell.differences:
        yield _compared(cell, objective, verdict)
    elif cell.shape is None:
        yield "Not compared with the unweighted network, which did not finish."
    if cell.classes:
        told = [
            f"{say.quoted(of.name)} at {say.figures(of.recall)} of {say.counted(of.images, 'image')}"
            for of in say.rising(cell)
        ]
        yield f"Recall by class, lowest first: {say.listed(told, WORST)}."


def feasible(judged: Feasibility, objective: Objective, verdict: Verdict) -> str:
    """Whether the constraint is certified, what is measured, and what would certify it or is certified too."""
    asked, share = say.constraint(objective, say.of_class(objective)), ""
    if objective.constraint in DEPENDENT:
        share = say.at_share(verdict, objective).replace(" % ", " % are ", 1)
        share = f", {'as if' if objective.prevalence is not None else 'where'} {share}"
    measured = f"{say.measured(judged.metric, judged.at)} {say.where(verdict)}{share}"
    bound, more = certified(judged, objective), needed(judged, verdict, objective)
    said = f"{judged.status}: {asked} {BECAME[judged.status]} with 95 % confidence; {measured}"
    if more:
        said += f"; {more} would certify it, were all else the same"
    if bound is not None:
        too = "too" if judged.status == "FEASIBLE" else "at some threshold"
        said += f"; {say.constraint(objective, bound=bound)} is certified {too}{there(judged, objective)}"
    return f"{said}."


def _compared(cell: CellVerdict, objective: Objective, verdict: Verdict) -> str:
    """Its differences to the baseline."""
    family, told = say.counted(sum(bool(of.differences) for of in verdict.cells), "cell"), []
    for key, of in cell.differences.items():
        shown = "" if of.p_holm <= LEVEL else ", not shown"
        about = say.of_class(objective) if "/" in key else ""
        told.append(f"{say.name(key)}{about} {say.moves(of, key)}, {say.chance(of.p_holm)}{shown}")
    holm = f" (p after Holm's correction over {family})" if len(verdict.cells) > 2 else ""
    than = "as" if cell.shape == "same curve" else "than"
    return f"{say.capitalised(say.shape(cell.shape))} {than} the unweighted network: {say.listed(told)}{holm}."
