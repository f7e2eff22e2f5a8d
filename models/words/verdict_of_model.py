"""What a verdict says of the model to use: how it decides, what that costs, and what more images would teach it."""

from collections.abc import Iterator
from statistics import median

from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_verdict import CellVerdict, Threshold
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say

LITTLE = 0.01
"""Of a ROC area, that half of train added at most: to double train adds no more."""


def of_model(verdict: Verdict, objective: Objective) -> Iterator[str]:
    """Sentence by sentence."""
    best = verdict.cells[0]
    yield from _of_folds(verdict) if verdict.folds > 1 else _thresholds(best)
    yield from _margin(best, objective, verdict)
    yield from _learned(verdict)


def _thresholds(cell: CellVerdict) -> Iterator[str]:
    if all(each.low is None and each.value < 0 for each in cell.thresholds):
        return
    ranges = ", ".join(_threshold(each) for each in sorted(cell.thresholds, key=lambda each: each.seed))
    out = max(each.out_of_reach for each in cell.thresholds)
    none = f"; in up to {out:.0%} of the samples none meets the constraint" if out >= 0.005 else ""
    which = say.called(cell.cell) + (", by seed" if cell.seeded else "")
    yield f"Other images of val would have chosen other thresholds; of {which}: {ranges}{none}."


def _margin(cell: CellVerdict, objective: Objective, verdict: Verdict) -> Iterator[str]:
    """What it costs to choose a threshold that keeps its promise."""
    paid = [(of.at_the_edge, of.on_val) for of in cell.thresholds if of.feasible and of.at_the_edge is not None]
    if paid:
        edge, kept = (median(of[place] or 0.0 for of in paid) for place in (0, 1))
        yield (
            f"The threshold lies inside {say.constraint(objective)} on val, to keep to it with "
            f"{100 * verdict.margin:.3g} % of other sets of images too: that takes {say.name(objective.metric)} on val "
            f"from {edge:.3g} to {kept:.3g}."
        )


def _of_folds(verdict: Verdict) -> Iterator[str]:
    """Which model to use where folds took turns, and what is assumed of it."""
    best, chosen = verdict.cells[0], ""
    if best.thresholds[0].value >= 0:
        by_seed = ", by seed" * (len(best.thresholds) > 1)
        chosen = f", and decides at {', '.join(map(_threshold, best.thresholds))}{by_seed}, chosen on all scores of val"
    yield (
        f"The model to use, {say.called(best.cell)}, is the mean of the {verdict.folds} networks that tested each "
        f"image once{chosen}. That it does at least as well as each of them is assumed."
    )
    one = verdict.one_threshold
    if one and one.differs:
        yield (
            f"Where its threshold decides in all folds, recall is {one.recall:.2f} and precision {one.precision:.2f}; "
            f"by each fold's own it is {one.recall_of_folds:.2f} and {one.precision_of_folds:.2f}."
        )


def _learned(verdict: Verdict) -> Iterator[str]:
    """Whether more images to learn from would lift the curve."""
    if verdict.learning:
        shares = say.listed([f"{100 * share:.0f}" for share in verdict.learning.shares])
        areas = say.listed([say.figures(area) for area in verdict.learning.areas])
        gain, lift = verdict.learning.gain, "more images to learn from"
        promised = f"whether {lift} would lift the curve is open"
        if gain.high < LITTLE:
            promised = f"{lift} promise little"
        elif gain.p <= LEVEL:
            promised = f"{lift} would lift the curve further"
        yield (
            f"Trained on {shares} % of train, {say.that_learned(verdict)} has a ROC area of {areas} on test; "
            f"from half to all {say.moves(gain)}: {promised}."
        )


def _threshold(threshold: Threshold) -> str:
    chosen = f"{threshold.value:.3g}" if threshold.feasible or threshold.low is not None else "out of reach"
    return chosen if threshold.low is None else f"{chosen} ({threshold.low:.3g} to {threshold.high:.3g})"
