"""Numbers and names of a sweep of K classes as words."""

from steelyard.models.classes.verdict import ClassCell, ClassesVerdict, OfClass
from steelyard.models.names import SHOWN, cut, printable
from steelyard.models.objective import Objective
from steelyard.models.verdict.curve import LEVEL
from steelyard.models.verdict.phrases import chance, changed, counted, measured, name
from steelyard.models.verdict.verdict import Difference, Estimate

LONGEST_NAME = 60
"""Characters of a name within a sentence."""


def called(name: str) -> str:
    """A name that comes from outside, in one line and not too long."""
    return cut(printable(name), LONGEST_NAME)


def wanted(objective: Objective) -> str:
    """The objective with its class as sentences name it."""
    if not objective.class_name:
        return name("balanced_accuracy")
    return f"recall of {called(objective.class_name)} @ precision >= {objective.bound:g}"


def figures(found: Estimate) -> str:
    """``0.43 [0.35, 0.52]``."""
    return measured("recall", found).removeprefix("recall ")


def moves(found: Difference) -> str:
    """``+0.05 [+0.02, +0.08]``."""
    return changed("recall", found).removeprefix("recall ")


def uncorrected(found: Difference, family: str) -> str:
    """What to say where the interval alone would claim more than Holm's correction lets it.

    Args:
        found: a difference.
        family: what the correction is over, such as ``3 cells``.
    """
    if found.p_holm <= LEVEL or found.low <= 0 <= found.high:
        return ""
    return f" (the interval alone leaves 0 out, Holm's correction over {family} does not: {chance(found.p_holm)})"


def shown(found: Difference, family: str) -> str:
    """What to say after a difference: nothing where it is shown after Holm's correction over the family."""
    return "" if found.p_holm <= LEVEL else f": no difference shown{uncorrected(found, family)}"


def family_of_classes(verdict: ClassesVerdict) -> str:
    """``27 comparisons`` of a class in a cell."""
    return counted(sum(len(cell.class_differences) for cell in verdict.cells), "comparison")


def compared(verdict: ClassesVerdict) -> str:
    """``3 cells``; ``4 comparisons`` where networks are compared too."""
    cells = sum(bool(cell.differences) for cell in verdict.cells)
    return counted(cells + len(verdict.versus), "comparison") if verdict.versus else counted(cells, "cell")


def rests_on(seeds: int, verdict: ClassesVerdict) -> str:
    """``10 classes, 360 images, 3 seeds``; without seeds where one network stands for all."""
    present = sum(size > 0 for size in verdict.sizes)
    alone = ": what another would give is not in the intervals"
    only = alone if all(len(cell.thresholds) == 1 for cell in verdict.cells) else ""
    kinds = f"{present:,} class{'es' * (present != 1)}"
    images = f"{kinds}, {counted(sum(verdict.sizes), 'image')}"
    return f"{images}, {counted(seeds, 'seed')}{only}" if seeds else images


def class_of(cell: ClassCell, class_name: str) -> OfClass:
    """What a cell has of a class, by its name."""
    return next(found for found in cell.classes if found.name == class_name)


def at(cell: ClassCell, objective: Objective) -> str:
    """``balanced accuracy 0.93 [0.91, 0.95]``; for one class its recall and precision before it."""
    whole = measured("balanced_accuracy", cell.point["balanced_accuracy"])
    if not objective.class_name:
        return whole
    found = class_of(cell, objective.class_name)
    return f"recall of {called(found.name)} {figures(found.recall)} at precision {figures(found.precision)}, {whole}"


def some(names: list[str]) -> str:
    """The first ten names, then how many more there are."""
    shown = ", ".join(called(name) for name in names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN:,} more"
