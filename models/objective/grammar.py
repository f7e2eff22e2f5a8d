"""How an objective is written: every form, and the fields that it sets."""

import math
import re
from typing import Any, NamedTuple

from steelyard.models.errors import BadInput

EXAMPLES = (
    "recall @ precision >= 0.7",
    "recall @ false_positive_rate <= 0.1",
    "recall @ alarms <= 30 per 1000",
    "precision @ recall >= 0.95",
    "precision @ false_positive_rate <= 0.1",
    "precision @ alarms <= 30 per 1000",
    "recall",
    "f1",
    "fbeta 2",
    "balanced_accuracy",
    "average_precision",
    "cost fn=10 fp=1",
)
"""One objective of each form."""

GRAMMAR = (
    f"{', '.join(EXAMPLES[:-1])}, or {EXAMPLES[-1]}, each optionally followed by: at prevalence 0.02; where every "
    "class counts, balanced_accuracy or any with its class, such as recall of CLASS @ precision >= 0.7"
)

SIGNS = {"precision": ">=", "recall": ">=", "false_positive_rate": "<=", "alarms": "<="}
"""On which side of its bound each constraint must stay."""

PER = 1000
"""Images that a bound on alarms is written for."""


class Number(NamedTuple):
    """What a number is called, below what it must stay (it must exceed 0), and one that will do."""

    what: str
    below: float
    example: str


NUMBERS = {
    "precision": Number("a bound", 1, "precision >= 0.7"),
    "recall": Number("a bound", 1, "recall >= 0.95"),
    "false_positive_rate": Number("a bound", 1, "false_positive_rate <= 0.1"),
    "alarms": Number("a bound", PER, f"alarms <= 30 per {PER}"),
    "prevalence": Number("a prevalence", 1, "at prevalence 0.02"),
    "beta": Number("a beta", math.inf, "fbeta 2"),
    "false_negative_cost": Number("a cost fn", math.inf, "fn=10"),
    "false_positive_cost": Number("a cost fp", math.inf, "fp=1"),
}


def _number(field: str) -> str:
    # Wider than numbers are, so that -1 and nan are told what is wrong with them and not just the grammar.
    return rf"(?P<{field}>[-+.0-9A-Za-z]+)"


_BOUND = _number("bound")
_COSTS = rf"fn\s*=\s*{_number('false_negative_cost')}", rf"fp\s*=\s*{_number('false_positive_cost')}"
_CLASS = r"(?:\s+of\s+(?P<class_name>\S.*?))?"
FORMS = tuple(
    re.compile(rf"\s*{form}(?:\s+at\s+prevalence\s+{_number('prevalence')})?\s*", re.DOTALL)
    for form in (
        # Without a constraint, a misspelt one is not to be taken for a part of the name.
        r"(?P<metric>recall|f1|balanced_accuracy|average_precision)(?:\s+of\s+(?P<class_name>[^\s@][^@]*?))?",
        rf"(?P<metric>recall){_CLASS}\s*@\s*(?P<constraint>precision)\s*>=\s*{_BOUND}",
        rf"(?P<metric>precision){_CLASS}\s*@\s*(?P<constraint>recall)\s*>=\s*{_BOUND}",
        rf"(?P<metric>recall|precision){_CLASS}\s*@\s*(?P<constraint>false_positive_rate)\s*<=\s*{_BOUND}",
        rf"(?P<metric>recall|precision){_CLASS}\s*@\s*(?P<constraint>alarms)\s*<=\s*{_BOUND}\s+per\s+{PER}",
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
    for name in fields.keys() - {"metric", "class_name", "constraint"}:
        fields[name] = read_number(fields[name], NUMBERS[fields["constraint"] if name == "bound" else name], text)
    return fields


def write_number(number: float) -> str:
    """The shortest decimal that reads back to the last digit; whole numbers without a point."""
    return repr(float(number)).removesuffix(".0")


def read_number(word: str, number: Number, text: str) -> float:
    """A number within its bounds.

    Args:
        word: what was written for it.
        number: what it must be.
        text: the whole objective, for the message.

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
