"""Numbers as words: never one without its interval."""

import math

from steelyard.models.objective import Objective
from steelyard.models.verdict.verdict import Estimate

NAMES = {
    "false_positive_rate": "false-positive rate",
    "roc_auc": "ROC area",
    "average_precision": "average precision",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "fbeta": "F-beta",
}
PER_1000 = ("alarms",)


def measured(metric: str, found: Estimate) -> str:
    """``recall 0.43 [0.35, 0.52]``; alarms per 1000 images, cost per image."""
    scale, unit = _scale(metric)
    digits = _digits(found, scale)
    value, low, high = (f"{scale * number:.{digits}f}" for number in (found.value, found.low, found.high))
    return f"{name(metric)} {value} [{low}, {high}]{unit}"


def changed(metric: str, found: Estimate) -> str:
    """``recall +0.35 [+0.27, +0.43]``."""
    scale, unit = _scale(metric)
    digits = _digits(found, scale)
    value, low, high = (_signed(scale * number, digits) for number in (found.value, found.low, found.high))
    return f"{name(metric)} {value} [{low}, {high}]{unit}"


def name(metric: str) -> str:
    """What people call a metric."""
    return NAMES.get(metric, metric)


def limit(objective: Objective) -> str:
    """The limit of the objective, as it was asked for: ``0.7`` or ``30 per 1000``."""
    return f"{objective.bound:g}" + (" per 1000" if objective.constraint in PER_1000 else "")


def constraint(objective: Objective) -> str:
    """``precision >= 0.7``."""
    return f"{name(objective.constraint)} {'>=' if objective.at_least else '<='} {limit(objective)}"


def chance(p: float) -> str:
    """``p = 0.04``; what is smaller than 0.001 only as that."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def levelled(cells: int) -> str:
    """A sentence on other cells that are as good on val as the best: it was only planned first."""
    if cells == 1:
        return "Another cell is as good on val; of the two the one planned first is named."
    return f"{cells:,} other cells are as good on val; of equals the one planned first is named."


def counted(number: int, what: str) -> str:
    """``1 seed``, ``3 seeds``."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def in_seeds(number: int, of: int) -> str:
    """``in 1 of 3 seeds``, with a space behind it; nothing of no seeds, where one network stands for all."""
    return f"in {number:,} of {counted(of, 'seed')} " if of else ""


def lasting(seconds: float) -> str:
    """``0.35 s``, ``26 s``, ``4.5 min``."""
    return (
        f"{seconds / 60:.1f} min"
        if seconds >= 120
        else f"{seconds:.{0 if seconds >= 9.95 else 1 if seconds >= 1 else 2}f} s"
    )


def roughly(number: int) -> int:
    """Rounded up to two digits."""
    unit = int(10 ** max(0, len(str(number)) - 2))
    return -(-number // unit) * unit


def digits_of(width: float) -> int:
    """Decimals that give a width two digits, 2 to 4."""
    return min(4, max(2, math.ceil(-math.log10(2 * width)) + 1)) if width > 0 else 2


def _digits(found: Estimate, scale: float) -> int:
    return max(0, digits_of(found.high - found.low) - round(math.log10(scale)))


def _scale(metric: str) -> tuple[float, str]:
    return (1000.0, " per 1000") if metric in PER_1000 else (1.0, " per image" if metric == "cost" else "")


def _signed(number: float, digits: int) -> str:
    rounded = f"{number:+.{digits}f}"
    return rounded if float(rounded) else rounded[1:]
