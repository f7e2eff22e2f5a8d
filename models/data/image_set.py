"""An image set: everything a source has; and the labels that its images have once the classes are chosen."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.near_groups import PREFIX
from steelyard.models.errors import BadInput
from steelyard.models.spec.trial import Partition

SLICE_PREFIX = "slice_"
LABEL_BEFORE = "label_before"
"""Column that has the source's own labels, where some were corrected."""

COLUMNS = ("id", "label", "split", "group", "digest")


@dataclass(frozen=True)
class ImageSet:
    """Images with what the source says about each of them.

    Attributes:
        name: short name of the source; the first part of the experiment's name.
        content_hash: 16 hexadecimal digits over pixels, table and class names; the identity of the set.
        class_names: name of class 0, 1, ..., in the order that ``label`` counts.
        images: (N, H, W, C) uint8, C is 1 (grey) or 3 (RGB); usually a memory map.
        table: N rows, in path order: ``id`` (str, unique), ``label`` (int64 index into ``class_names``), ``split``
            ("train", "val", "test" or "" where the source has no split of its own), ``group`` (str, "" where there is
            none; images of a group never part, near-copies of each other being one), ``digest`` (str; equal for exact
            duplicates), one ``slice_<name>`` column (str) for each slice, and ``label_before`` (int64, the source's own
            label) where labels were corrected.
    """

    name: str
    content_hash: str
    class_names: tuple[str, ...]
    images: npt.NDArray[np.uint8]
    table: pd.DataFrame


def labels_of(labels: npt.NDArray[np.integer], class_names: tuple[str, ...], spec: Partition) -> npt.NDArray[np.int64]:
    """(N,) int64: the image set's own labels where every class counts.

    Else 1 for the positive class, 0 for the negative one (or every other), -1 for the rest.
    """
    if spec.every_class:
        return labels.astype(np.int64)
    known = ", ".join(class_names)
    for argument, name in (("positive", spec.positive), ("negative", spec.negative)):
        if name not in class_names and (name or argument == "positive"):
            raise BadInput(f"{argument} must be one of the classes {known}, got {name!r}; give --{argument} NAME")
    if spec.positive == spec.negative:
        raise BadInput(f"positive and negative must be two classes of {known}, got {spec.positive!r} for both")
    binary = np.full(len(labels), -1 if spec.negative else 0, dtype=np.int64)
    if spec.negative:
        binary[labels == class_names.index(spec.negative)] = 0
    binary[labels == class_names.index(spec.positive)] = 1
    return binary


def group_codes(ids: pd.Index, groups: "pd.Series[str] | None") -> npt.NDArray[np.int64] | None:
    """(n,) code of the group of each image, from 0 on; None where each image stands alone.

    The groups are names by id, "" for an image that stands alone; None where all do. Where one image of near-copies is
    among the ids, the others being in another part, it stands alone too.
    """
    if groups is None:
        return None
    names = groups.loc[ids].to_numpy()
    named, distinct = pd.factorize(names)
    unnamed = np.array([not name or name.startswith(PREFIX) for name in distinct], bool)
    alone = (names == "") | (unnamed & (np.bincount(named, minlength=len(distinct)) == 1))[named]
    if alone.all():
        return None
    # A group and an image may have the same name.
    codes: npt.NDArray[np.int64] = pd.factorize(np.where(alone, -1 - np.arange(len(names)), named))[0].astype(np.int64)
    return codes
