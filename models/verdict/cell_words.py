"""What one cell showed, in sentences."""

from collections.abc import Iterator

from steelyard.models.objective import Objective
from steelyard.models.objective.objective import DEPENDENT
from steelyard.models.statistics.bootstrap import RATES
from steelyard.models.verdict.curve import LEVEL
from steelyard.models.verdict.phrases import (
    chance,
    changed,
    constraint,
    counted,
    in_seeds,
    limit,
    measured,
    name,
    roughly,
)
from steelyard.models.verdict.verdict import CellVerdict, Difference, Feasibility, Verdict


def of_cell(cell: CellVerdict, objective: Objective, verdict: Verdict) -> Iterator[str]:
    """Sentence by sentence."""
    if cell.feasibility:
        yield feasible(cell.feasibility, objective, verdict)
    if cell.silent:
        seeds = in_seeds(cell.silent, len(cell.thresholds) * cell.seeded)
        said = f"{seeds}no image of test is called positive; precision counts as 0 there."
        yield f"{said[0].upper()}{said[1:]}"
    if cell.differences:
        yield shaped(cell, verdict)
    elif cell.shape is None:
        yield "Not compared with the baseline: no seed of both finished."


def feasible(found: Feasibility, objective: Objective, verdict: Verdict) -> str:
    """FEASIBLE, INFEASIBLE with the nearest point, or UNDECIDED with what would decide."""
    asked, where = limit(objective), _where(objective, verdict)
    said = f"{measured(found.metric, found.at)} on test{where}"
    if found.out_of_reach_on_val:
        seeds = in_seeds(found.out_of_reach_on_val, found.at.seeds)
        missed = f"{seeds}no threshold meets {constraint(objective)} on val"
        never = "" if found.status == "INFEASIBLE" or found.decided_by else "; what val misses is not called FEASIBLE"
        return (
            f"{found.status}: {missed}, where argmax stands in. {_nearest(found, objective)}{where}"
            f"{_left(found, objective)}{never}."
        )
    if found.status == "FEASIBLE":
        return f"FEASIBLE: {said}; all of the interval keeps to {asked}."
    if found.status == "INFEASIBLE":
        return f"INFEASIBLE: {said}; none of the interval keeps to {asked}. {_nearest(found, objective)}{where}."
    return f"UNDECIDED: {said}{_left(found, objective)}."


def shaped(cell: CellVerdict, verdict: Verdict) -> str:
    """What the handling did to the curve, with the differences that say so."""
    assert cell.shape is not None
    area = cell.differences["roc_auc"]
    rates = {rate: cell.differences[f"argmax/{rate}"] for rate in RATES}
    moves = " and ".join(f"{changed(rate, found)}{uncorrected(found, verdict)}" for rate, found in rates.items())
    still = f"{changed('roc_auc', area)}{uncorrected(area, verdict)}"
    said = f"{cell.shape[0].upper()}{cell.shape[1:]}: "
    if cell.shape in ("lifted the curve", "lowered the curve"):
        said += f"{still}, {chance(area.p_holm)} after Holm's correction over {compared(verdict)}"
    elif cell.shape == "moved along the curve":
        said += f"at argmax {moves}, while {still}"
    else:
        said += f"{still}, at argmax {moves}"
    return f"{said} ({rests_on(area.seeds, verdict)})."


def shown(found: Difference, verdict: Verdict) -> str:
    """What to say after a difference: nothing where it is shown after Holm's correction."""
    if found.p_holm <= LEVEL:
        return ""
    return f": no difference shown{uncorrected(found, verdict)}"


def rests_on(seeds: int, verdict: Verdict) -> str:
    """``132 positives, 3 seeds``; of no seeds, where one network stands for all, the positives alone."""
    if not seeds:
        return counted(verdict.positives, "positive")
    only = all(len(cell.thresholds) == 1 for cell in verdict.cells)
    alone = ": what another would give is not in the intervals" if only else ""
    return f"{counted(verdict.positives, 'positive')}, {counted(seeds, 'seed')}{alone}"


def compared(verdict: Verdict) -> str:
    """``3 cells``; ``4 comparisons`` where networks are compared too."""
    cells = sum(bool(cell.differences) for cell in verdict.cells)
    return counted(cells + len(verdict.versus), "comparison") if verdict.versus else counted(cells, "cell")


def uncorrected(found: Difference, verdict: Verdict) -> str:
    """What to say where the interval alone would claim more than Holm's correction lets it."""
    if found.p_holm <= LEVEL or found.low <= 0 <= found.high:
        return ""
    corrected = f"Holm's correction over {compared(verdict)} does not: {chance(found.p_holm)}"
    return f" (the interval alone leaves 0 out, {corrected})"


def _where(objective: Objective, verdict: Verdict) -> str:
    """The share of positives that a constraint is judged at, where that decides."""
    if objective.constraint not in DEPENDENT:
        return ""
    share = f"{100 * verdict.prevalence:.3g} %"
    return f", of which {share} are positive" if objective.prevalence is None else f", as if {share} were positive"


def _nearest(found: Feasibility, objective: Objective) -> str:
    assert found.nearest is not None
    near, seeds = found.nearest, found.nearest.optimised.seeds
    how = "the threshold whose interval on val comes nearest to it"
    if near.cleared_on_val:
        how = "a threshold whose interval on val keeps to it"
        how += f", which {near.cleared_on_val} of {counted(seeds, 'seed')} have" if seeds else ""
    point = f"{measured(objective.metric, near.optimised)} at {measured(found.metric, near.constrained)}"
    return f"Nearest is {how}: {point} on test"


def _left(found: Feasibility, objective: Objective) -> str:
    """What would decide where the interval holds the limit."""
    needed = {
        "images": f"and about {_images(found)} in test would decide if {name(found.metric)} stayed as it is",
        "seeds": "and more images would not decide, but more seeds would",
        "both": "and neither more images nor more seeds alone would decide, but both would",
        "nothing": "so near its middle that neither more images nor more seeds would decide"
        if found.at.seeds
        else "so near its middle that more images would not decide",
    }
    if found.decided_by is None:
        return ""
    return f"; {limit(objective)} lies within the interval, {needed[found.decided_by]}"


def _images(found: Feasibility) -> str:
    number = roughly(found.more_positives or 0)
    more = counted(number, "more positive")
    return more if found.metric == "recall" else f"{more}, and as many more negatives to each as now,"
