"""The classes of a source: how many there must be, and how they are shown."""

from collections.abc import Sequence
from pathlib import Path

from models.errors import BadInput
from models.names import listed, printable, repeated


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
