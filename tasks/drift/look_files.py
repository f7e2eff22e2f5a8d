"""The page and the table of a look at new images."""

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt

from steelyard.models.drift.drift import sizes
from steelyard.models.drift.next_labels import UNCERTAIN, UNLIKE
from steelyard.models.names import printable
from steelyard.models.words import drift_words as say
from steelyard.tasks import atomic_files
from steelyard.tasks.drift.look import Look
from steelyard.tasks.report import error_pictures
from steelyard.tasks.report.page.error_gallery import Shot
from steelyard.tasks.report.page.watch_page import Gallery, Histogram, Tile, watch_page
from steelyard.tasks.settings import default_cache

COLUMNS = ("path", "label", "score", "threshold", "distance", "nearest", "next", "why")
"""Of the CSV: ``distance`` is to the ``nearest`` known image, above 1 for what is unlike all of them; ``next`` counts
the images to label first."""

GALLERIES = {
    UNCERTAIN: ("Label next: near the threshold", "The model is least sure of these."),
    UNLIKE: (
        "Label next: unlike the known images",
        "To the backbone each of these is farther from all known images than 99 % of those are from the nearest other.",
    ),
}


def write(look: Look, output: Path, table: Path) -> None:
    """Write the page and the table, each whole or not at all.

    Raises:
        OSError: the disk failed.
    """
    try:
        with atomic_files.whole(table) as file:
            rows = csv.writer(file)
            rows.writerow(COLUMNS)
            rows.writerows(_rows(look))
        with atomic_files.whole(output) as file:
            file.write(_page(look))
    except OSError as error:
        raise OSError(f"{output} could not be written: {error.strerror or error}") from error


def _rows(look: Look) -> list[tuple[str | float, ...]]:
    """Those to label first, then the others in the order given."""
    first = dict(look.next)
    order = [*first, *(row for row in range(len(look.now.files)) if row not in first)]
    return [
        (
            *(look.now.paths[row], look.now.labels[row], float(look.now.sample.scores[row]), look.threshold),
            *_nearest(look, row),
            *((place, first[row]) if row in first else ("", "")),
        )
        for place, row in enumerate(order, 1)
    ]


def _nearest(look: Look, row: int) -> tuple[str | float, str]:
    if look.near is None:
        return "", ""
    return round(float(look.near.distance[row]), 4), str(look.before.ids[_places(look, [row])[0]])


def _places(look: Look, rows: list[int]) -> npt.NDArray[np.int64]:
    """Of the known images nearest to new ones among those of the reference."""
    assert look.near is not None and look.before.sample.rows is not None
    return look.before.sample.rows[look.near.nearest[rows]]


def _page(look: Look) -> str:
    now, before = look.now, look.before
    left_out = now.known, now.repeated, len(now.unreadable)
    return watch_page(
        title=look.named,
        at=look.at,
        made_of=say.made_of(len(now.files), len(before.ids), *left_out),
        changes=look.changes,
        apart=say.apart(sizes(before.sample, now.sample), [*now.sample.slices], [*before.sample.slices]),
        alarms=before.alarms,
        exact=before.exact,
        histogram=Histogram.of(before.sample.scores, now.sample.scores, look.threshold),
        galleries=[Gallery(*words, _groups(look, kind)) for kind, words in GALLERIES.items()],
    )


def _groups(look: Look, kind: str) -> list[list[Tile]]:
    """Each image to label of a kind; one that is unlike the known ones beside the nearest of them, if that is there."""
    rows = [row for row, why in look.next if why == kind]
    pictures = error_pictures.of_files([look.now.files[row] for row in rows], look.bits)
    known = _known(look, rows) if rows and kind == UNLIKE else [[] for _ in rows]
    return [[_tile(look, row, picture), *beside] for row, picture, beside in zip(rows, pictures, known, strict=True)]


def _tile(look: Look, row: int, picture: bytes) -> Tile:
    said = f"{look.now.labels[row]}, score {look.now.sample.scores[row]:.3g}"
    return Tile(Shot.of(picture), printable(look.now.paths[row]), (said,))


def _known(look: Look, rows: list[int]) -> list[list[Tile]]:
    places, before = _places(look, rows), look.before
    ids, digests = before.ids[places].tolist(), before.digests[places].tolist()
    pictures = error_pictures.of_known(ids, digests, look.bits, before.origin, default_cache())
    shown = zip(pictures, ids, strict=True)
    return [[Tile(Shot.of(of), printable(name), ("nearest known",))] if of else [] for of, name in shown]
