"""What a source of images is: a table of what is known and a way to read one image."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
from PIL import Image

from steelyard.models.data.image_set import SLICE_PREFIX

SPLITS = {"train": "train", "training": "train", "test": "test", "testing": "test"} | dict.fromkeys(
    ("val", "valid", "validation"), "val"
)
"""What people call the parts of a split, in lower case -> what they are called here."""


@dataclass(frozen=True)
class Source:
    """Images that can be read one at a time, with what is said about each.

    Attributes:
        name: short name; the first part of the experiment's name.
        class_names: name of class 0, 1, ..., in the order that ``label`` counts.
        table: N rows sorted by ``id``, with the columns of ``models.data.image_set.ImageSet.table`` except ``digest``.
        read: row in [0, N) -> the image; raises any exception for a file that is no image. Called from many threads.
        fingerprint: changes when the images may have changed; cheap, it opens no image.
        positive: class to find by default; "" where the source names none.
        imbalance: share of positives in train by default, in (0, 1); None for as it comes.
        notes: lines to tell whoever uses the images.
        numbered: whether the classes are mere numbers, which whoever asks may name.
    """

    name: str
    class_names: tuple[str, ...]
    table: pd.DataFrame
    read: Callable[[int], Image.Image]
    fingerprint: str
    positive: str = ""
    imbalance: float | None = None
    notes: tuple[str, ...] = ()
    numbered: bool = False


def source_table(
    ids: Sequence[str],
    labels: Sequence[int],
    splits: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    slices: dict[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Table of a source, in the order given.

    Args:
        ids: N unique names, already sorted: path order is the order of the rows.
        labels: N class indices.
        splits: N of "train", "val", "test"; None where the source has no split of its own.
        groups: N names of groups that never part; None where there are none.
        slices: N values for each slice name, without the prefix of its column.
    """
    empty = [""] * len(ids)
    table = pd.DataFrame({"id": list(ids), "label": pd.Series(list(labels), dtype="int64")})
    table["split"] = empty if splits is None else list(splits)
    table["group"] = empty if groups is None else list(groups)
    for name, values in (slices or {}).items():
        table[f"{SLICE_PREFIX}{name}"] = list(values)
    return table


def fingerprint(*parts: object) -> str:
    """32 hexadecimal digits over the text of ``parts``, their number and their order."""
    return hashlib.blake2b(repr(parts).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
