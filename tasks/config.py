"""The spec of a sweep from a file that a person wrote, or that an earlier sweep kept as ``spec.json``."""

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from steelyard.models.errors import BadInput
from steelyard.models.names import cut, listed, printable
from steelyard.models.spec import Sweep
from steelyard.tasks.documents import kind, parsed
from steelyard.tasks.refusals import said
from steelyard.tasks.settings import Settings

LARGEST_NUMBER = 10**100
"""NaN, infinity and numbers that Python does not write are beyond it."""

Fields = dict[str, Any]


def read(path: Path) -> Fields:
    """Fields of a ``Sweep`` from a TOML or JSON file, each of them valid; what they are together is not judged.

    Keys are written as the fields or as the options (``train_counts``, ``train-counts``). Where a field is text, a
    number stands for its text, and a list for its items with commas between them.

    Args:
        path: relative to the working folder, and so are paths in the file, as on the command line.

    Raises:
        BadInput: no such file, no TOML or JSON, or a key or value that a ``Sweep`` does not have.
    """
    try:
        return _checked(_fields(parsed(path)))
    except BadInput as wrong:
        raise BadInput(f"config {printable(path)}: {wrong}") from None


def names_recipe(path: Path) -> bool:
    """Whether a file that ``read`` takes says which recipe it is for."""
    return "recipe" in read(path)


def _fields(found: Fields) -> Fields:
    """The same by field, each value as the field is written."""
    fields: Fields = {}
    for key, value in found.items():
        name = key.replace("-", "_")
        if name not in Sweep.model_fields:
            raise BadInput(_unknown(key, name))
        if name in fields:
            raise BadInput(f"{name} is there with - and with _; keep one")
        fields[name] = written(name, value)
    return fields


def _unknown(key: str, name: str) -> str:
    if name in Settings.model_fields:
        option = name.replace("_", "-")
        return f"{key} is a setting and not part of a sweep's spec; give it as --{option}"
    near = get_close_matches(name, Sweep.model_fields, 1)
    return f"no key {cut(key)!r} in a sweep's spec; " + (
        f"did you mean {near[0]}?" if near else f"it has {', '.join(Sweep.model_fields)}"
    )


def written(name: str, value: Any) -> Any:
    """What a person wrote for a field, as the field is written: text of a number, or of a list with commas.

    Args:
        name: of a field of ``Sweep``.
        value: text, a number, true or false, None, or a list of these.

    Raises:
        BadInput: anything else, or what is no text where the field is.
    """
    items = value if isinstance(value, list) else [value]
    for item in items:
        if item is not None and not isinstance(item, str | int | float):
            raise BadInput(f"{name} must be text, a number, true or false, got {kind(item)}")
        if isinstance(item, int | float) and not abs(item) < LARGEST_NUMBER:
            raise BadInput(f"{name} must be a number between -1e100 and 1e100, got {_digits(item)}")
        if isinstance(item, str) and not _is_whole(item):
            raise BadInput(f"{name} must be Unicode text, got {cut(item)!r}, which has half a character")
    return _as_text(name, value, items) if _is_text(Sweep.model_fields[name].annotation) else value


def _digits(number: float) -> str:
    return str(number) if isinstance(number, float) else f"one of {number.bit_length():,} bits"


def _is_whole(text: str) -> bool:
    # JSON can write half of a pair, \ud800, which no file and no store takes.
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _is_text(annotation: Any) -> bool:
    return annotation is str or set(get_args(annotation)) == {str, type(None)}


def _as_text(name: str, value: Any, items: list[Any]) -> str | None:
    if value is None and type(None) in get_args(Sweep.model_fields[name].annotation):
        return None
    if any(item is None or isinstance(item, bool) for item in items):
        raise BadInput(f"{name} must be text, got {kind(value)}")
    texts = [str(item) for item in items]
    if not isinstance(value, list):
        return texts[0]
    if with_comma := [text for text in texts if "," in text]:
        raise BadInput(f"{name} must have no comma within an item, got {listed(with_comma)}; write it as one text")
    # One number in a list is a list all the same: seeds = [7] is seed 7, and not 7 seeds.
    return f"{texts[0]}," if len(texts) == 1 and texts[0].isdecimal() else ",".join(texts)


def _checked(fields: Fields) -> Fields:
    try:
        # Strictly, as JSON has it: "32" is no number, and true is not 1.
        Sweep.model_validate_json(json.dumps(fields), strict=True)
    except ValidationError as error:
        # Errors of the whole wait until the options of the command line are there too.
        if wrong := [said(detail) for detail in error.errors() if detail["loc"]]:
            raise BadInput("; ".join(wrong)) from None
    return fields
