"""The page of what was found in a set of images: what to do first, then each finding with its pictures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from io import BytesIO

import numpy as np
from PIL import Image

from steelyard.models.data.image_set import ImageSet
from steelyard.models.findings.found import Asked, Found
from steelyard.models.findings.name_patterns import group_names
from steelyard.models.names import printable
from steelyard.models.words.found_lines import KINDS, ODD, Told
from steelyard.models.words.phrases import called, counted
from steelyard.tasks.findings.files import OF_KIND
from steelyard.tasks.report.page.error_gallery import Shot
from steelyard.tasks.report.page.render import environment, own_file

CLUSTERS, OF_CLUSTER = 12, 4
"""Clusters of copies that are shown, and images of each."""

GROUPS, ODD_ONES, MEANS = 3, 8, 10
"""Groups of a proposal that are shown, odd images of each kind, and classes whose mean image is."""

Pictured = Callable[[Sequence[str]], Sequence[bytes]]
"""Ids of images -> a PNG or JPEG of each."""


@dataclass(frozen=True)
class Tile:
    """A picture by the row of its image, or a mean image, and what stands below it."""

    row: int
    lines: tuple[str, ...]
    mean: bytes = b""


@dataclass(frozen=True)
class Strip:
    """Pictures that belong together, under a heading."""

    title: str
    tiles: list[Tile]


@dataclass(frozen=True)
class Section:
    """A kind of finding.

    Attributes:
        lines: its findings.
        file: that has all of it; "" where the page says everything.
        see: what the pictures show.
        strips: of pictures.
    """

    kind: str
    title: str
    lines: list[Told]
    file: str
    see: str = ""
    strips: list[Strip] = field(default_factory=list)


def images_page(
    title: str,
    about: Sequence[str],
    found: Found,
    asked: Asked,
    images: ImageSet,
    lines: Sequence[Told],
    picture: Pictured,
) -> str:
    """The page, complete in itself.

    Args:
        title: the set's name.
        about: lines on the set as a whole.
        found: in it.
        asked: what was looked at.
        images: the set.
        lines: the findings in words.
        picture: makes the pictures.
    """
    sections = [_section(kind, found, asked, images, [of for of in lines if of.kind == kind]) for kind in KINDS]
    sections = [section for section in sections if section.lines]
    rows = [tile.row for section in sections for strip in section.strips for tile in strip.tiles if not tile.mean]
    rows = list(dict.fromkeys(rows))
    shots = dict(zip(rows, map(Shot.of, picture(images.table["id"].iloc[rows].tolist())), strict=True))
    return environment().get_template("found.html.jinja").render(
        title=title,
        about=about,
        sections=sections,
        first=[line for line in lines if line.do],
        shot=lambda tile: Shot.of(tile.mean) if tile.mean else shots[tile.row],
        version=version("steelyard"),
        style=own_file("style.css"),
        script=own_file("page.js"),
    )  # fmt: skip


def _section(kind: str, found: Found, asked: Asked, images: ImageSet, lines: list[Told]) -> Section:
    file = OF_KIND.get(kind, "")
    if not lines or kind not in SHOWN:
        return Section(kind, KINDS[kind], lines, file)
    see, strips = SHOWN[kind]
    return Section(kind, KINDS[kind], lines, file, see, list(strips(found, asked, images)))


def _copies(found: Found, asked: Asked, images: ImageSet) -> Iterator[Strip]:
    for number, cluster in list(found.copies.table.groupby("cluster"))[:CLUSTERS]:
        # Of a large cluster first those that show what is wrong with it: one of each part and class.
        rows = cluster["row"].to_numpy()
        unlike = np.unique([f"{asked.parts[row]} {asked.labels[row]}" for row in rows], return_index=True)[1]
        shown = list(dict.fromkeys([*rows[np.sort(unlike)], *rows]))[:OF_CLUSTER]
        kind = {"exact": "exact copies", "near": "near-copies", "alike": "look-alikes"}[cluster["kind"].iloc[-1]]
        title = f"Cluster {number}: {counted(len(rows), 'image')}, {kind}"
        yield Strip(
            title, [Tile(row, (_class_of(row, asked), *_part_of(row, asked), _id(row, images))) for row in shown]
        )


def _suspects(found: Found, asked: Asked, images: ImageSet) -> Iterator[Strip]:
    names = asked.class_names
    for suspect in found.suspects[found.suspects["nearest_own"] >= 0].to_dict("records"):
        row, label, proposed = suspect["row"], int(asked.labels[suspect["row"]]), int(suspect["proposed"])
        is_it, likely = called(names[label]), called(names[proposed])
        title = f"{is_it}, or {likely}?"
        said = f"{likely} with {suspect['proposed_probability']:.2f}, {is_it} with {suspect['probability']:.2f}"
        tiles = [Tile(row, (f"labelled {is_it}", said, _id(row, images)))]
        for near, name in ((suspect["nearest_own"], is_it), (suspect["nearest_proposed"], likely)):
            if near >= 0:
                tiles.append(Tile(int(near), (f"nearest {name}", _id(int(near), images))))
        yield Strip(title, tiles)


def _odd(found: Found, asked: Asked, images: ImageSet) -> Iterator[Strip]:
    for why, words in ODD.items():
        of = found.odd[found.odd["why"] == why].head(ODD_ONES)
        if len(of):
            tiles = [
                Tile(
                    one["row"],
                    (f"{one['value']} (usual {one['usual']})", _class_of(one["row"], asked), _id(one["row"], images)),
                )
                for one in of.to_dict("records")
            ]
            yield Strip(words.capitalize(), tiles)


def _groups(found: Found, asked: Asked, images: ImageSet) -> Iterator[Strip]:
    ids = images.table["id"].to_numpy()[found.rows]
    for each in found.groups:
        if not each.option or each.option == "exif-date":
            continue
        names = group_names(each.option, ids.tolist())
        of, counts = np.unique(names[names != ""], return_counts=True)
        for name in of[np.argsort(-counts, kind="stable")][:GROUPS]:
            rows = found.rows[names == name]
            tiles = [Tile(int(row), (_class_of(int(row), asked), _id(int(row), images))) for row in rows[:OF_CLUSTER]]
            yield Strip(f"Group {called(name)} by {each.option}: {counted(len(rows), 'image')}", tiles)


def _means(found: Found, asked: Asked, images: ImageSet) -> Iterator[Strip]:
    """The mean image of each class, in which a stamp or a border stands out."""
    tiles = []
    for label, name in list(enumerate(asked.class_names))[:MEANS]:
        rows = found.rows[asked.labels[found.rows] == label]
        mean = np.stack(
            [
                images.images[part].sum(axis=0, dtype=np.int64)
                for part in np.array_split(rows, max(1, len(rows) // 1000))
            ]
        )
        pixels = (mean.sum(axis=0) / max(1, len(rows))).astype(np.uint8)
        file = BytesIO()
        Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file, "PNG")
        tiles.append(Tile(-1, (f"mean of {len(rows):,} {called(name)}",), file.getvalue()))
    yield Strip("", tiles)


def _class_of(row: int, asked: Asked) -> str:
    return called(asked.class_names[asked.labels[row]])


def _part_of(row: int, asked: Asked) -> Sequence[str]:
    part = asked.parts[row]
    return [f"fold {part}" if part.isdigit() else part] if part else []


def _id(row: int, images: ImageSet) -> str:
    return printable(images.table["id"].iloc[row])


SHOWN: Mapping[str, tuple[str, Callable[[Found, Asked, ImageSet], Iterator[Strip]]]] = {
    "shortcuts": (
        "The mean image of each class. A stamp, a border or a frame that only one class has stands out.",
        _means,
    ),
    "groups": ("Images of the largest groups. Those of a series should not be in train and in test at once.", _groups),
    "copies": ("First those that lie across parts or have several labels, then the largest.", _copies),
    "labels": ("Each suspect beside the nearest image of its own class and of the one proposed.", _suspects),
    "odd": ("Each with what it was told by, and what is usual in this set.", _odd),
}
