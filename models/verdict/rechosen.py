"""A network's threshold chosen again on bootstrap samples of the images, and what the network then does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from steelyard.models.objective.certificate import FLOOR, Candidates, Choice, Places, best_places
from steelyard.models.objective.objective import Objective
from steelyard.models.objective.rates import ROUNDING, Rates, Values
from steelyard.models.statistics.resampling import Weights, called_above
from steelyard.models.verdict.scores_by_image import Part

MOST = 100
"""Thresholds among which a sample chooses."""

Metric = Callable[[Rates], Values]


@dataclass(frozen=True)
class Counts:
    """Images of both classes, and those of them that are called; all of one shape.

    Attributes:
        hits: (...) positives that are called.
        wrong: (...) negatives that are called.
        positives: (...) of both kinds, called or not; ``negatives`` likewise.
    """

    hits: Values
    wrong: Values
    positives: Values
    negatives: Values

    @classmethod
    def above(cls, part: Part, scores: Values, thresholds: Values, weights: Weights) -> Self:
        """(k, B) of a part's images at each of k falling thresholds in each of B samples."""
        own = part.own == 1
        hits, wrong = called_above(own, scores, thresholds, weights)
        sizes = (weights[of].sum(axis=0, dtype=np.float64) for of in (own, ~own))
        return cls(hits, wrong, *(np.broadcast_to(size, hits.shape) for size in sizes))

    def each(self, take: Callable[[Values], Values]) -> Self:
        """The same of some of them."""
        return type(self)(*(take(of) for of in (self.hits, self.wrong, self.positives, self.negatives)))

    def chosen(self, places: Places) -> Self:
        """(B,) of the k thresholds the one at each sample's place; of one sample alone as if it were all B."""
        column = np.arange(len(places)) if self.hits.shape[1] == len(places) else 0
        return self.each(lambda of: of[places, column])

    def rates(self, prevalence: float | None, more: float = 0.0) -> Rates:
        """The rates at a prevalence, None for the one counted; with ``more`` called and not called of each class."""
        share = self.positives / (self.positives + self.negatives) if prevalence is None else prevalence
        recall = (self.hits + more) / (self.positives + 2 * more)
        return Rates(recall, (self.wrong + more) / (self.negatives + 2 * more), share)


@dataclass(frozen=True)
class Rechosen:
    """A network at its threshold, and at those that B samples of the images choose for it.

    Attributes:
        choice: on the images as they are.
        candidates: the thresholds among which that was made.
        found: () of the reporting images, at the chosen threshold.
        drawn: (B,) of the reporting images of each sample, at the threshold that the sample chooses.
        whole: (B,) of the reporting images as they are, at the same thresholds.
        rank: (B,) of the samples' choices, as ``Choice.rank``.
        needed: (B,) how many times as many images would certify some threshold; 1 where one is certified, infinite
            where the constraint is not even kept on the sample.
    """

    choice: Choice
    candidates: Candidates
    found: Counts
    drawn: Counts
    whole: Counts
    rank: Values
    needed: Values

    @classmethod
    def of(
        cls, objective: Objective, choosing: tuple[Part, Weights], reporting: tuple[Part, Weights], column: int
    ) -> Self:
        """Choose for a network on the images, and on each sample of them.

        A sample chooses by its own rates; how far the bound of the constraint lies from its estimate is taken, at each
        threshold, from the images as they are: it tells how many images there are, which a sample does not change.

        Args:
            objective: that chooses.
            choosing: the images that choose, and (n, B) weights that are their samples.
            reporting: the images that report, likewise; the very same where held-out scores do both.
            column: of the network in the scores of both.
        """
        part, weights = choosing
        scores = part.scores[column].astype(np.float64)
        candidates = Candidates.of(objective, part.own, scores, part.groups)
        choice = candidates.choose(objective)
        spaced = np.linspace(0, len(candidates.thresholds) - 1, MOST).astype(np.int64)
        places = np.union1d(spaced, [choice.place])
        thresholds, distance = candidates.thresholds[places], (candidates.slack - candidates.low)[places][:, None]
        sample = Counts.above(part, scores, thresholds, weights)
        at_each = sample.rates(objective.prevalence)
        slack = objective.slack(at_each)
        again, rank, _ = best_places(objective, at_each, slack - distance)
        # A bound comes nearer to its estimate with the root of the number of images.
        kept = (at_each.recall >= FLOOR) & (slack > ROUNDING)
        factors = np.divide(distance, slack, out=np.full_like(slack, np.inf), where=kept) ** 2
        told, more = reporting
        shown = told.scores[column].astype(np.float64)
        as_they_are = Counts.above(told, shown, thresholds, np.ones((len(shown), 1), np.float32))
        drawn = sample if told is part else Counts.above(told, shown, thresholds, more)
        at = int(np.searchsorted(places, choice.place))
        return cls(
            choice=choice,
            candidates=candidates,
            found=as_they_are.each(lambda of: of[at, 0]),
            drawn=drawn.chosen(again),
            whole=as_they_are.chosen(again),
            rank=rank,
            needed=np.maximum(1.0, factors.min(axis=0)),
        )
