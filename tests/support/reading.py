"""What a page says to those who see it, without opening it."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

NO_NUMBER = re.compile(r"\b(?:nan|NaN|inf|Infinity|undefined|null|None(?! of))\b|(?<!\w)[-−]0(?:\.0+)?(?![\d.])")

DRAWN = {"g", "defs", "path", "use", "text", "title", "clippath", "rect", "image"}
"""Elements that a drawing may have, and its attributes."""
ATTRIBUTES = {
    "class", "clip-path", "d", "height", "href", "id", "style", "transform", "viewbox", "width", "x", "xlink:href", "y",
}  # fmt: skip


@dataclass
class Drawing:
    """A figure of the page, at one width.

    Attributes:
        kind: ``wide``, ``narrow`` or ``small``.
        texts: written in it.
        told: what it says to whoever points at a mark.
        parts: how often it has each element.
    """

    kind: str
    texts: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    parts: Counter[str] = field(default_factory=Counter)


class Reading(HTMLParser):
    """A page, read.

    Attributes:
        tags: every element with its attributes, in order, but for those of figures.
        text: of the page and of what is read aloud, such as ``alt``, but for that of figures.
        figures: what is drawn.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.figures: list[Drawing] = []
        self.ids: Counter[str | None] = Counter()
        self._odd: list[str] = []
        self._said: list[str] = []
        self._inside = ""
        self.feed(page)
        self.close()

    @property
    def text(self) -> str:
        return "".join(self._said)

    @property
    def skeleton(self) -> list[tuple[str, ...]]:
        """Elements with the names of their attributes: all that is markup."""
        return [(tag, *attributes) for tag, attributes in self.tags]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if "id" in told:
            self.ids[told["id"]] += 1
        if tag == "svg" and told.get("class"):
            self.figures.append(Drawing(str(told["class"])))
            self._inside = "svg"
        elif self._inside in ("svg", "svg text", "svg title"):
            self._part(tag, told)
            return
        self.tags.append((tag, told))
        self._said += [f" {value} " for name, value in attrs if name in ("alt", "aria-label", "title")]
        if tag in ("script", "style"):
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = (
            "svg" if self._inside.startswith("svg ") else "" if tag in ("svg", "script", "style") else self._inside
        )

    def handle_data(self, data: str) -> None:
        if self._inside == "svg text":
            self.figures[-1].texts.append(data)
        elif self._inside == "svg title":
            self.figures[-1].told.append(data)
        elif not self._inside:
            self._said.append(data)

    def _part(self, tag: str, told: dict[str, str | None]) -> None:
        self.figures[-1].parts[tag] += 1
        if tag in ("text", "title"):
            self._inside = f"svg {tag}"
        odd = {tag} - DRAWN | set(told) - ATTRIBUTES
        if odd or not re.match("#|data:image/png", told.get("xlink:href") or told.get("href") or "#"):
            self._odd.append(f"drawing: {tag} {told}")

    def problems(self) -> Iterator[str]:
        """What no page may have: numbers that are none, addresses that would be fetched, an id that comes twice."""
        texts = [self.text, *(words for of in self.figures for words in (*of.texts, *of.told))]
        for text in texts:
            for found in NO_NUMBER.finditer(text):
                yield f"text: {text[max(0, found.start() - 40) : found.end() + 20]!r}"
        yield from self._odd
        yield from (f"twice: id {name}" for name, times in self.ids.items() if times > 1)
        for tag, attributes in self.tags:
            for name, value in attributes.items():
                if name in ("src", "href", "srcset", "action", "data", "poster") and not re.match(
                    "#|data:", value or ""
                ):
                    yield f"fetched: {tag} {name}={value}"
                if name.startswith("on") or ("url(" in (value or "") and name == "style"):
                    yield f"script or address: {tag} {name}={value}"
