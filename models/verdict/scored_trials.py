"""The trials of a sweep that finished, with their scores, by cell, and which of them are compared with which."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.calibration.priors import ROUGHLY, misfit
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective.operating_point import Operating
from steelyard.models.spec.trial import FINETUNE, Trial
from steelyard.models.statistics.spread import Kind
from steelyard.models.verdict.scores_by_image import Part

Cell = tuple[str, float]
Columns = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ScoredTrial:
    """A trial that finished.

    Attributes:
        trial: what was trained.
        outcome: its row of the comparison, with an operating point.
        scores: as kept: split, id, label (int in [0, K)) and score, or score_0 to score_{K-1} where every class counts;
            of the trials of all folds together also the ``fold`` in which an image is in that part, and its trial_id.
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

    def thresholds(self, part: Part) -> npt.NDArray[np.float64]:
        """(n,) what each image of a part is decided by: the threshold of its fold, or the trial's own."""
        return part.decided_by(self.outcome.thresholds, self.operating.threshold)

    @property
    def misfit(self) -> str:
        """Why its scores cannot be corrected to a prevalence, or only roughly; "" where they can."""
        return misfit(self.trial.handling, self.trial.recipe, self.learned or 0.0)

    @property
    def correctable(self) -> bool:
        """Whether its scores can be corrected to a prevalence; never where every class counts."""
        return self.learned is not None and self.misfit in ("", ROUGHLY)


@dataclass(frozen=True)
class ScoredTrials:
    """Those of a sweep.

    Attributes:
        trials: their place is the column that they have wherever trials stand side by side.
    """

    trials: Sequence[ScoredTrial]

    @cached_property
    def cells(self) -> Mapping[Cell, Columns]:
        """Cell -> its trials, by their place, seeds ascending."""
        places: dict[Cell, list[int]] = {}
        for place in sorted(range(len(self.trials)), key=lambda place: self.trials[place].outcome.seed):
            outcome = self.trials[place].outcome
            places.setdefault((outcome.cell, outcome.weight_positive), []).append(place)
        return {cell: np.array(of_cell) for cell, of_cell in places.items()}

    def outcome(self, cell: Cell) -> Outcome:
        """Of the first of a cell's trials."""
        first: Outcome = self.trials[self.cells[cell][0]].outcome
        return first

    def seeded(self, columns: Columns) -> bool:
        """Whether seeds change a cell's trials; else one stands for all."""
        return all(self.trials[at].outcome.seeded for at in columns)

    def kind(self, *cells: Columns) -> Kind:
        """What seeds vary alike in: a cell, or the difference of two, by their recipes.

        None where seeds change nothing.
        """
        if not any(map(self.seeded, cells)):
            return None
        return " beside ".join(dict.fromkeys(self.trials[columns[0]].outcome.recipe for columns in cells))

    @property
    def kinds(self) -> list[Kind]:
        """That of each cell."""
        return [self.kind(columns) for columns in self.cells.values()]

    def shared(self, cell: Cell, other: Cell) -> tuple[Columns, Columns] | None:
        """The trials of two cells that have the same seeds, as ``shared`` pairs them; None where there are none."""
        return self.of_shared_seeds(self.cells[cell], self.cells[other])

    def of_shared_seeds(self, mine: Columns, others: Columns) -> tuple[Columns, Columns] | None:
        """Of two cells' trials, those of the seeds that both have; None where they share none."""
        first, second = ({self.trials[at].outcome.seed: int(at) for at in columns} for columns in (mine, others))
        pairs = shared(first, second, (self.seeded(mine), self.seeded(others)))
        return (np.array([at for at, _ in pairs]), np.array([at for _, at in pairs])) if pairs else None

    def baselines(self, order: Iterable[Cell]) -> dict[str, Cell]:
        """Recipe -> its cell in which nothing is done about the imbalance, in the order of the cells."""
        return {self.outcome(cell).recipe: cell for cell in order if self.outcome(cell).is_baseline}

    def rivals(self, order: Iterable[Cell] | None = None) -> Iterator[tuple[Cell, Cell]]:
        """Every handling with the baseline of its own recipe, then the baselines with each other, in that order.

        But for what is fine-tuned, which is put beside what it was: the question is what that did.
        """
        cells = list(self.cells if order is None else order)
        baselines = self.baselines(cells)
        for cell in cells:
            baseline = baselines.get(self.outcome(cell).recipe)
            if baseline is not None and baseline != cell:
                yield cell, baseline
        yield from combinations(sorted(baselines.values(), key=lambda of: self.outcome(of).recipe != FINETUNE), 2)


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
