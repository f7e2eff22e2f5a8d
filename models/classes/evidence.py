"""What a verdict over K classes rests on: the decisions of all trials on the same images, and the bootstrap of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.classes.areas import AREAS, influences
from steelyard.models.classes.bootstrap import Redrawn, bootstrap, samples_for
from steelyard.models.metrics import argmax
from steelyard.models.objective import Objective
from steelyard.models.objective.decision import decide, threshold_class
from steelyard.models.outcome import Outcome
from steelyard.models.statistics.bootstrap import SAMPLES, Sampled
from steelyard.models.statistics.shares import IntervalName
from steelyard.models.statistics.spread import Kind
from steelyard.models.verdict.tried import Cell, Columns, Finished, Part, by_cell, kind, of_shared_seeds

PLACES = ("argmax", "operating")


@dataclass(frozen=True)
class ClassesEvidence:
    """All of it.

    Attributes:
        tried: the trials that finished, in the order of ``columns``.
        objective: what the thresholds were chosen for.
        classes: K names, in the order of the labels.
        train: images of train per class.
        interval: of shares.
        samples: of the bootstrap, as asked for.
        groups: name of each image's group by id, which the bootstrap draws whole; "" for an image that stands alone,
            None where all do.
        slices: a column (str) per slice, indexed by image id; None for none.
        once: recipe -> seconds spent once for all of its trials, such as embedding the images.
    """

    tried: Sequence[Finished]
    objective: Objective
    classes: tuple[str, ...]
    train: tuple[int, ...]
    interval: IntervalName = "wilson"
    samples: int = SAMPLES
    groups: "pd.Series[str] | None" = None
    slices: pd.DataFrame | None = None
    once: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def test(self) -> Part:
        """Images that report; the scores are of the first class alone.

        Raises:
            ValueError: the trials scored other images, or under other labels.
        """
        first = [tried.scores.rename(columns={"score_0": "score"}) for tried in self.tried]
        return Part.of(first, "test", self.groups)

    @cached_property
    def sizes(self) -> npt.NDArray[np.int64]:
        """(K,) images of test per class."""
        return np.bincount(self.test.labels, minlength=len(self.classes)).astype(np.int64)

    @property
    def present(self) -> npt.NDArray[np.int64]:
        """Classes that test has images of, by their place."""
        return np.flatnonzero(self.sizes)

    @cached_property
    def class_groups(self) -> tuple[int | None, ...]:
        """In how many groups of test each class is; None where each image stands alone."""
        groups, labels = self.test.groups, self.test.labels
        counts = range(len(self.classes))
        return tuple(None if groups is None else len(np.unique(groups[labels == of])) for of in counts)

    @property
    def named_groups(self) -> int | None:
        """Groups in test that have a name; None where each image stands alone."""
        return self.test.named_groups(self.groups)

    @property
    def drawn(self) -> int:
        """Samples of the bootstrap."""
        return samples_for(self.samples, len(self.tried), len(self.classes))

    @cached_property
    def cells(self) -> Mapping[Cell, Columns]:
        """Cell -> its trials, by their place, seeds ascending."""
        return by_cell(self.tried)

    def shared(self, cell: Cell, other: Cell) -> tuple[Columns, Columns] | None:
        """The trials of two cells that have the same seeds; None where there are none."""
        return of_shared_seeds(self.tried, self.cells[cell], self.cells[other])

    def outcome(self, cell: Cell) -> Outcome:
        """Of the first of a cell's trials."""
        first: Outcome = self.tried[self.cells[cell][0]].outcome
        return first

    @property
    def kinds(self) -> list[Kind]:
        """What seeds vary alike in, cell by cell."""
        return [kind(self.tried, columns) for columns in self.cells.values()]

    def scores(self, column: int) -> npt.NDArray[np.float32]:
        """(n, K): how a trial scored the images of test."""
        table = self.tried[column].scores
        rows = table[table["split"] == "test"].set_index("id").sort_index()
        return rows[[f"score_{of}" for of in range(len(self.classes))]].to_numpy(np.float32)

    @cached_property
    def called(self) -> Mapping[str, npt.NDArray[np.int64]]:
        """Place -> (T, n), the class that each trial calls each image of test."""
        place = threshold_class(self.objective, self.classes)
        decided = [
            (argmax(scores), decide(scores, tried.operating.threshold, place))
            for column, tried in enumerate(self.tried)
            for scores in [self.scores(column)]
        ]
        return {place: np.stack(rows) for place, rows in zip(PLACES, zip(*decided, strict=True), strict=True)}

    @cached_property
    def _redrawn(self) -> tuple[dict[str, Redrawn], dict[str, Sampled]]:
        found = [influences(self.test.labels, self.scores(column)) for column in range(len(self.tried))]
        slopes = {name: np.stack([of_trial[name] for _, of_trial in found]) for name in AREAS}
        labels, same = self.test.labels, np.array_equal(self.called["argmax"], self.called["operating"])
        places = {"argmax": self.called["argmax"]} if same else self.called
        counted, moved = bootstrap(labels, places, len(self.classes), self.drawn, slopes, self.test.groups)
        values = {name: np.array([of_trial[name] for of_trial, _ in found]) for name in AREAS}
        return {"operating": counted["argmax"]} | counted, {
            name: Sampled(values[name], values[name] + moved[name]) for name in AREAS
        }

    @property
    def redrawn(self) -> Mapping[str, Redrawn]:
        """Decisions at argmax and at the operating point."""
        return self._redrawn[0]

    @property
    def areas(self) -> Mapping[str, Sampled]:
        """The macro areas of every trial, sampled to first order."""
        return self._redrawn[1]
