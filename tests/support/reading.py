"""What a page says to those who see it, without opening it."""

import base64
import json
import math
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import numpy as np
from plotly.offline import get_plotlyjs

NO_NUMBER = re.compile(r"\b(?:nan|NaN|inf|Infinity|undefined|null|None(?! of))\b|(?<!\w)-0(?:\.0+)?(?![\d.])")


class Reading(HTMLParser):
    """A page, read; Plotly's own source is left out.

    Attributes:
        tags: every element with its attributes, in order.
        text: of the page and of what is read aloud, such as ``alt``.
        figures: what Plotly is given.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.figures: list[dict[str, Any]] = []
        self._said: list[str] = []
        self._inside = ""
        self.feed(page.replace(get_plotlyjs(), ""))
        self.close()

    @property
    def text(self) -> str:
        return "".join(self._said)

    @property
    def skeleton(self) -> list[tuple[str, ...]]:
        """Elements with the names of their attributes: all that is markup."""
        return [(tag, *attributes) for tag, attributes in self.tags]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._said += [f" {value} " for name, value in attrs if name in ("alt", "aria-label", "title")]
        self._inside = str(dict(attrs).get("type", tag)) if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self._said.append(data)
        elif self._inside == "application/json":
            self.figures.append(json.loads(data, parse_constant=_refuse))

    def problems(self) -> Iterator[str]:
        """What no page may have: numbers that are none, and addresses that would be fetched."""
        for found in NO_NUMBER.finditer(self.text):
            yield f"text: {self.text[max(0, found.start() - 40) : found.end() + 20]!r}"
        for place, number in (pair for figure in self.figures for pair in _numbers(figure)):
            if math.isinf(number):
                yield f"figure: {place} holds {number}"
        for tag, attributes in self.tags:
            for name, value in attributes.items():
                if name in ("src", "href", "srcset", "action", "data", "poster") and not re.match(
                    "#|data:", value or ""
                ):
                    yield f"fetched: {tag} {name}={value}"
                if name.startswith("on") or ("url(" in (value or "") and name == "style"):
                    yield f"script or address: {tag} {name}={value}"


def array(value: Any) -> Any:
    """An array of a figure, which Plotly is given as a list or as bytes."""
    if not isinstance(value, dict):
        return np.array(value)
    found = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
    return found.reshape([int(size) for size in value["shape"].split(",")]) if "shape" in value else found


def _numbers(value: Any, place: str = "") -> Iterator[tuple[str, float]]:
    """Every number; arrays are written as bytes, in which NaN is a gap of a line."""
    if isinstance(value, dict) and "bdata" in value:
        yield from ((place, float(each)) for each in array(value).ravel())
    elif isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _numbers(each, f"{place}/{key}")
    elif isinstance(value, int | float):
        yield place, float(value)


def _refuse(constant: str) -> None:
    raise ValueError(f"a figure holds {constant}")
