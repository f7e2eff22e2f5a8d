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
    """A key for each class: its name, or, where MLflow would refuse it, what is left of it and its number."""
    return [_key(name, number) for number, name in enumerate(names)]


def _key(name: str, number: int) -> str:
    left = TAKEN.sub("_", name)[:LONGEST].strip()
    # A part of a key that is a dot or two would be taken for a folder.
    return name if left == name and name.strip(".") else f"{left}-{number}"
