"""Sections of the page of images: of each kind of finding its words, its table and its pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from steelyard.models.data.image_set import ImageSet
from steelyard.models.findings.found import Asked, Found
from steelyard.models.words import found_lines
from steelyard.models.words.found_lines import KINDS, Told
from steelyard.tasks.findings.files import OF_KIND
from steelyard.tasks.report.page.found_strips import STRIPS, Pictured
from steelyard.tasks.report.page.found_tables import Bar, Table, bars, tables
from steelyard.tasks.report.page.found_tiles import Strip


@dataclass(frozen=True)
class Section:
    """A kind of finding.

    Attributes:
        count: of what its title names; 0 where that cannot be counted.
        lines: its findings; none where a table or the strips say as much.
        file: that has all of it; "" where the page says everything.
        see: what the pictures show.
        strips: of pictures.
    """

    kind: str
    count: int
    lines: Sequence[Told]
    file: str
    see: str
    strips: list[Strip] = field(default_factory=list)
    table: Table | None = None
    bars: list[Bar] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What the kind is called."""
        return KINDS[self.kind]


def found_sections(found: Found, asked: Asked, images: ImageSet, lines: Sequence[Told]) -> list[Section]:
    """A section for each kind of which something was found, the gravest first.

    Args:
        found: in a set.
        asked: what was looked at.
        images: the set.
        lines: the findings in words.
    """
    pictured = Pictured(found, asked, images)
    of_kind = {kind: [line for line in lines if line.kind == kind] for kind in KINDS}
    return [_section(kind, own, pictured) for kind, own in of_kind.items() if own]


def _section(kind: str, lines: list[Told], pictured: Pictured) -> Section:
    found = pictured.found
    table = tables(found).get(kind)
    strips = list(STRIPS[kind](pictured)) if kind in STRIPS else []
    return Section(
        kind=kind,
        count=_counts(found)[kind],
        # Headings of the strips of odd images count them already.
        lines=[] if table or kind == "odd" else lines,
        file=OF_KIND.get(kind, ""),
        see=found_lines.SHOWN.get(kind, "") if strips else "",
        strips=strips,
        table=table,
        bars=bars(found) if kind == "learning" else [],
    )


def _counts(found: Found) -> dict[str, int]:
    return {
        "shortcuts": len(found.shortcuts),
        "groups": len(found.groups),
        "copies": len(found.copies.table),
        "parts": len({each.part for each in found.unlike}),
        "labels": len(found.suspects),
        "odd": found.odd["row"].nunique(),
        "learning": 0,
    }
