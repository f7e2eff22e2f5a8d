"""The verdict in sentences, each computed from the numbers beside it: the answer first."""

from collections.abc import Iterator

from steelyard.models.names import SHOWN
from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.chosen import LEVEL
from steelyard.models.verdict.looks import Looks, optimism
from steelyard.models.verdict.sweep_verdict import Otherwise, Verdict
from steelyard.models.words import phrases as say
from steelyard.models.words.verdict_of_cell import feasible, of_cell

ONCE = Looks()

SLICES, GRAVE = 3, 3
"""Values of a slice column and findings that are told, at most, the worst first."""

MANY_GROUPS = 20
"""From so many groups on, drawing them whole says how they differ."""

SEEN, LITTLE = 0.005, 0.01
"""Differences: of a share, that two digits show; of a ROC area, more than half of train adds where more is no use."""


def worded(verdict: Verdict, looks: Looks = ONCE) -> Verdict:
    """The same verdict with its sentences; ``looks`` is how often its test images were asked."""
    objective = Objective.parse(verdict.objective)
    cells = tuple(cell.model_copy(update={"words": tuple(of_cell(cell, objective, verdict))}) for cell in verdict.cells)
    words = (*_of_sweep(verdict, objective), *looked(verdict, looks))
    return verdict.model_copy(update={"cells": cells, "words": words})


def _of_sweep(verdict: Verdict, objective: Objective) -> Iterator[str]:
    best = verdict.cells[0]
    told = f"{say.network(best, verdict)}, {say.at(best, objective)} {say.where(verdict)} ({say.rests_on(verdict)})"
    yield f"Recommended for {say.wanted(objective, verdict)}: {told}."
    if best.feasibility:
        yield feasible(best.feasibility, objective, verdict)
    yield from _of_images(verdict, objective)
    yield from _shapes(verdict, objective)
    yield from _slices(best)
    if verdict.folds > 1:
        whole = "all images that thinning leaves" if verdict.thinned else "all images"
        seen = "each image was scored by the one that had not seen it"
        yield f"The model to use is the mean of {verdict.folds} networks, which together learned from {whole}; {seen}."
    yield from _learned(verdict)
    for part, sizes in (("test", verdict.sizes), ("train", verdict.train)) if verdict.every_class else ():
        if absent := [say.quoted(name) for name, size in zip(verdict.classes, sizes, strict=True) if not size]:
            yield f"No image of {part} is {say.listed(absent, SHOWN)}, of which the figures say nothing."
    if verdict.groups is not None:
        few = ", too few for more than a rough idea of them" if verdict.groups < MANY_GROUPS else ""
        yield f"The intervals are for other groups of images: there are {verdict.groups:,}{few}."


def _of_images(verdict: Verdict, objective: Objective) -> Iterator[str]:
    """Findings that make figures too good; what copies and corrected labels do to those of the cell to use."""
    bearing, place = verdict.bearing, "another fold" if verdict.folds > 1 else "train"
    for line in bearing.grave[:GRAVE]:
        yield f"{say.capitalised(line)}."
    if (twins := bearing.twins) and (figures := _otherwise(twins)):
        every = twins.of == sum(verdict.sizes)
        what = "image" if every or objective.class_name or verdict.every_class else "positive"
        of = f"{twins.images:,} of {say.counted(twins.of, what)}{say.of_class(objective) * (not every)}"
        have = "has" if twins.images == 1 else "have"
        yield f"{of} {have} a copy in {place}; without all such images {figures}."
    if corrected := bearing.corrected:
        were, figures = "was" if corrected.images == 1 else "were", _otherwise(corrected)
        change = f"by the labels of before {figures}" if figures else "no figure changes by it"
        yield f"{say.counted(corrected.images, 'label')} {were} corrected; {change}."


def _otherwise(of: Otherwise) -> str:
    """The figures that differ, where two digits show it; "" where none does."""
    return " and ".join(
        f"{say.name(key)} is {of.otherwise[key]:.2f}, not {value:.2f}"
        for key, value in of.whole.items()
        if abs(of.otherwise[key] - value) >= SEEN and f"{of.otherwise[key]:.2f}" != f"{value:.2f}"
    )


def _shapes(verdict: Verdict, objective: Objective) -> Iterator[str]:
    """What the baseline gives where it is not recommended, and how small a difference to it would be shown."""
    base, cells = verdict.baseline, [cell for cell in verdict.cells if cell.differences]
    if base is None:
        yield "The unweighted network did not finish, so nothing is compared with it."
        return
    if base is not verdict.cells[0]:
        yield f"{say.capitalised(say.network(base, verdict))} gives {say.at(base, objective)}."
    if cells:
        key = verdict.main_metric
        least = min(cell.differences[key].detectable for cell in cells)
        shown = f"a difference of {least:.{say.digits_of(least)}f} in {say.name(key)} to the unweighted network"
        yield f"4 of 5 sweeps like this one would show {shown}, if there were one."


def _slices(cell: CellVerdict) -> Iterator[str]:
    kind = "image" if cell.classes else "positive"
    for column in dict.fromkeys(each.column for each in cell.slices):
        own = [each for each in cell.slices if each.column == column]
        named = [f"{say.called(of.value)} {say.figures(of.at)} of {say.counted(of.images, kind)}" for of in own]
        yield f"{say.capitalised(own[0].metric)} by {say.called(column)}, worst first: {say.listed(named, SLICES)}."


def _learned(verdict: Verdict) -> Iterator[str]:
    """Whether more images to learn from would lift the curve."""
    if verdict.learning:
        cell = next(of for of in verdict.cells if of.cell == verdict.learning.cell)
        shares = say.listed([f"{100 * share:.0f}" for share in verdict.learning.shares])
        areas = say.listed([say.figures(area) for area in verdict.learning.areas])
        gain = verdict.learning.gain
        would = "would lift the curve further" if gain.p_holm <= LEVEL else "may or may not lift the curve"
        would = "promise little" if gain.high < LITTLE else would
        area = f"{say.network(cell, verdict)} has a ROC area of {areas}; from half to all {say.moves(gain)}"
        yield f"Trained on {shares} % of train, {area}: more images to learn from {would}."


def looked(verdict: Verdict, looks: Looks) -> Iterator[str]:
    """How often the test images were asked, and what the best of so many owes to luck; nothing if they were once."""
    if looks.all < 2:
        return
    key, gates = say.own_key(Objective.parse(verdict.objective)), say.counted(looks.gates, "gate")
    by = f"{say.counted(looks.sweeps, 'different sweep')}{f' and {gates}' * bool(looks.gates)} of this store"
    luck = f"up to about {optimism(verdict.cells[0].metric(key), looks.all):.2g} of {say.name(key)}"
    yield f"These images were tested by {by}, this one included: the best of so many owes {luck} to luck."
