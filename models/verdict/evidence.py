"""What a verdict rests on: the decisions of all trials on the same images, and the bootstrap of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.metrics.areas import AREAS
from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.metrics.registry import AT_A_POINT
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import TWO, matrix
from steelyard.models.objective.rates import Rates
from steelyard.models.objective.threshold_choice import BY_ARGMAX, decide, threshold_class
from steelyard.models.statistics.areas import influences
from steelyard.models.statistics.bootstrap import ENOUGH, SAMPLES, bootstrap
from steelyard.models.statistics.class_bootstrap import Redrawn, samples_for
from steelyard.models.statistics.class_bootstrap import bootstrap as of_classes
from steelyard.models.statistics.intervals import IntervalName
from steelyard.models.statistics.resampled_rates import Counts, Values
from steelyard.models.statistics.sampled import Sampled
from steelyard.models.verdict.decided_again import DecidedAgain
from steelyard.models.verdict.scored_trials import ScoredTrials
from steelyard.models.verdict.scores_by_image import Part, rows_of

Called = npt.NDArray[np.int64]

PLACES = ("argmax", "operating")

MOST_CHOICES = 1000
"""Samples that choose thresholds anew: they only give variances, and half an interval's width is then off by 2 %."""

CHOICES = 200_000_000
"""Images, trial by trial, among which all samples choose thresholds anew, unless that is fewer than enough samples."""


@dataclass(frozen=True)
class Evidence(ScoredTrials):
    """All of it.

    Attributes:
        objective: what the thresholds were chosen for.
        interval: of shares.
        samples: of the bootstrap, as asked for.
        groups: name of each image's group by id, which the bootstrap draws whole; "" for an image that stands alone,
            None where all do.
        once: recipe -> seconds spent once for all of its trials, such as embedding the images.
        classes: K names, in the order of the labels; of two the second is the class to find, of more every one counts.
        train: images of train per class.
        together: whether one threshold, chosen on val of all folds, decides in each of them.
        slices: a column (str) per slice, indexed by image id; None for none.
    """

    objective: Objective
    interval: IntervalName = "wilson"
    samples: int = SAMPLES
    groups: "pd.Series[str] | None" = None
    once: Mapping[str, float] = field(default_factory=dict)
    classes: tuple[str, ...] = TWO
    train: tuple[int, ...] = ()
    slices: pd.DataFrame | None = None
    together: bool = False

    @property
    def every_class(self) -> bool:
        """Whether every class counts, and none is the one to find."""
        return len(self.classes) > 2

    @property
    def place(self) -> int | None:
        """Of the class that has a threshold, the one to find or the objective's; None where none has."""
        return threshold_class(self.objective, self.classes)

    @cached_property
    def val(self) -> Part:
        """Images that chose."""
        return Part.of([trial.scores for trial in self.trials], "val", self.groups, self.place or 0)

    @cached_property
    def test(self) -> Part:
        """Images that report."""
        return Part.of([trial.scores for trial in self.trials], "test", self.groups, self.place or 0)

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
        if groups is None:
            return (None,) * len(self.classes)
        return tuple(len(np.unique(groups[labels == of])) for of in range(len(self.classes)))

    def scores(self, column: int) -> npt.NDArray[np.float32]:
        """(n, K): how a trial scored the images of test."""
        return matrix(rows_of(self.trials[column].scores, "test"))

    @cached_property
    def called(self) -> Mapping[str, Called]:
        """``argmax`` and ``operating`` -> (T, n), the class that each trial calls each image of test."""
        chosen = np.stack([trial.thresholds(self.test) for trial in self.trials])
        if not self.every_class:
            exact, places = self.test.scores.astype(np.float64), (np.full_like(chosen, ARGMAX), chosen)
            return {name: (exact >= at).astype(np.int64) for name, at in zip(PLACES, places, strict=True)}
        decided = [
            (decide(scores, BY_ARGMAX, self.place), decide(scores, threshold, self.place))
            for column, threshold in enumerate(chosen)
            for scores in [self.scores(column)]
        ]
        return {name: np.stack(rows) for name, rows in zip(PLACES, zip(*decided, strict=True), strict=True)}

    @property
    def prevalence(self) -> float:
        """Share of the class with a threshold that precision, alarms and the objective are for on test."""
        return self.test.share if self.objective.prevalence is None else self.objective.prevalence

    @property
    def wanted(self) -> float:
        """Share of positives that scores are corrected to: the objective's, or val's, known when it chose."""
        return self.val.share if self.objective.prevalence is None else self.objective.prevalence

    @property
    def chooses_again(self) -> bool:
        """Whether each sample of the images chooses its thresholds."""
        return self.test.folds is not None and (self.together or not self.every_class)

    @cached_property
    def sampled(self) -> Mapping[str, Sampled]:
        """Areas, and rates at argmax and at the operating point, of the class with a threshold, of every trial.

        In folds each sample chooses the thresholds of the operating point anew.
        """
        called = {place: called == self.place for place, called in self.called.items()}
        if not self.chooses_again:
            return self.resampled(called)
        if self.together:
            del called["operating"]
        return self.resampled(called, {"operating": DecidedAgain(self.val, self.test, self.objective, self.together)})

    def resampled(
        self, called: Mapping[str, npt.NDArray[np.bool_]], again: Mapping[str, Counts] = MappingProxyType({})
    ) -> Mapping[str, Sampled]:
        """The bootstrap of test for other decisions on the class: place -> (T, n), or what decides on a sample anew."""
        test, share, alike = self.test, self.prevalence, self.test.named_groups(self.groups) is None
        drawn = test.own, test.scores, called, share, self.drawn, 0, test.groups, test.folds, again
        return bootstrap(*drawn, alike=alike)

    @cached_property
    def _of_classes(self) -> tuple[dict[str, Redrawn], dict[str, Sampled]]:
        of_trials = [influences_of(self.test, self.scores(column)) for column in range(len(self.trials))]
        slopes = {name: np.stack([of_trial[name] for _, of_trial in of_trials]) for name in AREAS}
        labels, same = self.test.labels, np.array_equal(self.called["argmax"], self.called["operating"])
        places = {"argmax": self.called["argmax"]} if same else self.called
        groups, folds = self.test.groups, self.test.folds
        counted, moved = of_classes(labels, places, len(self.classes), self.drawn, slopes, groups, folds=folds)
        sampled = {}
        for name in AREAS:
            of_turns = np.stack([of_trial[name] for of_trial, _ in of_trials], axis=1)
            sampled[name] = mean_of_folds(of_turns, of_turns + moved[name])
        return {"operating": counted["argmax"]} | counted, sampled

    @property
    def drawn(self) -> int:
        """Samples of the bootstrap: fewer where they are costly."""
        kept = len(self.trials) * len(self.test.turns)
        if self.every_class:
            return samples_for(self.samples, kept, len(self.classes))
        if self.test.folds is None:
            return self.samples
        return min(self.samples, MOST_CHOICES, max(ENOUGH, CHOICES // (len(self.trials) * len(self.test.ids))))

    @property
    def redrawn(self) -> Mapping[str, Redrawn]:
        """Decisions on all classes at argmax and at the operating point."""
        return self._of_classes[0]

    @property
    def areas(self) -> Mapping[str, Sampled]:
        """The areas of every trial: of the class to find; or means over all classes, sampled to first order."""
        return self._of_classes[1] if self.every_class else {name: self.sampled[name] for name in AREAS}

    def at(self, place: str, sampled: Mapping[str, Sampled] | None = None) -> dict[str, Sampled]:
        """The metrics of every trial for a decision on the class, on the images and on each bootstrap sample.

        Those of ``AT_A_POINT`` and the objective's own; all but accuracy for the objective's prevalence, if it states
        one, which is then the same in every sample. Where ``sampled`` has the rates, ``place`` may be another
        than ``PLACES``.
        """
        rates = self.sampled if sampled is None else sampled
        recall, wrong = rates[f"{place}/recall"], rates[f"{place}/false_positive_rate"]
        objective, share = self.objective, rates[f"{place}/share"]
        names = dict.fromkeys(name for name in (*AT_A_POINT, objective.at_a_point, objective.constraint) if name)
        return {
            name: judged(recall, wrong, objective.share_for(name, share), partial(objective.measure, name))
            for name in names
        }


def mean_of_folds(parts: Values, replicates: Values) -> Sampled:
    """What (F, T) and (B, F, T) shares of a mean over folds sum to, and without each fold."""
    folds, rest = len(parts), None
    if folds > 1:
        more = folds / (folds - 1)
        rest = Sampled(more * (parts.sum(0) - parts), more * (replicates.sum(1, keepdims=True) - replicates))
    return Sampled(parts.sum(axis=0), replicates.sum(axis=1), rest)


def influences_of(part: Part, scores: npt.NDArray[np.float32]) -> tuple[dict[str, Values], dict[str, Values]]:
    """As ``influences`` of (n, K) scores in each fold, (F,) and (n,), each a share of the mean over the folds.

    Networks of two folds have scores without a scale in common.
    """
    turns = part.turns
    of_turns = [influences(part.labels[rows], scores[rows]) for rows in turns]
    slopes = {name: np.zeros(len(part.labels)) for name in AREAS}
    for rows, (_, of_turn) in zip(turns, of_turns, strict=True):
        for name in AREAS:
            slopes[name][rows] = of_turn[name] / len(turns)
    return {name: np.array([values[name] for values, _ in of_turns]) / len(turns) for name in AREAS}, slopes


def judged(
    recall: Sampled, false_alarms: Sampled, share: Sampled | float, metric: Callable[[Rates], Values]
) -> Sampled:
    """A metric of two rates, where a share of images is positive, on the images and on each bootstrap sample."""
    if isinstance(share, Sampled):
        return Sampled.combined(lambda found, wrong, own: metric(Rates(found, wrong, own)), recall, false_alarms, share)
    return Sampled.combined(lambda found, wrong: metric(Rates(found, wrong, share)), recall, false_alarms)
