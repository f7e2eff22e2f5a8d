"""What a verdict rests on: the scores of all trials on the same images, and the bootstrap of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.metrics import ARGMAX
from steelyard.models.objective import Objective
from steelyard.models.objective.rates import Rates
from steelyard.models.outcome import Outcome
from steelyard.models.statistics.bootstrap import SAMPLES, Sampled, Values, bootstrap
from steelyard.models.statistics.share_spread import share_spreads
from steelyard.models.statistics.shares import IntervalName
from steelyard.models.statistics.spread import Kind, Spread, spreads
from steelyard.models.verdict.tried import Cell, Columns, Part, Tried, baselines, by_cell, kind, of_shared_seeds


@dataclass(frozen=True)
class Evidence:
    """All of it.

    Attributes:
        tried: the trials that finished, in the order of ``columns``.
        objective: what the thresholds were chosen for.
        interval: of shares.
        samples: of the bootstrap.
        groups: name of each image's group by id, which the bootstrap draws whole; "" for an image that stands alone,
            None where all do.
        once: recipe -> seconds spent once for all of its trials, such as embedding the images.
    """

    tried: Sequence[Tried]
    objective: Objective
    interval: IntervalName = "wilson"
    samples: int = SAMPLES
    groups: "pd.Series[str] | None" = None
    once: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def val(self) -> Part:
        """Images that chose."""
        return Part.of([tried.scores for tried in self.tried], "val", self.groups)

    @cached_property
    def test(self) -> Part:
        """Images that report."""
        return Part.of([tried.scores for tried in self.tried], "test", self.groups)

    @cached_property
    def cells(self) -> Mapping[Cell, Columns]:
        """Cell -> its trials, by their place, seeds ascending."""
        return by_cell(self.tried)

    def called(self, columns: Columns) -> npt.NDArray[np.bool_]:
        """(S, n): which images of test each of some trials calls positive at its operating point."""
        thresholds = np.array([[self.tried[column].operating.threshold] for column in columns])
        called: npt.NDArray[np.bool_] = self.test.scores[columns].astype(np.float64) >= thresholds
        return called

    def partners(self, cell: Cell) -> tuple[Columns, Columns] | None:
        """A cell's trials and its recipe's baseline's of the same seeds.

        None for a baseline, or where they share no seed.
        """
        base = baselines(self.tried, self.cells, self.cells).get(self.outcome(cell).recipe)
        return None if base is None or base == cell else self.shared(cell, base)

    def shared(self, cell: Cell, other: Cell) -> tuple[Columns, Columns] | None:
        """The trials of two cells that have the same seeds; None where there are none."""
        return of_shared_seeds(self.tried, self.cells[cell], self.cells[other])

    def outcome(self, cell: Cell) -> Outcome:
        """Of the first of a cell's trials."""
        first: Outcome = self.tried[self.cells[cell][0]].outcome
        return first

    @property
    def named_groups(self) -> int | None:
        """Groups in test that have a name; None where each image stands alone."""
        return self.test.named_groups(self.groups)

    @property
    def prevalence(self) -> float:
        """Share of positives that precision, alarms and the objective are for on test."""
        return self.test.share if self.objective.prevalence is None else self.objective.prevalence

    @property
    def wanted(self) -> float:
        """Share of positives that scores are corrected to: the objective's, or val's, known when it chose."""
        return self.val.share if self.objective.prevalence is None else self.objective.prevalence

    @cached_property
    def sampled(self) -> Mapping[str, Sampled]:
        """Areas, and rates at argmax and at the operating point, of every trial."""
        operating = np.array([tried.operating.threshold for tried in self.tried])
        places = {"argmax": np.full(len(operating), ARGMAX), "operating": operating}
        return self.resampled(places)

    def resampled(self, places: Mapping[str, Values]) -> Mapping[str, Sampled]:
        """The bootstrap of test with other thresholds: place -> (T,)."""
        test = self.test
        return bootstrap(test.labels, test.scores, places, self.prevalence, self.samples, groups=test.groups)

    def spreads(
        self, cells: Sequence[Sampled], counted: float | Values | None = None, kinds: Sequence[Kind] | None = None
    ) -> list[Spread]:
        """A metric's spread over images and seeds, cell by cell.

        Args:
            cells: the metric of each cell's seeds.
            counted: images that it is a share of, (T,) where they differ between trials; None for what is no share.
            kinds: what seeds vary alike in; None where ``cells`` are those of the evidence, whose recipes say it.
        """
        sizes = min(self.test.sizes), self.test.group_count
        kinds = [kind(self.tried, columns) for columns in self.cells.values()] if kinds is None else kinds
        if counted is None:
            return spreads(cells, *sizes, kinds=kinds)
        of_trials = np.broadcast_to(counted, len(self.tried))
        images = [float(of_trials[columns].mean()) for columns in self.cells.values()]
        return share_spreads(cells, images, *sizes, kinds)

    def at(self, place: str, sampled: Mapping[str, Sampled] | None = None) -> dict[str, Sampled]:
        """The metrics of every trial at a threshold, on the images and on each bootstrap sample.

        Args:
            place: ``argmax``, ``operating``, or another that ``sampled`` has.
            sampled: where the rates are; the evidence's own by default.

        Returns:
            ``recall false_positive_rate precision alarms accuracy`` and the objective's own metric; all but accuracy
            for the objective's prevalence.
        """
        found = self.sampled if sampled is None else sampled
        recall, wrong = found[f"{place}/recall"], found[f"{place}/false_positive_rate"]
        metrics: dict[str, tuple[float, Callable[[Rates], Values]]] = {
            "recall": (self.prevalence, lambda at: at.recall),
            "false_positive_rate": (self.prevalence, lambda at: at.false_positive_rate),
            "precision": (self.prevalence, lambda at: at.precision),
            "alarms": (self.prevalence, lambda at: at.alarms),
            "accuracy": (self.test.share, lambda at: at.accuracy),
        }
        if not self.objective.is_of_the_curve:
            metrics.setdefault(self.objective.metric, (self.prevalence, self.objective.values))
        return {name: _judged(recall, wrong, share, metric) for name, (share, metric) in metrics.items()}


def _judged(recall: Sampled, false_alarms: Sampled, share: float, metric: Callable[[Rates], Values]) -> Sampled:
    value, replicates = (
        metric(Rates(found, wrong, share))
        for found, wrong in ((recall.value, false_alarms.value), (recall.replicates, false_alarms.replicates))
    )
    return Sampled(value, replicates)
