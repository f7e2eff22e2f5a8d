"""Numbers and names as words: never a number without its interval."""

import math
from collections.abc import Sequence
from dataclasses import replace

from steelyard.models.metrics.registry import DEPENDENT, OF_CLASS, metric
from steelyard.models.names import cut, printable
from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate, OfClass, Shape
from steelyard.models.verdict.sweep_verdict import Verdict

LONGEST_NAME, LONGEST_CLASS = 60, 16
"""Characters of a name within a sentence, and of a class's where a line is short."""

NARROW = 0.02
"""Of an interval, below which numbers per 100 have a decimal."""


def called(name: str) -> str:
    """A name that comes from outside, in one line and not too long."""
    return cut(printable(name), LONGEST_NAME)


def quoted(name: str) -> str:
    """The same in quotes where it has no letter, lest it reads as a number: ``'0'``."""
    short = called(name)
    return short if any(char.isalpha() for char in short) else f"'{short}'"


def class_name(name: str) -> str:
    """The same, cut to fit a short line."""
    return quoted(cut(name, LONGEST_CLASS))


def capitalised(words: str) -> str:
    """The same with a capital at its head, whatever follows."""
    return f"{words[0].upper()}{words[1:]}"


def counted(number: int, what: str) -> str:
    """``1 seed``, ``3 seeds``, ``2 classes``."""
    return f"{number:,} {what}{('es' if what.endswith('s') else 's') * (number != 1)}"


def listed(names: Sequence[str], most: int | None = None) -> str:
    """``a, b and c``; of more than ``most`` the first, ``a, b and 2 more``."""
    if most is not None and len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def lasting(seconds: float) -> str:
    """``0.35 s``, ``26 s``, ``4.5 min``."""
    if seconds >= 120:
        return f"{seconds / 60:.1f} min"
    return f"{seconds:.{0 if seconds >= 9.95 else 1 if seconds >= 1 else 2}f} s"


def network(cell: CellVerdict, verdict: Verdict) -> str:
    """``the unweighted network``, ``the network with balanced``; of several recipes ``the ... network of sound``."""
    of = f" of {cell.recipe}" if verdict.several else ""
    return f"the unweighted network{of}" if cell.is_baseline else f"the network{of} with {called(cell.label)}"


def shape(of: Shape | None) -> str:
    """What a cell is beside the unweighted network, in a word or two."""
    return "unweighted" if of == "baseline" else of or "not compared"


def where(verdict: Verdict) -> str:
    """The scores that the figures are of."""
    return "on held-out scores" if verdict.folds > 1 and not verdict.apart else "on test"


def rests_on(verdict: Verdict) -> str:
    """``132 positives, 5 folds``, ``10 classes, 360 images``."""
    every = f"{len(verdict.classes):,} classes, {counted(sum(verdict.sizes), 'image')}"
    images = every if verdict.every_class else counted(verdict.positives, "positive")
    return images + f", {verdict.folds} folds" * (verdict.folds > 1)


def name(key: str) -> str:
    """What people call a metric."""
    return metric(key).label


def measured(key: str, estimate: Estimate) -> str:
    """``recall 0.43 [0.35, 0.52]``; alarms per 1000 images, cost per image."""
    return f"{name(key)} {figures(estimate, key)}"


def figures(estimate: Estimate, key: str = "recall", sign: str = "") -> str:
    """``0.43 [0.35, 0.52]``."""
    told = metric(key)
    digits = max(0, digits_of(estimate.high - estimate.low) - round(math.log10(told.per)))
    # What rounds to nothing has no sign.
    numbers = (round(told.per * of, digits) + 0.0 for of in (estimate.value, estimate.low, estimate.high))
    value, low, high = (f"{of:{sign if of else ''}.{digits}f}" for of in numbers)
    return f"{value} [{low}, {high}]{told.unit}"


def moves(difference: Estimate, key: str = "recall") -> str:
    """``+0.05 [+0.02, +0.08]``."""
    return figures(difference, key, "+")


def digits_of(width: float) -> int:
    """Decimals that give a width two digits, 2 to 4."""
    return min(4, max(2, math.ceil(-math.log10(2 * width)) + 1)) if width > 0 else 2


def with_range(of: Estimate, key: str) -> str:
    """``0.78 (0.39 to 0.95)``, with its unit."""
    return f"{short(of.value, key)} ({short(of.low, key)} to {short(of.high, key)}){metric(key).unit}"


def short(value: float, key: str) -> str:
    """``0.78``, ``12.5``: two decimals of a share, three digits of what is larger; without the unit."""
    number = value * metric(key).per
    return f"{number:.3g}" if metric(key).unit and abs(number) >= 1 else f"{number:.2f}"


def in_100(share: Estimate, what: str = "") -> str:
    """``43 of 100 dog images (22 to 67)``; with a decimal where the interval is narrow."""
    digits = int(share.high - share.low < NARROW)
    value, low, high = (f"{100 * number:.{digits}f}" for number in (share.value, share.low, share.high))
    return f"{value}{f' of 100 {what}' if what else ''} ({low} to {high})"


def chance(p: float) -> str:
    """``p = 0.04``; what is smaller than 0.001 only as that."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def to_find(verdict: Verdict, objective: Objective) -> str:
    """What the class to find is called."""
    return class_name(objective.class_name or verdict.classes[-1])


def at_share(verdict: Verdict, objective: Objective) -> str:
    """``10 % defective``: the share of positives that a metric which depends on it is for; "" where there is none."""
    if verdict.every_class and not (objective.class_name and objective.constraint in DEPENDENT):
        return ""
    return f"{100 * verdict.prevalence:.3g} % {to_find(verdict, objective)}"


def of_class(objective: Objective) -> str:
    """`` of fox``, where the objective is about one class of many."""
    return f" of {class_name(objective.class_name)}" * bool(objective.class_name)


def wanted(objective: Objective, verdict: Verdict) -> str:
    """The objective as sentences name it."""
    if objective.class_name:
        return str(replace(objective, class_name=called(objective.class_name)))
    return name(objective.metric) if verdict.every_class else str(objective)


def constraint(objective: Objective, of: str = "", bound: float | None = None) -> str:
    """``precision >= 0.7``, or with another bound, as people write it; ``of`` is the class; "" for none."""
    if not objective.constraint:
        return ""
    told, number = metric(objective.constraint), objective.bound if bound is None else bound
    return f"{told.label}{of} {told.sign} {number:g}{told.unit}"


def on_val(objective: Objective, value: float | None) -> str:
    """``recall 0.66 at precision >= 0.7 on val``; of None that the constraint is not certified there."""
    if value is None:
        return f"{constraint(objective)} is not certified on val"
    limited, own = f" at {constraint(objective)}" if objective.constraint else "", objective.metric
    return f"{name(own)}{of_class(objective)} {short(value, own)}{metric(own).unit}{limited} on val"


def by_area(value: float | None) -> str:
    """``ROC area 0.87``: what a network of one fold is told by, since its threshold is chosen on all folds together."""
    return "" if value is None else f"{name('roc_auc')} {value:.2f}"


def own_key(objective: Objective) -> str:
    """The key of the metric that is optimised: ``class/recall`` of one class of many."""
    return f"{OF_CLASS}{objective.metric}" if objective.class_name else objective.metric


def at(cell: CellVerdict, objective: Objective) -> str:
    """``recall 0.43 [0.35, 0.52] at precision 0.66 [0.56, 0.75]``: what was asked for, beside what else it means.

    Where every class counts ``balanced accuracy 0.93 [0.91, 0.95]``, behind what is asked of one class.
    """
    whole = measured("balanced_accuracy", cell.point["balanced_accuracy"]) if cell.classes else ""
    if cell.classes and not objective.class_name:
        return whole
    own, beside = objective.metric, ["recall", "precision"]
    if own in beside:
        beside = [objective.constraint or ("precision" if own == "recall" else "recall")]
    prefix = OF_CLASS * bool(objective.class_name)
    rest = " and ".join(measured(key, cell.metric(f"{prefix}{key}")) for key in beside)
    told = f"{name(own)}{of_class(objective)} {figures(cell.metric(f'{prefix}{own}'), own)} at {rest}"
    return f"{told}, {whole}" if whole else told


def rising(cell: CellVerdict) -> list[OfClass]:
    """The classes that have images, the lowest recall first, the rarest in train first where equal."""
    return sorted((of for of in cell.classes if of.images), key=lambda of: (of.recall.value, of.train))
