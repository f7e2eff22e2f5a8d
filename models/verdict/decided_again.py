"""Decisions in folds on bootstrap samples of the images, whose thresholds are chosen again on each sample.

The images of a sample are dealt out to the folds anew. Those of a fold choose the threshold by which they are decided.
So the interval holds what other images do to the thresholds. Were all images kept in their folds, what is of second
order in how the folds of this sweep happen to differ would count three times: once as it is, and twice as it is drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy  # Its parts come when they are first used.

from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.objective import Objective
from steelyard.models.objective.drawn_choice import Scored, choose
from steelyard.models.objective.rates import Values
from steelyard.models.objective.threshold_choice import design_of
from steelyard.models.statistics.dealing import Drawn
from steelyard.models.verdict.scores_by_image import Part

LEAST = 1e-7
"""Of a score and of its rest, where odds are taken."""


@dataclass(frozen=True)
class DecidedAgain:
    """The decisions of some trials; val and test are of the same images.

    Attributes:
        together: whether one threshold decides in all folds, that of the model to use.
    """

    val: Part
    test: Part
    objective: Objective
    together: bool = False

    def __call__(self, dealt: Sequence[Drawn]) -> tuple[Values, Values]:
        """The images of b samples in each of F folds -> (b, F, T) positives, and negatives, that are called."""
        shape = len(dealt[0]), len(dealt), len(self.test.scores)
        found = np.zeros(shape), np.zeros(shape)
        own = np.append(self.test.own, 0)
        for trial in range(shape[2]):
            chosen, reporting = self._thresholds(dealt, trial), np.append(self.scores[1][trial], -1.0)
            by_argmax = np.append(self.test.scores[trial].astype(np.float64) >= ARGMAX, False)
            for fold, drawn in enumerate(dealt):
                called, lost = reporting[drawn] >= chosen[fold][:, None], np.isnan(chosen[fold])
                called[lost] = by_argmax[drawn[lost]]
                hits = (called & (own[drawn] == 1)).sum(axis=1)
                found[0][:, fold, trial], found[1][:, fold, trial] = hits, called.sum(axis=1) - hits
        return found

    def _thresholds(self, dealt: Sequence[Drawn], trial: int) -> list[Values]:
        """(b,) of a trial in each fold, by its own images; NaN where none is feasible."""
        scored, design = Scored(self.val.own, self.scores[0][trial]), self.designs[trial]
        if self.together:
            return [choose(scored, np.concatenate(dealt, axis=1), self.objective, design)] * len(dealt)
        return [choose(scored, drawn, self.objective, design) for drawn in dealt]

    @cached_property
    def designs(self) -> list[float]:
        """How many images of val say as much as one, by trial; each fold decides as deep as all would."""
        val = self.val
        turns = [np.arange(len(val.labels))] if self.together else val.turns
        of_turns = [
            [design_of(self.objective, val.own[rows], scores[rows], val.groups_of(rows)) for rows in turns]
            for scores in val.scores
        ]
        return [float(np.mean(each)) / len(turns) for each in of_turns]

    @cached_property
    def scores(self) -> tuple[Values, Values]:
        """(T, n) of val and of test; unless one threshold decides in all folds, on one scale for all of them.

        Log odds are standardized by those of the images of val and test that the network of a fold scored, each class
        weighing there as it does among all images.
        """
        parts = self.val, self.test
        if self.together:
            return self.val.scores.astype(np.float64), self.test.scores.astype(np.float64)
        odds = [scipy.special.logit(np.clip(part.scores.astype(np.float64), LEAST, 1 - LEAST)) for part in parts]
        for rows in zip(self.val.turns, self.test.turns, strict=True):
            both = np.concatenate([of[:, own] for of, own in zip(odds, rows, strict=True)], axis=1)
            weights = self._weights(np.concatenate([part.own[own] for part, own in zip(parts, rows, strict=True)]))
            mean = (both @ weights)[:, None]
            deviation = np.sqrt((both - mean) ** 2 @ weights)[:, None]
            for of, own in zip(odds, rows, strict=True):
                of[:, own] = (of[:, own] - mean) / np.where(deviation > LEAST, deviation, 1.0)
        val, test = (scipy.special.expit(of) for of in odds)
        return val, test

    def _weights(self, own: npt.NDArray[np.int64]) -> Values:
        """(n,) of some images, which sum to 1, those of each class to its share of all images."""
        share, here = self.test.share, float(own.mean())
        weights = np.where(own == 1, share / max(here, LEAST), (1 - share) / max(1 - here, LEAST))
        scaled: Values = weights / weights.sum()
        return scaled
