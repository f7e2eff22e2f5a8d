"""How an objective is written: every form, and the fields that it sets."""

import math
import re
from typing import Any, NamedTuple

from steelyard.models.errors import BadInput
from steelyard.models.metrics.lexicon import METRICS

BOUNDS = {key: of.bound for key, of in METRICS.items() if of.bound}
SIGNS = {key: bound.split()[0] for key, bound in BOUNDS.items()}
"""On which side of its bound each constraint must stay."""

CONSTRAINED = tuple((key, other) for key in ("recall", "precision") for other in BOUNDS if other != key)
"""A metric to optimise, and the one that is kept in bounds."""

ALONE = tuple(key for key, of in METRICS.items() if of.alone)

EXAMPLES = (*(f"{key} @ {other} {BOUNDS[other]}" for key, other in CONSTRAINED), *ALONE, "fbeta 2", "cost fn=10 fp=1")
"""One objective of each form."""

GRAMMAR = (
    f"{', '.join(EXAMPLES[:-1])}, or {EXAMPLES[-1]}, maybe followed by at prevalence 0.02 (or test); for one of many "
    "classes recall of CLASS @ precision >= 0.7 and so on"
)

PER = 1000
"""Images that a bound on alarms is written for."""


class Number(NamedTuple):
    """What a number is called, below what it must stay (it must exceed 0), and one that will do."""

    what: str
    below: float
    example: str


NUMBERS = {key: Number("a bound", METRICS[key].per, f"{key} {bound}") for key, bound in BOUNDS.items()} | {
    "prevalence": Number("a prevalence", 1, "at prevalence 0.02"),
    "beta": Number("a beta", math.inf, "fbeta 2"),
    "false_negative_cost": Number("a cost fn", math.inf, "fn=10"),
    "false_positive_cost": Number("a cost fp", math.inf, "fp=1"),
}


NUMBERS_OF = {"bound", "prevalence", "beta", "false_negative_cost", "false_positive_cost"}
"""Fields that are numbers."""

AS_TEST = "test"
"""In place of a prevalence: that of test, whatever train was thinned to."""


def _number(field: str) -> str:
    # Wider than numbers are, so that -1 and nan are told what is wrong with them and not just the grammar.
    return rf"(?P<{field}>[-+.0-9A-Za-z]+)"


_BOUND = _number("bound")
_COSTS = rf"fn\s*=\s*{_number('false_negative_cost')}", rf"fp\s*=\s*{_number('false_positive_cost')}"
_CLASS = r"(?:\s+of\s+(?P<class_name>\S.*?))?"


def _constrained(metric: str, other: str) -> str:
    bound = rf"(?P<metric>{metric}){_CLASS}\s*@\s*(?P<constraint>{other})\s*{SIGNS[other]}\s*{_BOUND}"
    return rf"{bound}\s+per\s+{PER}" if other == "alarms" else bound


FORMS = tuple(
    re.compile(rf"\s*{form}(?:\s+at\s+prevalence\s+{_number('prevalence')})?\s*", re.DOTALL)
    for form in (
        # Without a constraint, a misspelt one is not to be taken for a part of the name.
        rf"(?P<metric>{'|'.join(ALONE)})(?:\s+of\s+(?P<class_name>[^\s@][^@]*?))?",
        *(_constrained(*pair) for pair in CONSTRAINED),
        rf"(?P<metric>fbeta){_CLASS}\s+{_number('beta')}",
        rf"(?P<metric>cost){_CLASS}\s+{_COSTS[0]}\s+{_COSTS[1]}",
        rf"(?P<metric>cost){_CLASS}\s+{_COSTS[1]}\s+{_COSTS[0]}",
    )
)


def read(text: str) -> dict[str, Any]:
    """Fields of ``Objective`` that a text sets.

    Raises:
        BadInput: ``text`` is of no form, and the message shows them all; or a number in it is out of range.
    """
    match = next((match for form in FORMS if (match := form.fullmatch(text))), None)
    if match is None:
        raise BadInput(f"objective must be one of: {GRAMMAR}; got {text!r}")
    fields: dict[str, Any] = {name: word for name, word in match.groupdict().items() if word is not None}
    if fields.get("prevalence") == AS_TEST:
        fields |= {"prevalence": None, "as_test": True}
    for name in [name for name in NUMBERS_OF if fields.get(name) is not None]:
        fields[name] = read_number(fields[name], NUMBERS[fields["constraint"] if name == "bound" else name], text)
    return fields


def write_number(number: float) -> str:
    """The shortest decimal that reads back to the last digit; whole numbers without a point."""
    return repr(float(number)).removesuffix(".0")


def read_number(word: str, number: Number, text: str) -> float:
    """A number within its bounds.

    Raises:
        BadInput: it is none, or out of range.
    """
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if 0 < value < number.below:
        return value
    span = "above 0 and finite" if math.isinf(number.below) else f"strictly between 0 and {number.below}"
    raise BadInput(f"objective must have {number.what} {span}, got {word} in {text!r}; try {number.example}")
