"""Everything that is found in a set of images before anything is trained on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.image_set import LABEL_BEFORE, SLICE_PREFIX, ImageSet
from steelyard.models.data.near_copies import clusters, hashes
from steelyard.models.data.partition import without_duplicates
from steelyard.models.findings.copies import Copies, copies
from steelyard.models.findings.groups.name_patterns import candidates, group_names
from steelyard.models.findings.groups.proposal import Images as Looked
from steelyard.models.findings.groups.proposal import ProposedGroups
from steelyard.models.findings.groups.proposed_groups import look_alikes_unnamed, proposed_groups
from steelyard.models.findings.heads import Seen, out_of_fold, seen
from steelyard.models.findings.look_alikes import look_alikes
from steelyard.models.findings.looks.odd_images import odd_images
from steelyard.models.findings.looks.shortcuts import Shortcut, shortcuts
from steelyard.models.findings.neighbours import directions, nearest, nearest_of_class
from steelyard.models.findings.separability import Separability, separability
from steelyard.models.findings.suspect_labels import NONE, suspect_labels
from steelyard.models.findings.unlike_parts import Unlike, unlike_parts

FEWEST = 20
"""Images below which heads say nothing."""

PICTURED = 24
"""Suspects beside which the images nearest to them are shown."""

STAGES = ("copies", "labels", "groups and parts")

PLACES = ("place", "nearest_own", "nearest_proposed")

Rows = npt.NDArray[np.int64]
Names = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Asked:
    """What is looked at of a set of N images.

    Attributes:
        labels: (N,) int64 in [0, K), -1 for an image that is left out.
        known: the same for copies too of which one is used; None for ``labels``.
        class_names: K.
        parts: (N,) str: train, val or test, or the number of a fold, or "" where nothing is divided.
        whole: whether to look at everything, or only at what a sweep tells of.
        dates: (N,) str, the day that each image was taken, "" where nothing says; None where nobody looked.
    """

    labels: Rows
    class_names: tuple[str, ...]
    parts: Names
    whole: bool = True
    dates: Names | None = None
    known: Rows | None = None


@dataclass(frozen=True)
class SeenBy:
    """What is known of each of N images beside its pixels.

    Attributes:
        features: (N, D) float32, of all images that have a label.
        widths: of the groups of features that count alike.
        looks: N rows, as ``tasks.images.looks`` measures them.
    """

    features: npt.NDArray[np.float32]
    widths: tuple[int, ...]
    looks: pd.DataFrame


@dataclass(frozen=True)
class Found:
    """What is found; each table has the ``row`` of an image in the set.

    Attributes:
        copies: of each other.
        groups: that nobody named.
        suspects: ``row``, ``proposed``, ``probability`` of the label and ``proposed_probability``, the most suspect
            first; of these the rows ``nearest_own`` and ``nearest_proposed`` of the classes in question, else -1.
        odd: ``row``, ``why``, ``value`` and ``usual``.
        shortcuts: what tells the classes apart and should not.
        unlike: parts that differ from train.
        separability: how much there is to learn; None where images are too few.
        rows: (n,) int64 of the images that were looked at, exact copies left out.
    """

    copies: Copies
    groups: tuple[ProposedGroups, ...]
    suspects: pd.DataFrame
    odd: pd.DataFrame
    shortcuts: tuple[Shortcut, ...]
    unlike: tuple[Unlike, ...]
    separability: Separability | None
    rows: Rows


def look(images: ImageSet, seen_by: SeenBy, asked: Asked, tell: Callable[[str], None] = lambda stage: None) -> Found:
    """Look at a set of images.

    Args:
        images: N of them.
        seen_by: what a backbone and the eye make of each.
        asked: what is looked at.
        tell: called with each of ``STAGES``.
    """
    table = images.table
    rows = without_duplicates(table, np.flatnonzero(asked.labels >= 0))
    few, looks = table.iloc[rows], seen_by.looks.iloc[rows].reset_index(drop=True)
    tell("copies")
    alike, first = look_alikes(images.images, rows), clusters(hashes(images.images, rows))
    same = copies(table["digest"].to_numpy(), rows, first, alike, _known(asked), asked.parts)
    tell("labels")
    of = seen(seen_by.features, rows, seen_by.widths, asked.labels, table["group"].to_numpy(), len(asked.class_names))
    directed = directions(of)
    near = nearest(directed)
    said = out_of_fold(of) if len(rows) >= FEWEST and of.folds.max() else None
    suspects = NONE if said is None else _not_corrected(suspect_labels(said, of.labels, of.groups), few)
    tell("groups and parts")
    return Found(
        copies=same,
        groups=tuple(_groups(of, near, few["id"].tolist(), asked)),
        suspects=_in_set(_with_nearest(suspects, directed, of.labels), rows),
        odd=_in_set(odd_images(looks).rename(columns={"row": "place"}), rows),
        shortcuts=tuple(shortcuts(looks, few["id"].tolist(), of.labels, of.groups.tolist(), asked.class_names)),
        unlike=() if said is None else tuple(unlike_parts(of, asked.parts[rows], _among(few, of.labels, asked))),
        separability=None if said is None else separability(of, said, near, asked.whole),
        rows=rows,
    )


def _not_corrected(suspects: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Without images whose label somebody corrected: these were looked at."""
    if LABEL_BEFORE not in table:
        return suspects
    corrected = (table[LABEL_BEFORE] != table["label"]).to_numpy()
    left: pd.DataFrame = suspects[~corrected[suspects["place"].to_numpy(dtype=np.int64)]]
    return left.reset_index(drop=True)


def _known(asked: Asked) -> Rows:
    return asked.labels if asked.known is None else asked.known


def _groups(of: Seen, near: Rows, ids: Sequence[str], asked: Asked) -> list[ProposedGroups]:
    known = Looked(of.coordinates, near, of.labels, of.groups)
    groupings = {pattern: group_names(pattern, ids) for pattern in candidates(ids, of.labels)}
    if asked.dates is not None:
        groupings["exif-date"] = asked.dates[of.basis.rows.numpy()]
    proposed = proposed_groups(known, groupings)
    unnamed = None if proposed else look_alikes_unnamed(known)
    return [*proposed, *([unnamed] if unnamed else [])]


def _with_nearest(suspects: pd.DataFrame, directed: npt.NDArray[np.float32], labels: Rows) -> pd.DataFrame:
    """The first suspects with the places of the images nearest to them, of their own class and of the proposed one."""
    first = suspects.head(PICTURED)
    places, proposed = (first[name].to_numpy(dtype=np.int64) for name in ("place", "proposed"))
    own = nearest_of_class(directed, places, labels[places], labels)
    other = nearest_of_class(directed, places, proposed, labels)
    return suspects.assign(
        nearest_own=pd.Series(own, index=first.index), nearest_proposed=pd.Series(other, index=first.index)
    ).fillna({"nearest_own": -1, "nearest_proposed": -1})


def _in_set(told: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    """With rows of the set for places among those that were looked at."""
    known = {name: told[name].to_numpy(dtype=np.int64) for name in PLACES if name in told}
    in_set = {name: np.where(places >= 0, rows[places], -1) for name, places in known.items()}
    return told.assign(**in_set).rename(columns={"place": "row"})


def _among(table: pd.DataFrame, labels: Rows, asked: Asked) -> Mapping[str, npt.NDArray[np.bool_]]:
    """What parts are compared within: each class, and each value of each slice."""
    classes = {name: labels == label for label, name in enumerate(asked.class_names)}
    slices = {
        f"{column.removeprefix(SLICE_PREFIX)} = {value}": (table[column] == value).to_numpy()
        for column in table.columns
        if column.startswith(SLICE_PREFIX)
        for value in sorted(set(table[column]) - {""})
    }
    return classes | slices
