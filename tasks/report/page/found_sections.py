"""Sections of the page of images: of each kind of finding its words, its table and its pictures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from steelyard.models.data.image_set import ImageSet
from steelyard.models.findings import copies
from steelyard.models.findings.areas import Area
from steelyard.models.findings.found import PICTURED, Asked, Found
from steelyard.models.findings.groups.name_patterns import group_names
from steelyard.models.findings.unlike_parts import Unlike
from steelyard.models.names import printable
from steelyard.models.words.found_lines import COPIES, KINDS, ODD, SHOWN, Told, odd
from steelyard.models.words.phrases import called, capitalised, counted, quoted
from steelyard.tasks.findings.files import OF_KIND

CLUSTERS, OF_CLUSTER = 12, 3
"""Clusters of copies that are shown, and images of each."""

GROUPS, ODD_ONES, MEANS = 3, 6, 10
"""Groups of a proposal that are shown, odd images of each kind, and classes whose mean image is."""

SEVERAL = 2
"""Findings of a kind from which on they are told by a table."""

AT_ONCE = 1000
"""Images that are summed at once for a mean."""

Rows = npt.NDArray[np.int64]


class Tile(NamedTuple):
    """A picture and the lines below it.

    Attributes:
        row: of its image in the set; -1 for a mean image.
        path: of its image; "" for a mean image.
        mean: PNG of a mean image.
    """

    row: int
    lines: tuple[str, ...]
    path: str = ""
    mean: bytes = b""


class Strip(NamedTuple):
    """Pictures that belong together, under a heading and a note on it; "" for none."""

    title: str
    tiles: list[Tile]
    note: str = ""


class Table(NamedTuple):
    """A row per finding, whose first ``words`` cells are words; the others are numbers and areas."""

    titles: tuple[str, ...]
    words: int
    rows: Sequence[tuple[Any, ...]]


@dataclass(frozen=True)
class Section:
    """A kind of finding.

    Attributes:
        count: of what its title names; 0 where that cannot be counted.
        lines: its findings; none where a table or the strips say as much.
        file: that has all of it; "" where the page says everything.
        see: what the pictures show.
        curve: share of the images -> ROC area of a head that learned from them; only where the section is on that.
    """

    kind: str
    title: str
    count: int
    lines: Sequence[Told]
    file: str
    see: str
    strips: list[Strip]
    table: Table | None
    curve: Sequence[tuple[float, float]]


def found_sections(found: Found, asked: Asked, images: ImageSet, lines: Sequence[Told]) -> list[Section]:
    """A section for each kind of which something was found, the gravest first.

    Args:
        found: in a set.
        asked: what was looked at.
        images: the set.
        lines: the findings in words.
    """
    pictured, tables, curve = Pictured(found, asked, images), _tables(found), found.separability
    counts = {
        "shortcuts": len(found.shortcuts),
        "groups": len(found.groups),
        "copies": len(found.copies.table),
        "parts": len({each.part for each in found.unlike}),
        "labels": len(found.suspects),
        "odd": found.odd["row"].nunique(),
    }
    sections = []
    for kind in (kind for kind in KINDS if any(line.kind == kind for line in lines)):
        strips, table = list(STRIPS[kind](pictured)) if kind in STRIPS else [], tables.get(kind)
        sections.append(
            Section(
                kind=kind,
                title=KINDS[kind],
                count=counts.get(kind, 0),
                # Headings of the strips of odd images count them already.
                lines=[] if table or kind == "odd" else [line for line in lines if line.kind == kind],
                file=OF_KIND.get(kind, ""),
                see=SHOWN.get(kind, "") if strips else "",
                strips=strips,
                table=table,
                curve=curve.curve if curve and kind == "learning" else (),
            )
        )
    return sections


def _tables(found: Found) -> dict[str, Table]:
    """Kind of a finding -> its table, where there are several of that kind."""
    shortcuts = [(one.what, quoted(one.class_name), Area(one.area, one.low, one.high)) for one in found.shortcuts]
    groups = [
        (
            one.option or "no name",
            f"{one.groups:,}",
            f"{one.images:,}",
            f"{one.area_random:.2f}",
            f"{one.area_grouped:.2f}",
        )
        for one in found.groups
    ]
    parts = [(one.part, _among(one), f"{one.images:,}", one.area) for one in found.unlike]
    told = {
        "shortcuts": Table(("alone", "tells", "area"), 2, shortcuts),
        "groups": Table(("groups by", "groups", "images", "area torn apart", "area whole"), 1, groups),
        "parts": Table(("part", "among", "images", "area"), 2, parts),
    }
    return {kind: table for kind, table in told.items() if len(table.rows) >= SEVERAL}


def _among(one: Unlike) -> str:
    if not one.among:
        return "all images"
    return called(one.among) if " = " in one.among else quoted(one.among)


@dataclass(frozen=True)
class Pictured:
    """What was found in which images, as strips of pictures."""

    found: Found
    asked: Asked
    images: ImageSet

    def copies(self) -> Iterator[Strip]:
        """A strip per cluster."""
        table = self.found.copies.table
        for number, cluster in table[table["cluster"] <= CLUSTERS].groupby("cluster"):
            kind = max(cluster["kind"], key=copies.KINDS.index)
            tiles = [self._tile(row, self._place(row)) for row in self._telling(cluster["row"].to_numpy())]
            yield Strip(f"Cluster {number}: {len(cluster):,} {COPIES[kind]}", tiles)

    def _telling(self, rows: Rows) -> list[int]:
        """Of a large cluster first those that show what is wrong with it: one of each part and class."""
        places = [f"{self.asked.labels[row]} {self.asked.parts[row]}" for row in rows.tolist()]
        first = sorted(np.unique(places, return_index=True)[1])
        return list(dict.fromkeys([*rows[first].tolist(), *rows.tolist()]))[:OF_CLUSTER]

    def labels(self) -> Iterator[Strip]:
        """A strip per suspect, with the images nearest to it."""
        names = [quoted(name) for name in self.asked.class_names]
        for one in self.found.suspects.head(PICTURED).to_dict("records"):
            own, other = names[self.asked.labels[one["row"]]], names[int(one["proposed"])]
            said = f"{other} {one['proposed_probability']:.2f}, {own} {one['probability']:.2f}"
            near = (own, one["nearest_own"]), (other, one["nearest_proposed"])
            beside = [self._tile(row, f"nearest {name}") for name, row in near if row >= 0]
            yield Strip(f"Labelled {own}, likely {other}", [self._tile(one["row"], said), *beside])

    def odd(self) -> Iterator[Strip]:
        """A strip per reason."""
        for why in ODD:
            of = self.found.odd[self.found.odd["why"] == why]
            if len(of):
                usual = of["usual"].iloc[0]
                shown = of.head(ODD_ONES).to_dict("records")
                tiles = [self._tile(one["row"], self._class_of(one["row"]), one["value"]) for one in shown]
                title = f"{capitalised(odd(why, usual))}: {counted(len(of), 'image')}"
                yield Strip(title, tiles, f"{ODD[why][1]}, usually {usual}")

    def groups(self) -> Iterator[Strip]:
        """A strip per group, of each proposal that names explain."""
        ids = self.images.table["id"].to_numpy()[self.found.rows].tolist()
        by = [each.option for each in self.found.groups if each.option not in ("", "exif-date")]
        for option in by:
            names = group_names(option, ids)
            of, counts = np.unique(names[names != ""], return_counts=True)
            for name in of[np.argsort(-counts, kind="stable")][:GROUPS]:
                rows = self.found.rows[names == name].tolist()
                tiles = [self._tile(row, self._class_of(row)) for row in rows[:OF_CLUSTER]]
                yield Strip(f"{quoted(name)}: {counted(len(rows), 'image')}", tiles, f"by {option}" * (len(by) > 1))

    def shortcuts(self) -> Iterator[Strip]:
        """The mean images of the classes in one strip, those that have a shortcut first."""
        told = [self.asked.class_names.index(each.class_name) for each in self.found.shortcuts]
        others = np.unique(self.asked.labels[self.found.rows]).tolist()
        labels = list(dict.fromkeys([*told, *others]))[:MEANS]
        yield Strip("", [self._mean(label) for label in sorted(labels)])

    def _mean(self, label: int) -> Tile:
        rows = self.found.rows[self.asked.labels[self.found.rows] == label]
        words = f"{quoted(self.asked.class_names[label])}, mean of {len(rows):,}"
        return Tile(-1, (words,), mean=_mean_image(self.images, rows))

    def _tile(self, row: int, *lines: str) -> Tile:
        return Tile(int(row), lines, printable(self.images.table["id"].iloc[row]))

    def _class_of(self, row: int) -> str:
        return quoted(self.asked.class_names[self.asked.labels[row]])

    def _place(self, row: int) -> str:
        """Class and part, or fold."""
        part = self.asked.parts[row]
        return " · ".join([self._class_of(row), *[f"fold {part}" if part.isdigit() else part] * bool(part)])


STRIPS: Mapping[str, Callable[[Pictured], Iterator[Strip]]] = {
    "shortcuts": Pictured.shortcuts,
    "groups": Pictured.groups,
    "copies": Pictured.copies,
    "labels": Pictured.labels,
    "odd": Pictured.odd,
}
"""Kind of a finding -> its strips."""


def _mean_image(images: ImageSet, rows: Rows) -> bytes:
    """A PNG of the mean of images, of which there must be one at least."""
    parts = np.array_split(rows, -(-len(rows) // AT_ONCE))
    light = np.sum([images.images[part].sum(axis=0, dtype=np.int64) for part in parts], axis=0)
    pixels, file = (light / len(rows)).astype(np.uint8), BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file, "PNG")
    return file.getvalue()
