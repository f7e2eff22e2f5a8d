"""The classes of a source: how many there must be, and what those that are numbers are called."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from steelyard.models.errors import BadInput
from steelyard.models.names import listed, printable, repeated
from steelyard.tasks.sources.source import Source, fingerprint


def checked(names: Sequence[str], path: Path) -> tuple[str, ...]:
    """The names as they are shown from here on, in one line each.

    Args:
        names: name of class 0, 1, ...
        path: the file that they are from.

    Raises:
        BadInput: fewer than two, or two that look the same.
    """
    shown = tuple(map(printable, names))
    if len(shown) < 2:
        raise BadInput(
            f"data must have at least two classes, got {f'only {listed(shown)}' if shown else 'none'} in "
            f"{printable(path)}; add images of another class"
        )
    if twice := repeated(shown):
        raise BadInput(
            f"data must have classes of different names, got {listed(twice)} more than once in {printable(path)}; "
            "rename one"
        )
    return shown


def named(source: Source, names: tuple[str, ...], data: str) -> Source:
    """The same source, its numbers named.

    Args:
        source: one whose labels are numbers.
        names: name of each number, in ascending order of the numbers.
        data: how the source was asked for.

    Raises:
        BadInput: the source has names of its own, or another number of labels.
    """
    known = listed(source.class_names)
    if not source.numbered:
        raise BadInput(
            f"class-names must be left out for {printable(data)}, which names its classes itself ({known}), "
            f"got {listed(names)}; use those"
        )
    if len(names) != len(source.class_names):
        raise BadInput(
            f"class-names must be as many as the {len(source.class_names):,} labels {known}, in this order, "
            f"got {len(names):,}: {listed(names)}; give one per label"
        )
    return dataclasses.replace(source, class_names=names, fingerprint=fingerprint(source.fingerprint, names))
