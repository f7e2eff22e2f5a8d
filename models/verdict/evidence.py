"""What a verdict rests on: the decisions of all trials on the same images, and bootstrap samples of these."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import TWO, matrix
from steelyard.models.objective.threshold_choice import decide, threshold_class
from steelyard.models.statistics.resampling import Weights, draw
from steelyard.models.verdict.rechosen import Rechosen
from steelyard.models.verdict.scored_trials import Cell, Columns, ScoredTrial
from steelyard.models.verdict.scores_by_image import Part, rows_of


@dataclass(frozen=True)
class Evidence:
    """The trials of a sweep that finished.

    Attributes:
        trials: their place is the column that they have wherever trials stand side by side.
        objective: what the thresholds were chosen for.
        groups: name of each image's group by id, which the bootstrap draws whole; "" for an image that stands alone,
            None where all do.
        classes: K names, in the order of the labels; of two the second is the class to find, of more every one counts.
        train: images of train per class.
        slices: a column (str) per slice, indexed by image id; None for none.
    """

    trials: Sequence[ScoredTrial]
    objective: Objective
    groups: "pd.Series[str] | None" = None
    classes: tuple[str, ...] = TWO
    train: tuple[int, ...] = ()
    slices: pd.DataFrame | None = None
    _rechosen: dict[int, Rechosen] = field(default_factory=dict, init=False, repr=False, compare=False)

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

    @property
    def every_class(self) -> bool:
        """Whether every class counts, and none is the one to find."""
        return len(self.classes) > 2

    @property
    def place(self) -> int | None:
        """Of the class that has a threshold, the one to find or the objective's; None where none has."""
        return threshold_class(self.objective, self.classes)

    @cached_property
    def test(self) -> Part:
        """Images that report."""
        return Part.of([trial.scores for trial in self.trials], "test", self.groups, self.place or 0)

    @cached_property
    def val(self) -> Part:
        """Images that chose: those that report, where held-out scores do both."""
        if rows_of(self.trials[0].scores, "val").index.equals(self.test.ids):
            return self.test
        return Part.of([trial.scores for trial in self.trials], "val", self.groups, self.place or 0)

    @property
    def apart(self) -> bool:
        """Whether other images report than chose."""
        return self.val is not self.test

    @cached_property
    def sizes(self) -> npt.NDArray[np.int64]:
        """(K,) images of test per class."""
        return np.bincount(self.test.labels, minlength=len(self.classes)).astype(np.int64)

    @property
    def prevalence(self) -> float:
        """Share of the class with a threshold that precision, alarms and the objective are for on test."""
        return self.test.share if self.objective.prevalence is None else self.objective.prevalence

    @property
    def wanted(self) -> float:
        """Share of positives that scores are corrected to: the objective's, or val's, known when it chose."""
        return self.val.share if self.objective.prevalence is None else self.objective.prevalence

    @cached_property
    def weights(self) -> Weights:
        """(n, B) how often each image of test is in each bootstrap sample."""
        return self._weights(self.test, seed=0)

    @cached_property
    def weights_of_val(self) -> Weights:
        """The same of val."""
        return self._weights(self.val, seed=1) if self.apart else self.weights

    def _weights(self, part: Part, seed: int) -> Weights:
        if self.every_class:
            return draw(part.labels, part.groups, within_classes=True, seed=seed)
        # Where shares of both classes matter and nobody states them, they vary from sample to sample.
        stated = self.objective.prevalence is not None or not self.objective.needs_prevalence
        return draw(part.own, part.groups, within_classes=stated, seed=seed)

    def rechosen(self, column: int) -> Rechosen:
        """A trial's network at its threshold, and at those of each sample."""
        if column not in self._rechosen:
            choosing, reporting = (self.val, self.weights_of_val), (self.test, self.weights)
            self._rechosen[column] = Rechosen.of(self.objective, choosing, reporting, column)
        return self._rechosen[column]

    def scores(self, column: int) -> npt.NDArray[np.float32]:
        """(n, K): how a trial scored the images of test."""
        if self.every_class:
            return matrix(rows_of(self.trials[column].scores, "test"))
        own = self.test.scores[column]
        return np.column_stack([1 - own, own])

    def called(self, column: int) -> Columns:
        """(n,): the class that a trial calls each image of test at its operating point."""
        return decide(self.scores(column), self.trials[column].operating.threshold, self.place)
