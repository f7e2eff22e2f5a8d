"""An image set: everything a source has, before any class is chosen or any image left out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

SLICE_PREFIX = "slice_"
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
            none; images of a group never part), ``digest`` (str; equal for exact duplicates), and one ``slice_<name>``
            column (str) for each slice.
    """

    name: str
    content_hash: str
    class_names: tuple[str, ...]
    images: npt.NDArray[np.uint8]
    table: pd.DataFrame
