"""Val or test as every trial of a sweep scored it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.image_set import group_codes
from steelyard.models.data.near_groups import named


@dataclass(frozen=True)
class Part:
    """(n,) images, and their scores of one class.

    Attributes:
        labels: (n,) int64 in [0, K).
        scores: (T, n) float32, probability of the class, a row per trial.
        place: of the class among the labels.
        groups: (n,) int64, code of the group of each image, from 0 on; None where each image stands alone.
        folds: (n,) int64, the fold in which each image is in this part, from 1 on; None where there is one split.
    """

    ids: pd.Index
    labels: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]
    place: int = 1
    groups: npt.NDArray[np.int64] | None = None
    folds: npt.NDArray[np.int64] | None = None

    @classmethod
    def of(
        cls, tables: Sequence[pd.DataFrame], part: str, groups: "pd.Series[str] | None" = None, place: int = 1
    ) -> Self:
        """Line the trials' scores as kept up by image, those of the class at ``place``.

        The groups are names by id, "" for an image that stands alone; None where all do.

        Raises:
            ValueError: the trials scored other images, in other folds, or under other labels.
        """
        parts = [rows_of(table, part) for table in tables]
        first, column = parts[0], "score" if "score" in parts[0] else f"score_{place}"
        alike = [name for name in ("label", "fold") if name in first]
        for other in parts[1:]:
            if not other.index.equals(first.index) or not (other[alike].to_numpy() == first[alike].to_numpy()).all():
                raise ValueError(f"all trials of a sweep must score the same {part} images, got two that differ")
        scores = np.stack([table[column].to_numpy(np.float32) for table in parts])
        folds = first["fold"].to_numpy(np.int64) if "fold" in first else None
        return cls(
            first.index, first["label"].to_numpy(np.int64), scores, place, group_codes(first.index, groups), folds
        )

    @property
    def own(self) -> npt.NDArray[np.int64]:
        """(n,) 1 for the images of the class, 0 for the others."""
        own: npt.NDArray[np.int64] = (self.labels == self.place).astype(np.int64)
        return own

    @property
    def share(self) -> float:
        """Of the images that are of the class."""
        return float(np.mean(self.labels == self.place))

    def named_groups(self, names: "pd.Series[str] | None") -> int | None:
        """How many groups the source has, by the names of all images; None where it has none."""
        return None if names is None else len(named(names.loc[self.ids])) or None


def rows_of(scores: pd.DataFrame, part: str) -> pd.DataFrame:
    """The rows of a part, by image id, ascending."""
    rows: pd.DataFrame = scores[scores["split"] == part].set_index("id").sort_index()
    return rows
