"""A TOML or JSON file that a person wrote, as keys and values."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from steelyard.models.errors import BadInput
from steelyard.models.names import listed, repeated

LARGEST = 100_000
"""Bytes of a file that can be meant; a spec has a few hundred."""

DEEP_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){100}""")
"""Of more than 100 parts with dots between them; a spec has keys of one."""


def parsed(path: Path) -> dict[str, Any]:
    """Keys and values of a file whose name ends in ``.toml`` or ``.json``; UTF-8, with or without a BOM.

    Raises:
        BadInput: not such a file, too large, or not the language that its name promises.
    """
    parse = PARSERS.get(path.suffix.lower())
    if parse is None:
        raise BadInput(f"the name must end in .toml or .json, got {path.name!r}; rename it")
    try:
        found = parse(_text(path))
    except BadInput:
        raise
    except RecursionError:
        raise BadInput("must not nest so deep; a spec has keys and values only") from None
    except ValueError as error:  # Both parsers say line and column.
        raise BadInput(f"no {path.suffix[1:].upper()}: {error}; correct it there") from None
    if not isinstance(found, dict):
        raise BadInput(f"must be an object of keys and values, got {kind(found)}")
    return found


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise BadInput("must be a file that exists; check the path")
        if (size := path.stat().st_size) > LARGEST:
            raise BadInput(f"must be at most {LARGEST:,} bytes, got {size:,}; name the spec of a sweep")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"must be UTF-8, got byte {error.object[error.start]:#x} at {error.start}; save it so") from None
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror or error}); check the path") from None


def _toml(text: str) -> Any:
    # The parser's time grows with the square of a key's parts: 40 s for 49,000.
    if DEEP_KEY.search(text):
        raise RecursionError
    return tomllib.loads(text)


def _json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if twice := repeated(key for key, _ in pairs):
        raise BadInput(f"must have each key once, got {listed(twice)} more than once; keep one")
    return dict(pairs)


def _no_number(name: str) -> None:
    raise BadInput(f"JSON has no {name}; write a number or null")


PARSERS: dict[str, Callable[[str], Any]] = {".toml": _toml, ".json": _json}


def kind(value: Any) -> str:
    """What a value is, in words of a person who writes such files."""
    if isinstance(value, bool):
        return str(value).lower()
    kinds: dict[type, str] = {dict: "a table", list: "a list", type(None): "null", str: "text", int: "a number"}
    return kinds.get(type(value), f"a {type(value).__name__}")
