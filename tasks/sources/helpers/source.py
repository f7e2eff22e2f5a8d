"""What a source of images is: how it is asked for, a table of what is known, and a way to read one image."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from PIL import Image

from steelyard.models.data.image_set import SLICE_PREFIX
from steelyard.models.errors import BadInput
from steelyard.models.names import listed, printable, repeated

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
        unusable: images that the source names and that cannot be read, in no row of the table: id -> why, as
            ``missing: No such file or directory``. What comes before the colon is what is counted.
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
    unusable: Mapping[str, str] = field(default_factory=dict)
    numbered: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of source; ``tasks.sources`` finds it as the ``KIND`` of a file there.

    Attributes:
        form: how it is asked for, such as ``elpv``, ``csv:FILE`` or ``folder:PATH``, where PATH is a folder.
        open: given the FILE or PATH, which is there, or the folder for downloads where the form has neither.
        open_from: given the FILE and the folder that its paths count from; None where it lists no files.
        place: among the kinds that a message lists, from 1.
        example: of a FILE or PATH.
        suffixes: of a FILE, in lower case, by which the kind is proposed to whoever left it out.
    """

    form: str
    open: Callable[[Path], Source]
    place: int
    example: str = ""
    suffixes: tuple[str, ...] = ()
    open_from: Callable[[Path, Path], Source] | None = None


def source_table(
    ids: Sequence[str],
    labels: Sequence[int],
    splits: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    slices: dict[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Table of a source, N rows in the order given.

    Args:
        ids: unique and already sorted: path order is the order of the rows.
        labels: class indices.
        splits: "train", "val" or "test"; None where the source has no split of its own.
        groups: names of groups that never part; None where there are none.
        slices: values for each slice name, without the prefix of its column.
    """
    empty = [""] * len(ids)
    known = {"split": empty if splits is None else list(splits), "group": empty if groups is None else list(groups)}
    known |= {f"{SLICE_PREFIX}{name}": list(values) for name, values in (slices or {}).items()}
    return pd.DataFrame({"id": list(ids), "label": pd.Series(list(labels), dtype="int64")} | known)


def row_ids(count: int, prefix: str = "", longest: int | None = None) -> list[str]:
    """Ids of images that have no name: their numbers from 0, with as many digits as the last of ``longest`` needs."""
    digits = len(str((longest or count) - 1))
    return [f"{prefix}{number:0{digits}d}" for number in range(count)]


def checked_classes(names: Sequence[str], path: Path) -> tuple[str, ...]:
    """Names of class 0, 1, ... of a file or folder as they are shown from here on, in one line each.

    Raises:
        BadInput: fewer than two, or two that look the same.
    """
    shown = tuple(map(printable, names))
    if len(shown) < 2:
        raise BadInput(
            f"data must have at least two classes, got {f'only {listed(shown)}' if shown else 'none'} in "
            f"{printable(path)}; add images of another class"
        )
    if twice := repeated(shown):
        raise BadInput(
            f"data must have classes of different names, got {listed(twice)} more than once in {printable(path)}; "
            "rename one"
        )
    return shown


def fingerprint(*parts: object) -> str:
    """32 hexadecimal digits over the text of ``parts``, their number and their order."""
    return hashlib.blake2b(repr(parts).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
