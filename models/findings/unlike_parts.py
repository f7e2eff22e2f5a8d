"""Parts whose images are unlike those that teach: a head that tells the two apart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from steelyard.models.data.carve import FOLDS, fold
from steelyard.models.findings.areas import Area, area
from steelyard.models.findings.grouping import unit_codes
from steelyard.models.findings.heads import Seen, out_of_fold, regrouped, relabelled, taken

TOLD = 0.6
"""Area that the interval must lie above: in larger sets a difference is certain long before it matters."""

NEW = "new"
"""Part of images that came since a sweep before."""

LEAST = 10
"""Images on either side."""

Rows = npt.NDArray[np.int64]
Names = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Unlike:
    """A part that differs from what teaches.

    Attributes:
        part: such as ``test``.
        among: "" for all images, else the class or the slice, such as ``camera = B``, within which the two differ.
        images: of the part.
        area: of telling the part's images from those that teach; 0.5 where they are alike.
    """

    part: str
    among: str
    images: int
    area: Area


def unlike_parts(of: Seen, parts: Names, among: Mapping[str, npt.NDArray[np.bool_]]) -> list[Unlike]:
    """Which parts differ from train, as a whole and within classes and slices.

    Args:
        of: the images of all parts.
        parts: (n,) str, name of the part of each; "train" for those that teach.
        among: what else to look at alone -> (n,) which images it has.

    Source:
        Lopez-Paz & Oquab 2017, "Revisiting classifier two-sample tests", with the ROC area for the accuracy.
    """
    return [
        found
        for part in sorted(set(parts.tolist()) & {"val", "test", NEW})
        for found in _of_part(of, parts, part, among)
        if found.area.low > TOLD
    ]


def _of_part(of: Seen, parts: Names, part: str, among: Mapping[str, npt.NDArray[np.bool_]]) -> Iterator[Unlike]:
    rows = np.flatnonzero((parts == part) | (parts == "train"))
    here = (parts[rows] == part).astype(np.int64)
    if min(np.sum(here), np.sum(1 - here)) < LEAST:
        return
    few = taken(of, rows)
    folds = fold(np.arange(len(rows)), here, few.groups, FOLDS)
    if not folds.max():
        return
    # Where one part has more of a class, that alone would tell it from the other: ranks count within each class.
    scores = _ranked(out_of_fold(regrouped(relabelled(few, here, 2), folds))[:, 1], few.labels)
    everything, codes = np.ones(len(rows), bool), unit_codes(few.groups)
    for name, which in {"": everything, **{name: which[rows] for name, which in among.items()}}.items():
        both = int(np.sum(here[which])), int(np.sum(1 - here[which]))
        if min(both) >= LEAST:
            yield Unlike(part, name, both[0], area(here[which] == 1, scores[which], codes[which]))


def _ranked(scores: npt.NDArray[np.float64], labels: Rows) -> npt.NDArray[np.float64]:
    """(n,) ranks in (0, 1) among the images of the same class."""
    ranks = np.empty_like(scores)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        ranks[rows] = (scores[rows].argsort(kind="stable").argsort() + 0.5) / len(rows)
    return ranks
