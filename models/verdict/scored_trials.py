"""The trials of a sweep that finished, with their scores, by cell, and which of them are compared with which."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.calibration.priors import ROUGHLY, misfit
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective.operating_point import Operating
from steelyard.models.spec.trial import Trial

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

    def baseline(self, order: Iterable[Cell]) -> Cell | None:
        """The first cell in which nothing is done about the imbalance, which the others are compared with."""
        return next((cell for cell in order if self.outcome(cell).is_baseline), None)
