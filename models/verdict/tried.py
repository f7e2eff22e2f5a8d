"""A trial that finished, and how all of a sweep's trials scored the same images."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.operating import Operating
from steelyard.models.outcome import Outcome
from steelyard.models.statistics.spread import Kind
from steelyard.models.trial import Trial

Cell = tuple[str, float]
Columns = npt.NDArray[np.int64]

BESIDE = " beside "


@dataclass(frozen=True)
class Finished:
    """A trial that finished, whatever its classes.

    Attributes:
        trial: what was trained.
        outcome: its row of the comparison, with an operating point.
        scores: as kept: split, id, label (int in [0, K)) and score, or score_0 to score_{K-1} where every class counts.
    """

    trial: Trial
    outcome: Outcome
    scores: pd.DataFrame

    @property
    def operating(self) -> Operating:
        """Its operating point."""
        assert self.outcome.operating is not None
        return self.outcome.operating


@dataclass(frozen=True)
class Tried(Finished):
    """A trial that looks for one class.

    Attributes:
        learned: share of positives that its loss saw.
    """

    learned: float


def by_cell(tried: Sequence[Finished]) -> Mapping[Cell, Columns]:
    """Cell -> its trials, by their place, seeds ascending."""
    found: dict[Cell, list[int]] = {}
    for place in sorted(range(len(tried)), key=lambda place: tried[place].outcome.seed):
        outcome = tried[place].outcome
        found.setdefault((outcome.cell, outcome.weight_positive), []).append(place)
    return {cell: np.array(places) for cell, places in found.items()}


def of_shared_seeds(tried: Sequence[Finished], mine: Columns, others: Columns) -> tuple[Columns, Columns] | None:
    """Of two cells' trials, those of the seeds that both have, as ``shared`` pairs them; None where they share none."""
    first, second = ({tried[at].outcome.seed: int(at) for at in columns} for columns in (mine, others))
    pairs = shared(first, second, (seeded(tried, mine), seeded(tried, others)))
    return (np.array([at for at, _ in pairs]), np.array([at for _, at in pairs])) if pairs else None


def shared(
    mine: Mapping[int, int], others: Mapping[int, int], seeds_matter: tuple[bool, bool]
) -> list[tuple[int, int]]:
    """The trials of two cells that belong together: those of equal seeds, ascending.

    A trial that stands for every seed belongs to each that the other cell has.

    Args:
        mine: seed -> a trial's place; not empty.
        others: likewise, of the other cell.
        seeds_matter: whether other seeds would give other networks, in the one and in the other.
    """
    if not seeds_matter[0]:
        mine = dict.fromkeys(others if seeds_matter[1] else mine, next(iter(mine.values())))
    if not seeds_matter[1]:
        others = dict.fromkeys(mine, next(iter(others.values())))
    return [(mine[seed], others[seed]) for seed in sorted(mine.keys() & others.keys())]


def seeded(tried: Sequence[Finished], columns: Columns) -> bool:
    """Whether seeds change a cell's trials; else one stands for all."""
    return all(tried[at].outcome.seeded for at in columns)


def kind(tried: Sequence[Finished], *cells: Columns) -> Kind:
    """What seeds vary alike in: a cell, or the difference of two, by their recipes; None where they change nothing."""
    if not any(seeded(tried, columns) for columns in cells):
        return None
    return BESIDE.join(dict.fromkeys(tried[columns[0]].outcome.recipe for columns in cells))


def baselines(tried: Sequence[Finished], cells: Iterable[Cell], of: Mapping[Cell, Columns]) -> dict[str, Cell]:
    """Recipe -> its cell in which nothing is done about the imbalance, in the order of the cells.

    Args:
        tried: the trials that finished.
        cells: in any order.
        of: the trials of each, by their place.
    """
    first = {cell: tried[of[cell][0]].outcome for cell in cells}
    return {outcome.recipe: cell for cell, outcome in first.items() if outcome.is_baseline}


def rivals(tried: Sequence[Finished], cells: Iterable[Cell], of: Mapping[Cell, Columns]) -> Iterator[tuple[Cell, Cell]]:
    """Every handling with the baseline of its own recipe, then the baselines with each other.

    Args:
        tried: the trials that finished.
        cells: in the order in which one is put beside another.
        of: the trials of each, by their place.
    """
    cells = list(cells)
    bases = baselines(tried, cells, of)
    for cell in cells:
        base = bases.get(tried[of[cell][0]].outcome.recipe)
        if base is not None and base != cell:
            yield cell, base
    yield from combinations(bases.values(), 2)


@dataclass(frozen=True)
class Part:
    """Val or test as every trial scored it.

    Attributes:
        ids: (n,) of the images.
        labels: (n,) int64 in {0, 1}.
        scores: (T, n) float32, a row per trial.
        groups: (n,) int64, code of the group of each image, from 0 on; None where each image stands alone.
    """

    ids: pd.Index
    labels: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]
    groups: npt.NDArray[np.int64] | None = None

    @classmethod
    def of(cls, tables: Sequence[pd.DataFrame], part: str, groups: "pd.Series[str] | None" = None) -> Self:
        """Line the trials' scores up by image.

        Args:
            tables: scores as kept, a table per trial.
            part: ``val`` or ``test``.
            groups: name of each image's group by id, "" for an image that stands alone; None where all do.

        Raises:
            ValueError: the trials scored other images, or under other labels.
        """
        parts = [table[table["split"] == part].set_index("id").sort_index() for table in tables]
        first = parts[0]
        for other in parts[1:]:
            if not other.index.equals(first.index) or (other["label"].to_numpy() != first["label"].to_numpy()).any():
                raise ValueError(f"all trials of a sweep must score the same {part} images, got two that differ")
        scores = np.stack([table["score"].to_numpy(np.float32) for table in parts])
        return cls(first.index, first["label"].to_numpy(np.int64), scores, _codes(first.index, groups))

    @property
    def sizes(self) -> tuple[int, int]:
        """Positives and negatives."""
        return int(np.sum(self.labels == 1)), int(np.sum(self.labels == 0))

    @property
    def group_count(self) -> int | None:
        """How many groups there are, an image that stands alone being one; None where all do."""
        return None if self.groups is None else int(self.groups.max()) + 1

    def named_groups(self, names: "pd.Series[str] | None") -> int | None:
        """How many groups have a name, by the names of all images; None where each image stands alone."""
        if names is None or self.groups is None:
            return None
        return len(set(names.loc[self.ids]) - {""})

    @property
    def share(self) -> float:
        """Share of positives."""
        return float(np.mean(self.labels == 1))


def _codes(ids: pd.Index, groups: "pd.Series[str] | None") -> npt.NDArray[np.int64] | None:
    if groups is None or not groups.loc[ids].ne("").any():
        return None
    names = groups.loc[ids].reset_index()
    alone = names.iloc[:, 1] == ""
    # A group and an image may have the same name.
    keys = pd.DataFrame({"alone": alone, "name": names.iloc[:, 0].where(alone, names.iloc[:, 1])})
    return keys.groupby(["alone", "name"], sort=False).ngroup().to_numpy().astype(np.int64)
