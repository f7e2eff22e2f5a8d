"""What a person wrote: a spec in a file or in Python, and what is wrong with it, in one line."""

import json
import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from steelyard.models.errors import BadInput
from steelyard.models.names import brief, cut, listed, printable, repeated
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import credentials
from steelyard.tasks.settings import Settings

LARGEST = 100_000
"""Bytes of a file that can be meant; a spec has a few hundred."""

DEEPEST = 1_000
"""Dots of a TOML key; the parser's time grows with their square, to 40 s for 49,000."""

TEXTS = {name for name, field in Sweep.model_fields.items() if field.annotation is str}

Fields = dict[str, Any]


def read(path: Path) -> Fields:
    """Fields of a ``Sweep`` from a TOML or JSON file, each of them valid; what they are together is not judged.

    Keys are written as the fields or as the options (``train_counts``, ``train-counts``). Where a field is text, a
    number stands for its text, and a list for its items with commas between them. Paths are relative to the working
    folder, in the file too.

    Raises:
        BadInput: no such file, no TOML or JSON, or a key or value that a ``Sweep`` does not have.
    """
    try:
        fields = {name: written(name, value) for name, value in _parsed(path).items()}
        Sweep.model_validate(fields, strict=True)  # "32" is no number, and true is not 1.
    except ValidationError as error:
        # Errors of the whole wait until the options of the command line are there too.
        if wrong := "; ".join(said(detail) for detail in error.errors() if detail["loc"]):
            raise BadInput(f"config {printable(path)}: {wrong}") from None
    except OSError as error:  # It names the file itself, too.
        raise BadInput(f"config {printable(path)}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:  # Both parsers say line and column.
        raise BadInput(f"config {printable(path)}: {error}") from None
    return fields


def _parsed(path: Path) -> Fields:
    kind = path.suffix.lower()
    if kind not in (".toml", ".json"):
        raise BadInput(f"the name must end in .toml or .json, got {path.name!r}; rename it")
    if not path.is_file() or path.stat().st_size > LARGEST:
        raise BadInput(f"must be a file that exists, of at most {LARGEST:,} bytes; check the path")
    text = path.read_bytes().decode("utf-8-sig")
    if any(part.count(".") > DEEPEST for part in re.split("[=,\n]", text)):
        raise BadInput("must not nest so deep; a spec has keys and values only")
    fields = json.loads(text, object_pairs_hook=_once) if kind == ".json" else _once(tomllib.loads(text).items())
    if not isinstance(fields, dict):
        raise BadInput(f"must be an object of keys and values, got {cut(str(fields), 20)}")
    return fields


def _once(pairs: Iterable[tuple[str, Any]]) -> Fields:
    named = [(key.replace("-", "_"), value) for key, value in pairs]
    if twice := repeated(name for name, _ in named):
        raise BadInput(f"must have each key once, got {listed(twice)} more than once; keep one")
    return dict(named)


def written(name: str, value: Any) -> Any:
    """What a person wrote for a field, as the field is written: text of a number, or of a list with commas.

    The value is text, a number, true or false, None, or a list of these.

    Raises:
        BadInput: a field that a ``Sweep`` does not have, or what cannot be its text.
    """
    if name not in Sweep.model_fields:
        raise BadInput(_unknown(name))
    items = value if isinstance(value, list) else [value]
    try:
        texts = [str(item) for item in items]
        "".join(texts).encode()
    except ValueError as error:  # Of a number of thousands of digits, and of half a character, which JSON can write.
        raise BadInput(f"{name} cannot be used ({error})") from None
    if name not in TEXTS or any(type(item) not in (str, int, float) for item in items):
        return value
    if isinstance(value, list) and (with_comma := [text for text in texts if "," in text]):
        raise BadInput(f"{name} must have no comma within an item, got {listed(with_comma)}; write it as one text")
    # One number in a list is a list all the same: seeds = [7] is seed 7, and not 7 seeds.
    return ",".join(texts) + "," * (len(texts) == 1 and value is items and texts[0].isdecimal())


def _unknown(name: str) -> str:
    if name in Settings.model_fields:
        return f"{name} is a setting and not part of a sweep's spec; give it as --{name.replace('_', '-')}"
    near = get_close_matches(name, Sweep.model_fields, 1)
    told = f"did you mean {near[0]}?" if near else f"it has {', '.join(Sweep.model_fields)}"
    return f"no key {cut(name)!r} in a sweep's spec; {told}"


def one_line(error: Exception) -> str:
    """What an error says, in one line that a terminal can show, of 500 characters at most; our own words come first."""
    cause = error if isinstance(error, ValidationError | BadInput) else error.__cause__
    if isinstance(cause, ValidationError):
        return brief("; ".join(said(detail) for detail in cause.errors()))
    return brief(_flat(str(error)))


def said(detail: ErrorDetails) -> str:
    """What pydantic found, as ``epochs must be a valid integer, got 'many'``."""
    own = detail.get("ctx", {}).get("error")
    if isinstance(own, BadInput):
        return _flat(str(own))
    wanted, got = detail["msg"].removeprefix("Input should be "), cut(str(detail["input"]))
    # An error of the whole has no place.
    name = str(detail["loc"][-1]).replace("_", "-") if detail["loc"] else "input"
    return _flat(f"{name} cannot be used ({own}), got {got!r}" if own else f"{name} must be {wanted}, got {got!r}")


def _flat(text: str) -> str:
    return printable(credentials.masked(" ".join(text.split())))
