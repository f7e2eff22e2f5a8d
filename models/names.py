"""Names that come from outside, of classes and files: parsed, and shown in one line whatever is in them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from steelyard.models.errors import BadInput

SHOWN = 10
LONGEST = 200
MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
LONG_WORD = re.compile(r"(\S{120})\S{80,}(\S{60})")


def printable(name: str | PurePath) -> str:
    """The name with what cannot be printed in a line escaped: a line break becomes a backslash and an n."""
    text = str(name)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def listed(items: Sequence[str]) -> str:
    """The first 10 in a line, each cut at 200 characters, then how many more there are."""
    shown = ", ".join(cut(printable(item)) for item in items[:SHOWN])
    return shown if len(items) <= SHOWN else f"{shown} and {len(items) - SHOWN:,} more"


def cut(text: str, longest: int = LONGEST) -> str:
    """The text, or its beginning and an ellipsis: at most ``longest`` characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def brief(text: str, longest: int = 485) -> str:
    """The text with its middle left out, of each long word and then of the whole: what to do stands at the end."""
    text = LONG_WORD.sub(r"\1…\2", text)
    return text if len(text) <= longest else f"{text[: longest * 2 // 3 - 1]}…{text[-(longest // 3) :]}"


def repeated(names: Iterable[str]) -> list[str]:
    """Names that come more than once, in the order they first come."""
    return [name for name, count in Counter(names).items() if count > 1]


def class_names(text: str) -> tuple[str, ...]:
    """Names of labels in the order of their values: ``"benign,malignant"`` -> ``("benign", "malignant")``; "" -> ().

    Raises:
        BadInput: a name is empty or comes twice.
    """
    if not text:
        return ()
    names = tuple(printable(part.strip()) for part in text.split(","))
    if not all(names):
        raise BadInput(f"class-names must be names with commas between them, got {cut(text)!r}; try benign,malignant")
    if twice := repeated(names):
        raise BadInput(f"class-names must differ from each other, got {listed(twice)} more than once; name each label")
    return names


def check_model_name(name: str, option: str) -> None:
    """Refuse a name of a registered model that could not be told from an alias, a version or a path.

    Raises:
        BadInput: it is one; ``option`` gave it.
    """
    if not MODEL_NAME.fullmatch(name):
        raise BadInput(f"{option} must be 1 to 100 letters, digits, dots, dashes and underscores, got {name!r}")
