"""Numbers and names as words: never a number without its interval."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from steelyard.models.metrics.lexicon import OF_CLASS, metric
from steelyard.models.names import SHOWN, cut, printable
from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_verdict import CellVerdict, Difference, Estimate, OfClass
from steelyard.models.verdict.differences import LEVEL, UNSHOWN
from steelyard.models.verdict.sweep_verdict import Verdict

BETTER, WORSE = ("lifted the curve", "higher"), ("lowered the curve", "lower")
"""Shapes that are better than the baseline, and worse."""

LONGEST_NAME = 60
"""Characters of a name within a sentence."""


def called(name: str) -> str:
    """A name that comes from outside, in one line and not too long."""
    return cut(printable(name), LONGEST_NAME)


def network(cell: CellVerdict, verdict: Verdict) -> str:
    """``the unweighted network``, ``the network with balanced``; of several recipes ``the ... network of sound``."""
    of = f" of {cell.recipe}" if verdict.networks else ""
    return f"the unweighted network{of}" if cell.is_baseline else f"the network{of} with {called(cell.label)}"


def that_learned(verdict: Verdict) -> str:
    """The network that the learning curve is of."""
    learning, cells = verdict.learning, verdict.cells
    cell = next((cell for cell in cells if learning and cell.cell == learning.cell), cells[0])
    return network(cell, verdict)


def quoted(name: str) -> str:
    """The same in quotes where it has no letter, lest it reads as a number: ``'0'``."""
    short = called(name)
    return short if any(char.isalpha() for char in short) else f"'{short}'"


def capitalised(words: str) -> str:
    """The same with a capital at its head, whatever follows."""
    return f"{words[0].upper()}{words[1:]}"


def name(key: str) -> str:
    """What people call a metric."""
    return metric(key).label


def measured(key: str, estimate: Estimate) -> str:
    """``recall 0.43 [0.35, 0.52]``; alarms per 1000 images, cost per image."""
    return f"{name(key)} {figures(estimate, key)}"


def figures(estimate: Estimate, key: str = "recall") -> str:
    """``0.43 [0.35, 0.52]``."""
    return _with_interval(estimate, key, "{:.{}f}".format)


def changed(key: str, difference: Estimate) -> str:
    """``recall +0.35 [+0.27, +0.43]``."""
    return f"{name(key)} {moves(difference, key)}"


def moves(difference: Estimate, key: str = "recall") -> str:
    """``+0.05 [+0.02, +0.08]``."""
    return _with_interval(difference, key, _signed)


def _signed(number: float, digits: int) -> str:
    rounded = f"{number:+.{digits}f}"
    return rounded if float(rounded) else rounded[1:]


def _with_interval(estimate: Estimate, key: str, written: Callable[[float, int], str]) -> str:
    told = metric(key)
    digits = max(0, digits_of(estimate.high - estimate.low) - round(math.log10(told.per)))
    numbers = (told.per * number for number in (estimate.value, estimate.low, estimate.high))
    value, low, high = (written(number, digits) for number in numbers)
    return f"{value} [{low}, {high}]{told.unit}"


def wanted(objective: Objective, verdict: Verdict) -> str:
    """The objective as sentences name it."""
    if objective.class_name:
        return str(replace(objective, class_name=called(objective.class_name)))
    return name(objective.metric) if verdict.every_class else str(objective)


def limit(objective: Objective) -> str:
    """The limit of the objective, as it was asked for: ``0.7`` or ``30 per 1000``."""
    return f"{objective.bound:g}{metric(objective.constraint).unit}"


def constraint(objective: Objective) -> str:
    """``precision >= 0.7``; "" where there is none."""
    if not objective.constraint:
        return ""
    return f"{name(objective.constraint)} {'>=' if objective.at_least else '<='} {limit(objective)}"


def short(value: float, key: str) -> str:
    """``0.78``, ``12.5``: two decimals of a share, three digits of what is larger; without the unit."""
    number = value * metric(key).per
    return f"{number:.3g}" if abs(number) >= 1 else f"{number:.2f}"


def on_val(objective: Objective, value: float | None) -> str:
    """``recall 0.66 at precision >= 0.7 on val``; of None that the constraint is out of reach there."""
    if value is None:
        return f"{constraint(objective)} is out of reach on val"
    told = f"{name(objective.metric)}{of_class(objective)} {short(value, objective.metric)}"
    limited = f" at {constraint(objective)}" if objective.constraint else ""
    return f"{told}{metric(objective.metric).unit}{limited} on val"


def own_key(objective: Objective) -> str:
    """The key of the metric that is optimised: ``class/recall`` of one class of many."""
    return f"{OF_CLASS}{objective.metric}" if objective.class_name else objective.metric


def at(cell: CellVerdict, objective: Objective) -> str:
    """``recall 0.43 [0.35, 0.52] at precision 0.66 [0.56, 0.75]``: what was asked for, beside what else it means.

    Where every class counts ``balanced accuracy 0.93 [0.91, 0.95]``, behind what is asked of one class.
    """
    if not cell.classes:
        return _of_one_class(cell, objective)
    whole = measured("balanced_accuracy", cell.point["balanced_accuracy"])
    return f"{_of_one_class(cell, objective)}, {whole}" if objective.class_name else whole


def _of_one_class(cell: CellVerdict, objective: Objective) -> str:
    own, beside = objective.metric, ["recall", "precision"]
    if own in beside:
        beside = [objective.constraint or ("precision" if own == "recall" else "recall")]
    prefix = OF_CLASS * bool(objective.class_name)
    rest = " and ".join(measured(key, cell.metric(f"{prefix}{key}")) for key in beside)
    return f"{name(own)}{of_class(objective)} {figures(cell.metric(f'{prefix}{own}'), own)} at {rest}"


def of_class(objective: Objective) -> str:
    """`` of fox``, where the objective is about one class of many."""
    return f" of {of_interest(objective)}" * bool(objective.class_name)


def of_interest(objective: Objective) -> str:
    """What the class is called that the objective names; "" where it names none."""
    return quoted(objective.class_name) if objective.class_name else ""


def found_class(cell: CellVerdict, class_name: str) -> OfClass:
    """What a cell has of a class, by its name."""
    return next(of for of in cell.classes if of.name == class_name)


def chance(p: float) -> str:
    """``p = 0.04``; what is smaller than 0.001 only as that."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def shape(of: str | None, key: str) -> str:
    """What a handling did, as tables have it; ``key`` is the metric that tells."""
    return f"no difference in {name(key)} shown" if of == UNSHOWN else of or "not compared"


def compared(verdict: Verdict) -> str:
    """``3 cells``; ``4 comparisons`` where networks are compared too."""
    cells = sum(bool(cell.differences) for cell in verdict.cells)
    return counted(cells + len(verdict.versus), "comparison") if verdict.versus else counted(cells, "cell")


def uncorrected(difference: Difference, family: str) -> str:
    """What to say where the interval alone would claim more than Holm's correction, over ``family``, lets it."""
    if difference.p_holm <= LEVEL or difference.low <= 0 <= difference.high:
        return ""
    return f" (the interval alone leaves 0 out, Holm's correction over {family} does not: {chance(difference.p_holm)})"


def shown(difference: Difference, family: str) -> str:
    """What to say after a difference: nothing where it is shown after Holm's correction over the family."""
    return "" if difference.p_holm <= LEVEL else f": no difference shown{uncorrected(difference, family)}"


def rests_on(seeds: int, verdict: Verdict) -> str:
    """``132 positives, 5 folds, 3 seeds``, ``10 classes, 360 images``; no seeds where one network stands for all."""
    images = counted(verdict.positives, "positive")
    if verdict.every_class:
        images = f"{classes_tested(verdict)}, {counted(sum(verdict.sizes), 'image')}"
    if verdict.folds > 1:
        images += f", {verdict.folds} folds"
    only = all(len(cell.thresholds) == 1 for cell in verdict.cells)
    alone = ": what another would give is not in the intervals" if only else ""
    return f"{images}, {counted(seeds, 'seed')}{alone}" if seeds else images


def classes_tested(verdict: Verdict) -> str:
    """``10 classes``: those that test has images of."""
    return counted(sum(size > 0 for size in verdict.sizes), "class")


def counted(number: int, what: str) -> str:
    """``1 seed``, ``3 seeds``, ``2 classes``."""
    plural = "es" if what.endswith("s") else "s"
    return f"{number:,} {what}{plural * (number != 1)}"


def listed(names: Sequence[str], most: int | None = None) -> str:
    """``a, b and c``; of more than ``most`` the first, ``a, b and 2 more``."""
    if most is not None and len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def some(names: Sequence[str]) -> str:
    """The first ten names of classes, then how many more there are."""
    told = ", ".join(quoted(name) for name in names[:SHOWN])
    return told if len(names) <= SHOWN else f"{told} and {len(names) - SHOWN:,} more"


def in_seeds(number: int, of: int) -> str:
    """``in 1 of 3 seeds``, with a space behind it; nothing of no seeds, where one network stands for all."""
    return f"in {number:,} of {counted(of, 'seed')} " if of else ""


def lasting(seconds: float) -> str:
    """``0.35 s``, ``26 s``, ``4.5 min``."""
    if seconds >= 120:
        return f"{seconds / 60:.1f} min"
    return f"{seconds:.{0 if seconds >= 9.95 else 1 if seconds >= 1 else 2}f} s"


def digits_of(width: float) -> int:
    """Decimals that give a width two digits, 2 to 4."""
    return min(4, max(2, math.ceil(-math.log10(2 * width)) + 1)) if width > 0 else 2
