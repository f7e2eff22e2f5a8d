"""What a verdict says of one cell, in sentences."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from steelyard.models.calibration.correction_effect import Calibration
from steelyard.models.calibration.reliability import Reliability
from steelyard.models.metrics.registry import DEPENDENT
from steelyard.models.names import SHOWN
from steelyard.models.objective import Objective
from steelyard.models.statistics.resampled_rates import RATES
from steelyard.models.verdict.cell_verdict import CellVerdict, Feasibility
from steelyard.models.verdict.differences import LEVEL, UNSHOWN
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say

WORST = 3
"""Classes that are named."""

CALIBRATED = {"Brier": "brier", "calibration error": "calibration_error"}
"""What tells how far scores can be believed, and its field."""


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


def feasible(feasibility: Feasibility, objective: Objective, verdict: Verdict) -> str:
    """FEASIBLE, INFEASIBLE with the nearest point, or UNDECIDED with what would decide."""
    status, metric, asked = feasibility.status, feasibility.metric, say.limit(objective)
    where, undecided = _judged_at(objective, verdict), _what_decides(feasibility, objective, verdict)
    if feasibility.out_of_reach_on_val:
        seeds = say.in_seeds(feasibility.out_of_reach_on_val, feasibility.at.seeds)
        never = "" if status == "INFEASIBLE" or feasibility.decided_by else "; what val misses is not called FEASIBLE"
        if feasibility.nearest is None:
            missed = (
                f"{seeds}no threshold on val keeps to {say.constraint(objective)} with a margin of {verdict.margin:g}"
            )
            nearest = f"the nearest has {say.measured(metric, feasibility.at)} on test{where}"
            return f"{status}: {missed}; {nearest}{undecided}{never}."
        missed = f"{seeds}no threshold meets {say.constraint(objective)} on val"
        nearest = f"{_nearest(feasibility, objective)}{where}"
        return f"{status}: {missed}, where argmax stands in. {nearest}{undecided}{never}."
    said = f"{status}: {say.name(metric)}{say.of_class(objective)} {say.figures(feasibility.at, metric)} on test{where}"
    if status == "FEASIBLE":
        return f"{said}; all of the interval keeps to {asked}."
    if status == "INFEASIBLE":
        nearest = f" {_nearest(feasibility, objective)}{where}." if feasibility.nearest else ""
        return f"{said}; none of the interval keeps to {asked}.{nearest}"
    return f"{said}{undecided}."


def _judged_at(objective: Objective, verdict: Verdict) -> str:
    """The share of positives that a constraint is judged at, where that decides."""
    if objective.constraint not in DEPENDENT:
        return ""
    share, kind = f"{100 * verdict.prevalence:.3g} %", say.of_interest(objective) or "positive"
    return f", of which {share} are {kind}" if objective.prevalence is None else f", as if {share} were {kind}"


def _nearest(feasibility: Feasibility, objective: Objective) -> str:
    assert feasibility.nearest is not None
    near, seeds = feasibility.nearest, feasibility.nearest.optimised.seeds
    how = "the threshold whose interval on val comes nearest to it"
    if near.cleared_on_val:
        how = "a threshold whose interval on val keeps to it"
        how += f", which {near.cleared_on_val} of {say.counted(seeds, 'seed')} have" if seeds else ""
    point = f"{say.measured(objective.metric, near.optimised)} at {say.measured(feasibility.metric, near.constrained)}"
    return f"Nearest is {how}: {point} on test"


def _what_decides(feasibility: Feasibility, objective: Objective, verdict: Verdict) -> str:
    """What would decide where the interval holds the limit."""
    if feasibility.decided_by is None:
        return ""
    nor_seeds = "neither more images nor more seeds" if feasibility.at.seeds else "more images"
    would = "would" if feasibility.at.seeds else "would not"
    images = _more_images(feasibility, objective, verdict)
    needed = {
        "images": f"and about {images} in test would decide if {say.name(feasibility.metric)} stayed as it is",
        "seeds": "and more images would not decide, but more seeds would",
        "both": "and neither more images nor more seeds alone would decide, but both would",
        "nothing": f"so near its middle that {nor_seeds} {would} decide",
    }
    return f"; {say.limit(objective)} lies within the interval, {needed[feasibility.decided_by]}"


def _more_images(feasibility: Feasibility, objective: Objective, verdict: Verdict) -> str:
    """Where images come in groups these are what is to be labelled more of."""
    kind, more = say.of_interest(objective), more_units(feasibility, verdict, objective)
    if verdict.groups:
        return f"{say.counted(more, 'more group')} of images like the {verdict.groups:,}"
    told = f"{say.counted(more, 'more image')} of {kind}" if kind else say.counted(more, "more positive")
    others = "others" if kind else "negatives"
    return told if feasibility.metric == "recall" else f"{told}, and as many more {others} to each as now,"


def more_units(feasibility: Feasibility, verdict: Verdict, objective: Objective) -> int:
    """How many more groups, or images of the class to find where each stands alone, would decide; to two digits."""
    needed = feasibility.more_positives or 0
    if not verdict.groups:
        return _rounded_up(needed)
    return _rounded_up(math.ceil(needed / _positives(verdict, objective) * verdict.groups))


def units(verdict: Verdict, objective: Objective) -> int:
    """How many groups of test there are, or images of the class to find where each stands alone."""
    return verdict.groups or _positives(verdict, objective)


def _positives(verdict: Verdict, objective: Objective) -> int:
    kind = objective.class_name
    return verdict.sizes[verdict.classes.index(kind)] if kind else verdict.positives


def _rounded_up(number: int) -> int:
    """To two digits."""
    unit = int(10 ** max(0, len(str(number)) - 2))
    return math.ceil(number / unit) * unit


def _never_called(cell: CellVerdict) -> Iterator[str]:
    """Seeds that never call the class to find, or classes that no trial calls any image."""
    if cell.silent:
        seeds = say.in_seeds(cell.silent, len(cell.thresholds) * cell.seeded)
        yield say.capitalised(f"{seeds}no image of test is called positive; precision counts as 0 there.")
    names = [of.name for place, of in enumerate(cell.classes) if not any(row[place] for row in cell.confusion)]
    if names:
        yield f"No image of test is called {say.some(names)}; precision counts as 0 there."


def _shaped(cell: CellVerdict, verdict: Verdict) -> str:
    """What the handling did, with the differences that say so."""
    assert cell.shape is not None
    main, family = cell.differences[verdict.main_metric], say.compared(verdict)
    moved = say.moves(main, verdict.main_metric)
    if cell.shape != UNSHOWN:
        moved = f"{say.name(verdict.main_metric)} {moved}"
    said, shifts, shown = f"{moved}{say.uncorrected(main, family)}", "", False
    if not verdict.every_class:
        rates = {rate: cell.differences[f"argmax/{rate}"] for rate in RATES}
        told = (f"{say.changed(rate, shift)}{say.uncorrected(shift, family)}" for rate, shift in rates.items())
        shifts, shown = " and ".join(told), any(shift.p_holm <= LEVEL for shift in rates.values())
    if cell.shape == "moved along the curve":
        said = f"at argmax {shifts}, while {said}"
    elif cell.shape != UNSHOWN:
        said += f", {say.chance(main.p_holm)} after Holm's correction over {family}"
    elif shifts:
        said += f", {'though ' * shown}at argmax {shifts}"
    return (
        f"{say.capitalised(say.shape(cell.shape, verdict.main_metric))}: {said} ({say.rests_on(main.seeds, verdict)})."
    )


def halves(cell: CellVerdict, verdict: Verdict) -> Iterator[str]:
    """What it did to the rarer classes, beside what it did to the more frequent ones."""
    if "rare" in cell.differences:
        rare, frequent = (
            f"{say.moves(difference)}{say.shown(difference, say.compared(verdict))}"
            for difference in (cell.differences["rare"], cell.differences["frequent"])
        )
        yield f"Mean recall of the rarer half of the classes {rare}, of the more frequent half {frequent}."


def _by_class(cell: CellVerdict, verdict: Verdict) -> Iterator[str]:
    """The classes whose recall it changed, the largest change first."""
    changes = {name: change for name, change in cell.class_differences.items() if change.p_holm <= LEVEL}
    if changes:
        order = sorted(changes, key=lambda name: -abs(changes[name].value))
        told = ", ".join(f"{say.quoted(name)} by {say.moves(changes[name])}" for name in order[:SHOWN])
        more = f" and {len(order) - SHOWN:,} more" if len(order) > SHOWN else ""
        family = say.counted(sum(len(each.class_differences) for each in verdict.cells), "comparison")
        yield f"Recall changed, after Holm's correction over {family}: {told}{more}."


def worst(cell: CellVerdict, of_which: str = "") -> str:
    """The classes of the lowest recall, the rarest in train first where equal; ``of_which`` names the cell."""
    rising = sorted((of for of in cell.classes if of.images), key=lambda of: (of.recall.value, of.train))
    told = []
    for one in rising[:WORST]:
        images = f"{say.counted(one.images, 'image')} ({one.train:,} in train)"
        told.append(f"{say.quoted(one.name)} at {say.figures(one.recall)} of {images}")
    if len(rising) > WORST:
        told.append(f"and {len(rising) - WORST} more")
    return f"Recall{of_which} by class, lowest first: {', '.join(told)}."


def corrected(name: str, seeds: Sequence[Calibration], seeded: bool = True) -> str:
    """What the correction did to a cell: means over its seeds, ± their sample standard deviation.

    Of n >= 1 seeds of one handling, recipe and prevalence; nothing is said of seeds where others would not give other
    networks.

    Returns:
        One line without a full stop, which says so where the calibration error or the Brier score did not fall.
    """
    n = f" (n = {len(seeds)} seed{'s' if len(seeds) > 1 else ''})" if seeded else ""
    before, after = [seed.before for seed in seeds], [seed.after for seed in seeds if seed.after]
    prevalence, misfit = f"prevalence {seeds[0].prevalence:.3g}", seeds[0].misfit
    if len(after) < len(before):
        told = [f"{what} {_over_seeds(before, field)}" for what, field in CALIBRATED.items()]
        return f"{name}: not corrected, for {misfit}; at {prevalence} {', '.join(told)}{n}"
    told = [f"{what} {_over_seeds(before, field)} to {_over_seeds(after, field)}" for what, field in CALIBRATED.items()]
    learned = f"the prior {np.mean([seed.learned for seed in seeds]):.3g} that its loss saw"
    words = f"{name}: scores corrected from {learned} to {prevalence}: {', '.join(told)}{_help(before, after)}{n}"
    return f"{words}; {misfit}" if misfit else words


def helped(seeds: Sequence[Calibration]) -> bool:
    """Whether the correction, where there is one, lowered both the calibration error and the Brier score."""
    after = [seed.after for seed in seeds if seed.after]
    return len(after) < len(seeds) or not _help([seed.before for seed in seeds], after)


def _over_seeds(scores: Sequence[Reliability], field: str) -> str:
    """``0.186 ±0.004``, or ``0.186`` of one."""
    values = [getattr(of, field) for of in scores]
    mean = f"{np.mean(values):.3f}"
    return f"{mean} ±{np.std(values, ddof=1):.3f}" if len(values) > 1 else mean


def _help(before: Sequence[Reliability], after: Sequence[Reliability]) -> str:
    """What is left to say where a mean did not fall; unrounded, so that a rise too small to be shown is said too."""
    if np.mean([of.calibration_error for of in after]) >= np.mean([of.calibration_error for of in before]):
        return ", which did not help"
    brier_fell = np.mean([of.brier for of in after]) < np.mean([of.brier for of in before])
    return "" if brier_fell else ", though the Brier score did not fall"
