"""The page of what was found in a set of images: what to do first, then each finding with its pictures."""

import re
from collections.abc import Callable, Sequence
from importlib.metadata import version
from itertools import groupby

from markupsafe import Markup, escape

from steelyard.models.data.image_set import ImageSet
from steelyard.models.findings.found import Asked, Found
from steelyard.models.words import found_lines
from steelyard.models.words.found_lines import KINDS, Told
from steelyard.models.words.phrases import capitalised
from steelyard.tasks.report.page.error_gallery import Shot
from steelyard.tasks.report.page.found_sections import Section, Tile, found_sections
from steelyard.tasks.report.page.own_files import own_file
from steelyard.tasks.report.page.render import environment

AT_MOST = 2
"""Things to do of one kind that open the page; the others are in their section."""

AS_TYPED = re.compile(r"(--group-by=.+|--[a-z-]+|[\w-]+\.csv)")
"""An option, one with its value at the end of a line, or a file."""

Picture = Callable[[Sequence[str]], Sequence[bytes]]
"""Ids of images -> a PNG or JPEG of each."""


def images_page(
    title: str,
    about: Sequence[str],
    found: Found,
    asked: Asked,
    images: ImageSet,
    lines: Sequence[Told],
    picture: Picture,
) -> str:
    """The page, complete in itself.

    Args:
        title: the set's name.
        about: lines on the set as a whole, what it is made of first.
        found: in it.
        asked: what was looked at.
        images: the set.
        lines: the findings in words.
        picture: makes the pictures.
    """
    sections = found_sections(found, asked, images, lines)
    made_of, *notes = [line.removeprefix(f"{title}: ") for line in about]
    return environment().get_template("found.html.jinja").render(
        title=f"{title}: images · Steelyard",
        heading=f"{title} · the images before the network",
        things=sum(bool(of.do) for of in lines),
        made_of=made_of,
        notes=notes,
        sections=sections,
        first=[(kind, list(of)) for kind, of in groupby((of for of in lines if of.do), key=lambda line: line.kind)],
        most=AT_MOST,
        kinds=KINDS,
        action=_action,
        not_found=found_lines.not_found(found, asked, lines),
        curve=found_lines.CURVE,
        shot=_shots(sections, images, picture),
        version=version("steelyard"),
        style=own_file("style.css"),
        script=own_file("page.js"),
    )  # fmt: skip


def _shots(sections: Sequence[Section], images: ImageSet, picture: Picture) -> Callable[[Tile], Shot]:
    """The picture of each tile; one that several tiles show is made once."""
    tiles = [tile for section in sections for strip in section.strips for tile in strip.tiles]
    rows = list(dict.fromkeys(tile.row for tile in tiles if not tile.mean))
    shots = dict(zip(rows, map(Shot.of, picture(images.table["id"].iloc[rows].tolist())), strict=True))
    return lambda tile: Shot.of(tile.mean) if tile.mean else shots[tile.row]


def _action(do: str) -> Markup:
    """What to do, with what is typed as code."""
    parts = AS_TYPED.split(capitalised(do))
    coded = [Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)]
    return Markup("").join(coded)
