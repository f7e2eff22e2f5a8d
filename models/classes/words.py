"""The verdict over K classes in sentences, each computed from the numbers beside it: the answer first."""

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from steelyard.models.classes.cell_words import by_slice, feasible, halves, of_cell, worst
from steelyard.models.classes.network_words import of_networks
from steelyard.models.classes.order_words import of_order
from steelyard.models.classes.phrases import (
    at,
    called,
    compared,
    family_of_classes,
    moves,
    rests_on,
    shown,
    some,
    wanted,
)
from steelyard.models.classes.verdict import ClassCell, ClassesVerdict
from steelyard.models.objective import Objective
from steelyard.models.verdict.phrases import counted, digits_of, levelled
from steelyard.models.verdict.sweep_words import MANY_GROUPS, SHOWED, USELESS, noisy


def worded(verdict: ClassesVerdict, objective: Objective, class_groups: Sequence[int | None] = ()) -> ClassesVerdict:
    """The same verdict with its sentences.

    Args:
        verdict: of at least one cell.
        objective: of the sweep.
        class_groups: in how many groups of test each class is; None, or nothing at all, where each image stands alone.
    """
    cells = tuple(cell.model_copy(update={"words": tuple(of_cell(cell, objective, verdict))}) for cell in verdict.cells)
    words = (*of_sweep(verdict, objective), *_groups(verdict, class_groups))
    return verdict.model_copy(update={"cells": cells, "words": words})


def of_sweep(verdict: ClassesVerdict, objective: Objective) -> Iterator[str]:
    """Sentence by sentence, of a verdict whose cells are judged."""
    best = verdict.cells[0]
    if verdict.optimistic:
        yield (
            "Optimistic: test itself chose order and threshold (what is called val here is test), so nothing of this "
            "is confirmed on images that had no say."
        )
    name, the = called(best.cell), "an" if verdict.networks else "the"
    name += f", {the} unweighted baseline" if best.is_baseline else ""
    rests = rests_on(len(best.thresholds) * best.seeded, verdict)
    yield f"Best on val for {wanted(objective)}: {name}, {at(best, objective)} on test ({rests})."
    if verdict.level:
        yield levelled(verdict.level)
    if best.feasibility:
        yield feasible(best, objective, verdict)
    for recipe in dict.fromkeys(cell.recipe for cell in verdict.cells):
        yield beside(verdict, objective, recipe)
    yield from of_networks(verdict)
    yield from of_order(verdict)
    yield from _shapes(verdict)
    yield worst(best, f" of {called(best.cell)}")
    yield from by_slice(best)
    yield from _absent(verdict)


def beside(verdict: ClassesVerdict, objective: Objective, recipe: str) -> str:
    """The unweighted model of a recipe beside the best handling, and what that does to rare and frequent classes."""
    of, own = f" of {recipe}" * bool(verdict.networks), [cell for cell in verdict.cells if cell.recipe == recipe]
    base = next((cell for cell in own if cell.is_baseline), None)
    other = next((cell for cell in own if not cell.is_baseline), None)
    if base is None:
        return f"No trial of the unweighted baseline{of} finished, so what the handlings add to it is not known."
    said = f"The unweighted model{of} gives {at(base, objective)}"
    if other is None:
        return f"{said}; no trial of a handling beside it finished."
    said += f"; the best handling on val, {called(other.cell)}, {at(other, objective)}"
    found = other.differences.get("balanced_accuracy")
    if found is None:
        return f"{said}."
    differs = [f"balanced accuracy {moves(found)}{shown(found, compared(verdict))}"]
    if of_class := other.class_differences.get(objective.class_name):
        family = family_of_classes(verdict)
        differs.insert(0, f"recall of {called(objective.class_name)} {moves(of_class)}{shown(of_class, family)}")
    rare = "".join(f" {half}" for half in halves(other, verdict))
    return f"{said}. The handling's difference{_fewer(base, other)}: {', '.join(differs)}.{rare}"


def _fewer(base: ClassCell, other: ClassCell) -> str:
    seeds = other.differences["balanced_accuracy"].seeds
    most = max(len(base.thresholds), len(other.thresholds))
    return f" on the {counted(seeds, 'seed')} that both have" if 0 < seeds < most else ""


def _shapes(verdict: ClassesVerdict) -> Iterator[str]:
    found = [cell for cell in verdict.cells if cell.differences]
    if not found:
        return
    shapes = Counter(str(cell.shape) for cell in found)
    told = {"higher": "had a higher balanced accuracy", "lower": "had a lower balanced accuracy"} | SHOWED
    parts = [f"{number} {told[shape]}" for shape, number in sorted(shapes.items())]
    accuracies = [cell.differences["balanced_accuracy"] for cell in found]
    least = median(accuracy.detectable for accuracy in accuracies)
    noise = noisy([accuracy.seeds for accuracy in accuracies])
    own = ", each with its own recipe's baseline," if verdict.networks else ""
    shows = f"a true difference of {least:.{digits_of(least)}f}" if least < USELESS else "no difference"
    yield (
        f"Of {counted(len(found), 'handling')} compared{own} {', '.join(parts)}. On "
        f"{counted(sum(verdict.sizes), 'image')} of test{noise} 4 of 5 such sweeps would show {shows} in balanced "
        "accuracy."
    )


def _absent(verdict: ClassesVerdict) -> Iterator[str]:
    for part, sizes in (("test", verdict.sizes), ("train", verdict.train)):
        absent = [name for name, size in zip(verdict.classes, sizes, strict=True) if not size]
        left = "; the means are over the other classes" if part == "test" else "; its recall can only be chance"
        if absent:
            yield f"No image of {part} is {' or '.join([some(absent)])}{left}."


def _groups(verdict: ClassesVerdict, class_groups: Sequence[int | None]) -> Iterator[str]:
    if verdict.groups is None:
        return
    few = ", too few for more than a rough idea of them" if verdict.groups < MANY_GROUPS else ""
    yield f"The intervals are for other groups of images: test holds {verdict.groups:,}{few}."
    lone = [name for name, number in zip(verdict.classes, class_groups, strict=True) if number == 1]
    if lone:
        yield f"In one group only, so that nothing is known of others: {some(lone)}; the means take them as they are."
