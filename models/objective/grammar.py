"""How an objective is written, as the registry of metrics has it: every form, and the fields that it sets."""

import math
import re
from collections.abc import Mapping
from itertools import permutations
from typing import Any, NamedTuple

from steelyard.models.errors import BadInput
from steelyard.models.metrics.registry import METRICS

CONSTRAINTS = tuple(key for key, of in METRICS.items() if of.limit)
"""Metrics that can be kept in bounds."""

ALONE = tuple(key for key, of in METRICS.items() if of.alone)

UNDER_CONSTRAINT = ("recall", "precision")
"""Metrics that can be optimised while another is kept in bounds."""

AS_TEST = "test"
"""In place of a prevalence: that of test, whatever train was thinned to."""


def write_number(number: float) -> str:
    """The shortest decimal that reads back to the last digit; whole numbers without a point."""
    return repr(float(number)).removesuffix(".0")


def written(key: str, numbers: Mapping[str, float]) -> list[str]:
    """Write the parameters of a metric as they stand behind its key: ``2``; ``fn=10`` and ``fp=1``; nothing of most."""
    return [_equals(of.name, numbers[of.field]) for of in METRICS[key].parameters]


def _equals(name: str, number: float) -> str:
    return f"{name}={write_number(number)}" if name else write_number(number)


def written_bound(key: str, bound: float) -> str:
    """Write the bound of a constraint as it stands behind its key: ``>= 0.7``, ``<= 30 per 1000``."""
    of = METRICS[key]
    return f"{of.sign} {write_number(bound)}" + f" per {of.per}" * (of.per != 1)


def _example(key: str) -> str:
    return " ".join([key, *written(key, {of.field: of.example for of in METRICS[key].parameters})])


LIMITS = {key: f"{_example(key)} {written_bound(key, METRICS[key].limit)}" for key in CONSTRAINTS}
"""An example of each constraint, as it is written behind the @."""

EXAMPLES = (
    *(f"recall @ {limit}" for key, limit in LIMITS.items() if key != "recall"),
    f"precision @ {LIMITS['recall']}",
    *(_example(key) for key in ALONE),
)
"""An objective with each constraint, and with each metric that may stand alone."""

GRAMMAR = (
    f"{' or '.join(UNDER_CONSTRAINT)} @ {', '.join(LIMITS.values())}; or alone {', '.join(map(_example, ALONE))}; "
    "maybe at prevalence 0.02 (or test); of one class of many: recall of CLASS @ ..."
)


class Number(NamedTuple):
    """What a number is called, below what it must stay (it must exceed 0), and one that will do."""

    what: str
    below: float
    example: str


NUMBERS = {
    of.field: Number(
        f"a {key} {of.name}" if of.name else f"a {of.field}",
        math.inf,
        _equals(of.name, of.example) if of.name else _example(key),
    )
    for key, metric in METRICS.items()
    for of in metric.parameters
} | {"prevalence": Number("a prevalence", 1, "at prevalence 0.02")}


def _number(field: str) -> str:
    # Wider than numbers are, so that -1 and nan are told what is wrong with them and not just the grammar.
    return rf"(?P<{field}>[-+.0-9A-Za-z]+)"


_CLASS = r"(?:\s+of\s+(?P<class_name>\S.*?))?"
# Without a constraint, a misspelt one is not to be taken for a part of the name.
_CLASS_ALONE = r"(?:\s+of\s+(?P<class_name>[^\s@][^@]*?))?"


def _parameters(key: str) -> list[str]:
    """Patterns of a metric's parameters, in every order."""
    each = [rf"\s+{of.name}" + r"\s*=\s*" * bool(of.name) + _number(of.field) for of in METRICS[key].parameters]
    return ["".join(order) for order in permutations(each)]


def _bound(key: str) -> str:
    of = METRICS[key]
    return rf"\s*{of.sign}\s*{_number('bound')}" + rf"\s+per\s+{of.per}" * (of.per != 1)


FORMS = tuple(
    re.compile(rf"\s*{form}(?:\s+at\s+prevalence\s+{_number('prevalence')})?\s*", re.DOTALL)
    for form in (
        *(
            rf"(?P<metric>{key}){_CLASS if given else _CLASS_ALONE}{given}"
            for key in ALONE
            for given in _parameters(key)
        ),
        *(
            rf"(?P<metric>{key}){_CLASS}\s*@\s*(?P<constraint>{other}){given}{_bound(other)}"
            for key in UNDER_CONSTRAINT
            for other in CONSTRAINTS
            for given in _parameters(other)
            if other != key
        ),
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
    numbers = NUMBERS
    if limited := fields.get("constraint"):
        of = METRICS[limited]
        numbers = NUMBERS | {"bound": Number("a bound", of.per if of.bounded else math.inf, LIMITS[limited])}
    for name in [name for name in numbers if fields.get(name) is not None]:
        fields[name] = read_number(fields[name], numbers[name], text)
    return fields


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
