"""The map of the images as a part of the page: dots and crosses, with a small picture of each."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from steelyard.models.report import wrong_images
from steelyard.models.report.dossier import COLUMNS_OF_SPRITE, Dossier
from steelyard.models.words import report_captions as words
from steelyard.tasks.report.page.error_gallery import Shot

WIDTH, HEIGHT, MARGIN = 1000, 600, 24
"""Of the drawing, in its own units."""

ARM = 5
"""Of a cross, in these units."""

COLOURS = ("#2f86d0", "#dd7a1c", "#0a9e74", "#c86fa0", "#a8882a", "#4fb0e0", "#8f78c8")
"""Of classes, told apart without red from green; the classes behind these are grey."""

GREY = "#7d8793"

Point = tuple[int, int, int, int, str]
"""Place from the left and from the top, label, what it is called, and its score."""


@dataclass(frozen=True)
class Kind:
    """Images of one class, or of the classes that have no colour of their own.

    Attributes:
        right: path of a dot for each image that is called what it is.
        wrong: path of a cross for each of the others.
    """

    name: str
    colour: str
    right: str
    wrong: str


@dataclass(frozen=True)
class MapView:
    """A map, ready to be laid out.

    Attributes:
        names: of the classes.
        sprite: all images in the order of the points, so many in a row.
    """

    points: tuple[Point, ...]
    ids: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    sprite: Shot
    in_a_row: int
    caption: str
    says: str


def map_view(dossier: Dossier) -> MapView | None:
    """Of a sweep; None where no map was kept."""
    if dossier.map.empty or not dossier.sprite:
        return None
    table = told(dossier)
    names = words.class_names(dossier)
    points = [*zip(*_scaled(table), table["label"], table["called"], table["score"].map("{:.3g}".format), strict=True)]
    return MapView(
        points=tuple(points),
        ids=tuple(table["id"]),
        names=names,
        kinds=tuple(_kinds(points, names)),
        sprite=Shot.of(dossier.sprite),
        in_a_row=COLUMNS_OF_SPRITE,
        caption=words.image_map(dossier, table),
        says=words.image_map_in_numbers(dossier, table),
    )


def told(dossier: Dossier) -> pd.DataFrame:
    """The images on the map with ``label``, what they are ``called`` and their ``score``, of the recommended cell."""
    wrong = wrong_images.wrong(dossier).set_index("id")
    table = dossier.map.set_index("id")
    labels = dossier.images.set_index("id")["label"].reindex(table.index)
    called, errors = labels.copy(), wrong.index.intersection(table.index)
    called.loc[errors] = wrong.loc[errors, "called"] if dossier.every_class else 1 - labels.loc[errors]
    table = table.assign(label=labels.astype(int), called=called.astype(int), score=_scores(dossier))
    return table.reset_index()


def _scores(dossier: Dossier) -> "pd.Series[float]":
    """Of each image of test by its id: of the class to find, or of what it is called."""
    own = dossier.tables(dossier.scores)[dossier.network(dossier.best)]
    own = own if dossier.every_class else own[own["split"] == "test"]
    scores: pd.Series[float] = own.set_index("id")["score"]
    return scores


def _scaled(table: pd.DataFrame) -> tuple[list[int], list[int]]:
    axes = []
    for name, length in (("x", WIDTH), ("y", HEIGHT)):
        values = table[name].to_numpy(np.float64)
        share = (values - values.min()) / (np.ptp(values) or 1)
        axes.append(np.rint(MARGIN + share * (length - 2 * MARGIN)).astype(int).tolist())
    return axes[0], axes[1]


def _kinds(points: list[Point], names: tuple[str, ...]) -> list[Kind]:
    """A class each, those that are the most on the map first, as far as there are colours."""
    labels = pd.Series([label for _, _, label, _, _ in points])
    order = sorted(set(labels)) if len(names) <= len(COLOURS) else labels.value_counts().index.tolist()
    alone, others = order[: len(COLOURS)], set(order[len(COLOURS) :])
    kinds = [(names[label], COLOURS[place], {label}) for place, label in enumerate(alone)]
    kinds += [("other classes", GREY, others)] if others else []
    return [Kind(name, colour, *_paths([of for of in points if of[2] in own])) for name, colour, own in kinds]


def _paths(points: list[Point]) -> tuple[str, str]:
    dots = "".join(f"M{x} {y}h0" for x, y, label, called, _ in points if label == called)
    arms = f"l{2 * ARM} {2 * ARM}m0-{2 * ARM}l-{2 * ARM} {2 * ARM}"
    crosses = "".join(f"M{x - ARM} {y - ARM}{arms}" for x, y, label, called, _ in points if label != called)
    return dots, crosses
