"""What one cell showed, in sentences."""

from collections.abc import Iterator

from steelyard.models.metrics.lexicon import DEPENDENT
from steelyard.models.names import SHOWN
from steelyard.models.objective import Objective
from steelyard.models.statistics.bootstrap import RATES
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.verdict.verdict import CellVerdict, Feasibility, Verdict
from steelyard.models.words.phrases import (
    called,
    chance,
    changed,
    compared,
    constraint,
    counted,
    family_of_classes,
    figures,
    in_seeds,
    limit,
    measured,
    moves,
    name,
    of_class,
    rests_on,
    roughly,
    shown,
    some,
    uncorrected,
)

WORST = 3
"""How many classes are named, the lowest recall first."""


def of_cell(cell: CellVerdict, objective: Objective, verdict: Verdict) -> Iterator[str]:
    """Sentence by sentence."""
    if cell.feasibility:
        yield feasible(cell.feasibility, objective, verdict)
    yield from _never_called(cell)
    if cell.differences:
        yield _shaped(cell, verdict)
        yield from halves(cell, verdict)
        yield from _by_class(cell, verdict)
    elif cell.shape is None:
        yield "Not compared with the baseline: no seed of both finished."
    if cell.classes:
        yield worst(cell)


def feasible(found: Feasibility, objective: Objective, verdict: Verdict) -> str:
    """FEASIBLE, INFEASIBLE with the nearest point, or UNDECIDED with what would decide."""
    asked, where = limit(objective), _where(objective, verdict)
    said = f"{name(found.metric)}{of_class(objective)} {figures(found.at, found.metric)} on test{where}"
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


def halves(cell: CellVerdict, verdict: Verdict) -> Iterator[str]:
    """What it did to the rarer classes, beside what it did to the more frequent ones."""
    if "rare" in cell.differences:
        rare, frequent = (
            f"{moves(found)}{shown(found, compared(verdict))}"
            for found in (cell.differences["rare"], cell.differences["frequent"])
        )
        yield f"Mean recall of the rarer half of the classes {rare}, of the more frequent half {frequent}."


def worst(cell: CellVerdict, of_which: str = "") -> str:
    """The classes of the lowest recall, the rarest in train first where equal; ``of_which`` names the cell."""
    rising = sorted((of for of in cell.classes if of.images), key=lambda of: (of.recall.value, of.train))
    told = ", ".join(
        f"{called(of.name)} at {figures(of.recall)} of {counted(of.images, 'image')} ({of.train:,} in train)"
        for of in rising[:WORST]
    )
    rest = len(rising) - WORST
    return f"Recall{of_which} by class, lowest first: {told}{f', and {rest} more' if rest > 0 else ''}."


def _never_called(cell: CellVerdict) -> Iterator[str]:
    """Seeds that never call the class to find, or classes that no trial calls any image."""
    if cell.silent:
        seeds = in_seeds(cell.silent, len(cell.thresholds) * cell.seeded)
        said = f"{seeds}no image of test is called positive; precision counts as 0 there."
        yield f"{said[0].upper()}{said[1:]}"
    names = [of.name for place, of in enumerate(cell.classes) if not any(row[place] for row in cell.confusion)]
    if names:
        yield f"No image of test is called {some(names)}; precision counts as 0 there."


def _shaped(cell: CellVerdict, verdict: Verdict) -> str:
    """What the handling did, with the differences that say so."""
    assert cell.shape is not None
    key = verdict.main_metric
    found, family, head = cell.differences[key], compared(verdict), f"{cell.shape[0].upper()}{cell.shape[1:]}: "
    still = f"{changed(key, found)}{uncorrected(found, family)}"
    shifts = "" if verdict.every_class else _at_argmax(cell, family)
    if cell.shape == "moved along the curve":
        said = f"at argmax {shifts}, while {still}"
    elif cell.shape == "no difference shown":
        said = f"{still}, at argmax {shifts}" if shifts else still
    else:
        said = f"{still}, {chance(found.p_holm)} after Holm's correction over {family}"
    return f"{head}{said} ({rests_on(found.seeds, verdict)})."


def _at_argmax(cell: CellVerdict, family: str) -> str:
    rates = {rate: cell.differences[f"argmax/{rate}"] for rate in RATES}
    return " and ".join(f"{changed(rate, found)}{uncorrected(found, family)}" for rate, found in rates.items())


def _by_class(cell: CellVerdict, verdict: Verdict) -> Iterator[str]:
    """The classes whose recall it changed, the largest change first."""
    found = {name: of for name, of in cell.class_differences.items() if of.p_holm <= LEVEL}
    if found:
        order = sorted(found, key=lambda name: -abs(found[name].value))
        told = ", ".join(f"{called(name)} by {moves(found[name])}" for name in order[:SHOWN])
        more = f" and {len(order) - SHOWN:,} more" if len(order) > SHOWN else ""
        yield f"Recall changed, after Holm's correction over {family_of_classes(verdict)}: {told}{more}."


def _where(objective: Objective, verdict: Verdict) -> str:
    """The share of positives that a constraint is judged at, where that decides."""
    if objective.constraint not in DEPENDENT:
        return ""
    share, kind = f"{100 * verdict.prevalence:.3g} %", called(objective.class_name) or "positive"
    return f", of which {share} are {kind}" if objective.prevalence is None else f", as if {share} were {kind}"


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
        "images": f"and about {_images(found, objective)} in test would decide if {name(found.metric)} stayed as it is",
        "seeds": "and more images would not decide, but more seeds would",
        "both": "and neither more images nor more seeds alone would decide, but both would",
        "nothing": "so near its middle that neither more images nor more seeds would decide"
        if found.at.seeds
        else "so near its middle that more images would not decide",
    }
    if found.decided_by is None:
        return ""
    return f"; {limit(objective)} lies within the interval, {needed[found.decided_by]}"


def _images(found: Feasibility, objective: Objective) -> str:
    number, kind = roughly(found.more_positives or 0), called(objective.class_name)
    more = f"{counted(number, 'more image')} of {kind}" if kind else counted(number, "more positive")
    others = "others" if kind else "negatives"
    return more if found.metric == "recall" else f"{more}, and as many more {others} to each as now,"
