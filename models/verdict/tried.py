"""The trials of a sweep that finished, by cell, and which of them are compared with which."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective.operating_point import Operating
from steelyard.models.spec.trial import Trial
from steelyard.models.statistics.spread import Kind
from steelyard.models.verdict.verdict import Network

Cell = tuple[str, float]
Columns = npt.NDArray[np.int64]

BESIDE = " beside "


@dataclass(frozen=True)
class Tried:
    """A trial that finished.

    Attributes:
        trial: what was trained.
        outcome: its row of the comparison, with an operating point.
        scores: as kept: split, id, label (int in [0, K)) and score, or score_0 to score_{K-1} where every class counts.
        learned: share of positives that its loss saw; None where every class counts.
    """

    trial: Trial
    outcome: Outcome
    scores: pd.DataFrame
    learned: float | None = None

    @property
    def operating(self) -> Operating:
        """Its operating point."""
        assert self.outcome.operating is not None
        return self.outcome.operating


def by_cell(tried: Sequence[Tried]) -> Mapping[Cell, Columns]:
    """Cell -> its trials, by their place, seeds ascending."""
    found: dict[Cell, list[int]] = {}
    for place in sorted(range(len(tried)), key=lambda place: tried[place].outcome.seed):
        outcome = tried[place].outcome
        found.setdefault((outcome.cell, outcome.weight_positive), []).append(place)
    return {cell: np.array(places) for cell, places in found.items()}


def of_shared_seeds(tried: Sequence[Tried], mine: Columns, others: Columns) -> tuple[Columns, Columns] | None:
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


def seeded(tried: Sequence[Tried], columns: Columns) -> bool:
    """Whether seeds change a cell's trials; else one stands for all."""
    return all(tried[at].outcome.seeded for at in columns)


def kind(tried: Sequence[Tried], *cells: Columns) -> Kind:
    """What seeds vary alike in: a cell, or the difference of two, by their recipes; None where they change nothing."""
    if not any(seeded(tried, columns) for columns in cells):
        return None
    return BESIDE.join(dict.fromkeys(tried[columns[0]].outcome.recipe for columns in cells))


def baselines(tried: Sequence[Tried], cells: Iterable[Cell], of: Mapping[Cell, Columns]) -> dict[str, Cell]:
    """Recipe -> its cell in which nothing is done about the imbalance, in the order of the cells.

    Args:
        tried: the trials that finished.
        cells: in any order.
        of: the trials of each, by their place.
    """
    first = {cell: tried[of[cell][0]].outcome for cell in cells}
    return {outcome.recipe: cell for cell, outcome in first.items() if outcome.is_baseline}


def rivals(tried: Sequence[Tried], cells: Iterable[Cell], of: Mapping[Cell, Columns]) -> Iterator[tuple[Cell, Cell]]:
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


def networks(
    tried: Sequence[Tried], order: Iterable[Cell], of: Mapping[Cell, Columns], once: Mapping[str, float]
) -> tuple[Network, ...]:
    """The recipes, by their baselines on val, the best first; none where there is one recipe.

    Args:
        tried: the trials that finished.
        order: of the cells, best on val first.
        of: the trials of each cell, by their place.
        once: recipe -> seconds spent once for all of its trials.
    """
    bases = baselines(tried, order, of)
    recipes = dict.fromkeys([*bases, *(one.outcome.recipe for one in tried)])
    if len(recipes) == 1:
        return ()
    seconds = {recipe: [one.outcome.seconds for one in tried if one.outcome.recipe == recipe] for recipe in recipes}
    return tuple(
        Network(
            recipe=recipe,
            cell=bases[recipe][0] if recipe in bases else "",
            trials=len(seconds[recipe]),
            seconds=median(seconds[recipe]),
            once=once.get(recipe, 0.0),
        )
        for recipe in recipes
    )
