"""Decisions in folds on bootstrap samples of the images, whose thresholds are chosen again on each sample.

An image chooses in the fold that it is val of, and reports in the one that it is test of; a sample that has it twice
has it twice in both. So the interval holds what other images do to the thresholds, and how that goes along with what
they do to test: an image that raises the threshold of one fold lowers the precision of the next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.objective import Objective
from steelyard.models.objective.rates import Values
from steelyard.models.objective.threshold_choice import design_of
from steelyard.models.objective.weighted_choice import Weights, choose
from steelyard.models.verdict.scores_by_image import Part

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Turn:
    """One fold: its images of val and of test, by their place among the positives and among the negatives."""

    val: tuple[Rows, Rows]
    test: tuple[Rows, Rows]


@dataclass(frozen=True)
class DecidedAgain:
    """The decisions of some trials; val and test are of the same images, each in other folds.

    Attributes:
        together: whether one threshold decides in all folds, that of the model to use.
    """

    val: Part
    test: Part
    objective: Objective
    together: bool = False

    def __call__(self, positives: Weights, negatives: Weights) -> tuple[Values, Values]:
        """Weights (p, b) and (q, b) of the images -> (b, F, T) of positives, and of negatives, that are called."""
        turns, weights = list(self._turns()), (positives, negatives)
        shape = positives.shape[1], len(turns), len(self.test.scores)
        found, chosen = (np.zeros(shape), np.zeros(shape)), self._thresholds(turns, weights)
        scores = [_by_class(self.test, trial) for trial in range(shape[2])]
        for number, turn in enumerate(turns):
            for label, rows in enumerate(turn.test):
                own = weights[label][rows]
                for trial, of_trial in enumerate(scores):
                    called = _called(of_trial[label][rows], own, chosen[number][trial])
                    found[label][:, number, trial] = called
        return found

    def _thresholds(self, turns: Sequence[Turn], weights: tuple[Weights, Weights]) -> list[list[Values]]:
        """(b,) of each trial in each fold."""
        scores = [_by_class(self.val, trial) for trial in range(len(self.val.scores))]
        parts = [tuple(np.arange(len(of)) for of in weights)] if self.together else [turn.val for turn in turns]
        each: list[list[Values]] = []
        for rows, designs in zip(parts, self.designs, strict=True):
            drawn = [of[own] for of, own in zip(weights, rows, strict=True)]
            of_trials = zip(scores, designs, strict=True)
            each.append([self._chosen(rows, drawn, own, design) for own, design in of_trials])
        return each * len(turns) if self.together else each

    def _chosen(
        self, rows: Sequence[Rows], drawn: Sequence[Weights], scores: Sequence[Values], design: float
    ) -> Values:
        """(b,) of a trial on some rows of each class, under their weights; argmax where none is feasible."""
        positives, negatives = (of[own] for of, own in zip(scores, rows, strict=True))
        chosen = choose(positives, negatives, self.objective, drawn[0], drawn[1], design)
        return np.where(np.isfinite(chosen), chosen, ARGMAX)

    @cached_property
    def designs(self) -> list[list[float]]:
        """How many images of val say as much as one, by fold and trial; each fold decides as deep as all would."""
        val = self.val
        turns = [np.arange(len(val.labels))] if self.together else val.turns
        return [
            [
                design_of(self.objective, val.own[rows], scores[rows], val.groups_of(rows)) / len(turns)
                for scores in val.scores
            ]
            for rows in turns
        ]

    def _turns(self) -> Iterator[Turn]:
        """The folds, ascending, as ``Part.turns`` has those of test."""
        assert self.val.folds is not None and self.test.folds is not None
        for fold in np.unique(self.test.folds):
            yield Turn(self._rows(self.val.folds == fold), self._rows(self.test.folds == fold))

    def _rows(self, inside: npt.NDArray[np.bool_]) -> tuple[Rows, Rows]:
        return np.flatnonzero(inside[self.test.own == 1]), np.flatnonzero(inside[self.test.own == 0])


def _by_class(part: Part, row: int) -> Sequence[Values]:
    scores = part.scores[row].astype(np.float64)
    return scores[part.own == 1], scores[part.own == 0]


def _called(scores: Values, weights: Weights, thresholds: Values) -> Values:
    """(b,) the summed weights (n, b) of the scores (n,) that reach the threshold of each sample."""
    order = np.argsort(-scores, kind="stable")
    above = np.zeros((len(scores) + 1, weights.shape[1]))
    np.cumsum(weights[order], axis=0, out=above[1:])
    reach = np.searchsorted(-scores[order], -thresholds, side="right")
    summed: Values = above[reach, np.arange(len(thresholds))]
    return summed
