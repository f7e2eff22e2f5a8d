"""Figures and names as the answer has them: plain, and short enough for one line."""

from steelyard.models.metrics.registry import DEPENDENT, metric
from steelyard.models.names import cut
from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_verdict import Estimate
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say

LONGEST_CLASS = 16
"""Characters of a class's name; other places have it whole."""

NARROW = 0.02
"""Of an interval, below which numbers per 100 have a decimal."""


def at_share(verdict: Verdict, objective: Objective) -> str:
    """At which share of positives, where there is one class to find."""
    if verdict.every_class and not (objective.class_name and objective.constraint in DEPENDENT):
        return ""
    return f" at {100 * verdict.prevalence:.3g} % {to_find(verdict, objective)}"


def to_find(verdict: Verdict, objective: Objective) -> str:
    """What the class to find is called."""
    return class_name(objective.class_name or verdict.classes[-1])


def of_class(objective: Objective) -> str:
    """`` of cat`` where the objective is about one class of many."""
    return f" of {class_name(objective.class_name)}" if objective.class_name else ""


def class_name(name: str) -> str:
    """A class, cut, and in quotes where it would read as a number."""
    return say.quoted(cut(name, LONGEST_CLASS))


def in_100(share: Estimate, what: str = "") -> str:
    """``43 of 100 dog images (22 to 67)``; with a decimal where the interval is narrow."""
    digits = int(share.high - share.low < NARROW)
    value, low, high = (f"{100 * number:.{digits}f}" for number in (share.value, share.low, share.high))
    return f"{value}{f' of 100 {what}' if what else ''} ({low} to {high})"


def with_range(estimate: Estimate, key: str) -> str:
    """``0.78 (0.39 to 0.95)``, with its unit; as many decimals as the interval is narrow."""
    told = metric(key)
    width = (estimate.high - estimate.low) * (1 if told.bounded else told.per)
    value, low, high = (_number(of, key, say.digits_of(width)) for of in (estimate.value, estimate.low, estimate.high))
    return f"{value} ({low} to {high}){told.unit}"


def _number(value: float, key: str, digits: int = 2) -> str:
    number, told = value * metric(key).per, metric(key)
    return f"{number:.3g}" if told.unit else f"{number:.{min(3, digits)}f}"
