"""Metrics of each class, under keys that MLflow takes whatever the classes are called."""

import re
from collections.abc import Iterable, Mapping

TAKEN = re.compile(r"[^\w.\- :]")
LONGEST = 100


def flat(prefix: str, found: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """``<prefix>/<class>/<metric>`` -> value.

    Args:
        prefix: ``class``, or ``operating/class``.
        found: class -> metric -> value.
    """
    names = keys(found)
    return {
        f"{prefix}/{key}/{metric}": value
        for key, metrics in zip(names, found.values(), strict=True)
        for metric, value in metrics.items()
    }


def keys(names: Iterable[str]) -> list[str]:
    """A key for each class: its name, or, where MLflow would refuse it, what is left of it and its number.

    No two are the same: a number is added until none is, whatever the other classes are called.
    """
    given = list(names)
    taken = {name for name in given if _key(name) == name}
    return [name if name in taken else _free(_key(name), number, taken) for number, name in enumerate(given)]


def _key(name: str) -> str:
    left = TAKEN.sub("_", name)[:LONGEST].strip()
    # A part of a key that is a dot or two would be taken for a folder.
    return left if left.strip(".") else f"{left}_"


def _free(key: str, number: int, taken: set[str]) -> str:
    while (key := f"{key}-{number}") in taken:
        pass
    taken.add(key)
    return key
