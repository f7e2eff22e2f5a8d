"""What Matplotlib writes as SVG, as an element of a page: in the page's font and colours, with ids of its own."""

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

from steelyard.tasks.report.figures import palette

ON_PAPER = "on-paper"
"""Id of texts that lie on lines: the paper shows around their letters."""

LEFT_OUT = {"metadata", "style"}
"""When and by what it was drawn, and a rule for the lines of a whole page."""

REFERENCE = re.compile(r"(?<=#)[^)]+(?=\)$)|(?<=^#).+")
LONG = re.compile(r"-?\d+\.\d{2,}")
"""A place to more than a tenth of a pixel."""

FONT = re.compile(r"font-family: [^;]*;?|(?<=font)(?=: [\d.]+px )|(?<=px) '[^;]*")
"""Matplotlib's font, of which the page takes the size alone; older releases say both in one."""

COLOUR = re.compile("|".join(palette.OF_THE_PAGE))


def of(written: bytes, kind: str, key: str, told: Mapping[str, str]) -> str:
    """The element, as text.

    Args:
        written: by Matplotlib, with texts as texts.
        kind: class of the element.
        key: that its ids begin with; no other element of the page has it.
        told: what is said of a group that is pointed at, by the id that Matplotlib was given.
    """
    # Our own drawing, in which Matplotlib escapes every name.
    drawing = fromstring(written)  # noqa: S314
    whole = Element("svg", {"class": kind, "viewBox": drawing.attrib["viewBox"]})
    whole.extend(part for child in drawing for part in _parts(child, told))
    _rename(whole, key)
    return tostring(whole, encoding="unicode")


def _parts(element: Element, told: Mapping[str, str]) -> Iterator[Element]:
    """The element, or what is in it where it is a group that does nothing; nothing where it cannot be seen."""
    tag, name = element.tag.rpartition("}")[2], element.get("id", "")
    attributes = {key.rpartition("}")[2]: _short(key, value) for key, value in element.items()}
    attributes = {key: value for key, value in attributes.items() if value}
    if tag in LEFT_OUT or attributes.get("style") == "fill: none":
        return
    children = [part for child in element for part in _parts(child, told)]
    if tag in ("g", "defs"):
        attributes.pop("id", None)
        if not children:
            return
    if name == ON_PAPER:
        attributes["class"] = ON_PAPER
    if tag == "g" and not attributes and name not in told:
        yield from children
        return
    made = Element(tag, attributes)
    if name in told:
        SubElement(made, "title").text = told[name]
    made.text = element.text if tag == "text" else made.text
    made.extend(children)
    yield made


def _short(key: str, value: str) -> str:
    if key == "style":
        value = COLOUR.sub(lambda found: palette.OF_THE_PAGE[found.group()], FONT.sub("", value)).strip(" ;")
        return value.replace("font: ", "font-size: ")
    if key == "transform" and value.startswith("rotate(-0 "):
        return ""
    value = "".join(value.split("\n")) if value.startswith("data:") else " ".join(value.split())
    return value if value.startswith(("data:", "#", "url")) else LONG.sub(lambda at: f"{float(at.group()):.1f}", value)


def _rename(whole: Element, key: str) -> None:
    """Number the ids that are referred to, and drop the others."""
    found = [(of, name, REFERENCE.search(value)) for of in whole.iter() for name, value in of.items() if name != "id"]
    names: dict[str, str] = {}
    for of, name, reference in found:
        if reference and name in ("href", "clip-path"):
            new = names.setdefault(reference.group(), f"{key}-{len(names)}")
            of.set(name, of.attrib[name].replace(reference.group(), new))
    for of in whole.iter():
        if (old := of.attrib.pop("id", None)) in names:
            of.set("id", names[str(old)])
