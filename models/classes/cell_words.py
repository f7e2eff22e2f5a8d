"""What one cell of a sweep of K classes showed, in sentences."""

from collections.abc import Iterator

from steelyard.models.classes.phrases import (
    called,
    class_of,
    compared,
    family_of_classes,
    figures,
    moves,
    rests_on,
    shown,
    uncorrected,
)
from steelyard.models.classes.verdict import ClassCell, ClassesVerdict
from steelyard.models.names import SHOWN
from steelyard.models.objective import Objective
from steelyard.models.verdict.curve import LEVEL
from steelyard.models.verdict.phrases import chance, changed, counted, in_seeds

WORST = 3
"""How many classes, or values of a slice column, are named, the lowest first."""


def of_cell(cell: ClassCell, objective: Objective, verdict: ClassesVerdict) -> Iterator[str]:
    """Sentence by sentence."""
    if cell.feasibility:
        yield feasible(cell, objective, verdict)
    yield from never_called(cell)
    if cell.differences:
        yield shaped(cell, verdict)
        yield from halves(cell, verdict)
        yield from by_class(cell, verdict)
    elif cell.shape is None:
        yield "Not compared with the baseline: no seed of both finished."
    yield worst(cell)


def feasible(cell: ClassCell, objective: Objective, verdict: ClassesVerdict) -> str:
    """FEASIBLE, INFEASIBLE or UNDECIDED, with the precision that says so."""
    found, name = cell.feasibility, called(objective.class_name)
    assert found is not None
    share = 100 * class_of(cell, objective.class_name).images / sum(verdict.sizes)
    said = f"{name} {figures(found.at)} on test, of which {share:.3g} % are {name}"
    if found.out_of_reach_on_val:
        missed = f"{in_seeds(found.out_of_reach_on_val, found.at.seeds)}no threshold meets"
        never = "" if found.status == "INFEASIBLE" else "; what val misses is not called FEASIBLE"
        bound = f"precision >= {found.limit:g}"
        return f"{found.status}: {missed} {bound} on val, where argmax decides. Precision of {said}{never}."
    kept = {
        "FEASIBLE": f"all of the interval keeps to {found.limit:g}",
        "INFEASIBLE": f"none of the interval keeps to {found.limit:g}",
        "UNDECIDED": f"{found.limit:g} lies within the interval",
    }
    return f"{found.status}: precision of {said}; {kept[found.status]}."


def never_called(cell: ClassCell) -> Iterator[str]:
    """Classes that no trial calls any image."""
    names = [of.name for place, of in enumerate(cell.classes) if not any(row[place] for row in cell.confusion)]
    if names:
        shown = ", ".join(called(name) for name in names[:SHOWN])
        more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
        yield f"No image of test is called {shown}{more}; precision counts as 0 there."


def shaped(cell: ClassCell, verdict: ClassesVerdict) -> str:
    """What the handling did to the balanced accuracy, with the difference that says so."""
    assert cell.shape is not None
    found = cell.differences["balanced_accuracy"]
    said = f"{cell.shape[0].upper()}{cell.shape[1:]}: {changed('balanced_accuracy', found)}"
    if cell.shape != "no difference shown":
        said += f", {chance(found.p_holm)} after Holm's correction over {compared(verdict)}"
    return f"{said}{uncorrected(found, compared(verdict))} ({rests_on(found.seeds, verdict)})."


def halves(cell: ClassCell, verdict: ClassesVerdict) -> Iterator[str]:
    """What it did to the rarer classes, beside what it did to the more frequent ones."""
    if "rare" in cell.differences:
        rare, frequent = (
            f"{moves(found)}{shown(found, compared(verdict))}"
            for found in (cell.differences["rare"], cell.differences["frequent"])
        )
        yield f"Mean recall of the rarer half of the classes {rare}, of the more frequent half {frequent}."


def by_class(cell: ClassCell, verdict: ClassesVerdict) -> Iterator[str]:
    """The classes whose recall it changed, the largest change first."""
    found = {name: of for name, of in cell.class_differences.items() if of.p_holm <= LEVEL}
    if found:
        order = sorted(found, key=lambda name: -abs(found[name].value))
        told = ", ".join(f"{called(name)} by {moves(found[name])}" for name in order[:SHOWN])
        more = f" and {len(order) - SHOWN:,} more" if len(order) > SHOWN else ""
        yield f"Recall changed, after Holm's correction over {family_of_classes(verdict)}: {told}{more}."


def worst(cell: ClassCell, of_which: str = "") -> str:
    """The classes of the lowest recall, the rarest in train first where equal; ``of_which`` names the cell."""
    rising = sorted((of for of in cell.classes if of.images), key=lambda of: (of.recall.value, of.train))
    told = ", ".join(
        f"{called(of.name)} at {figures(of.recall)} of {counted(of.images, 'image')} ({of.train:,} in train)"
        for of in rising[:WORST]
    )
    rest = len(rising) - WORST
    return f"Recall{of_which} by class, lowest first: {told}{f', and {rest} more' if rest > 0 else ''}."


def by_slice(cell: ClassCell) -> Iterator[str]:
    """Where a column of slices has its lowest accuracy."""
    for column in dict.fromkeys(each.column for each in cell.slices):
        found = [each for each in cell.slices if each.column == column]
        told = ", ".join(
            f"{called(each.value)} {figures(each.accuracy)} of {counted(each.images, 'image')}"
            for each in found[:WORST]
        )
        more = f", and {len(found) - WORST} more" if len(found) > WORST else ""
        yield f"Accuracy of {called(cell.cell)} by {called(column)}, worst first: {told}{more}."
