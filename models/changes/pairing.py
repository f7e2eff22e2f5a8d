"""What two sweeps have in common, and which of their trials belong together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from steelyard.models.changes.images import same_subject, same_test
from steelyard.models.report.dossier import Dossier
from steelyard.models.statistics.bootstrap import AREAS, Values
from steelyard.models.verdict.tried import shared
from steelyard.models.verdict.verdict import CellVerdict

ALIKE = 1.1
"""Odds of positives up to so many times as high are taken as alike: they move precision by 2.4 points at most."""


@dataclass(frozen=True)
class Partners:
    """Trials of two cells, one of each sweep, of the same seeds.

    Attributes:
        earlier: rows of ``test.scores`` of the earlier sweep, seeds ascending.
        later: likewise of the later.
    """

    earlier: list[int]
    later: list[int]


@dataclass(frozen=True)
class Pairing:
    """Two sweeps, and what they have in common.

    Attributes:
        earlier: one.
        later: the other.
    """

    earlier: Dossier
    later: Dossier

    @cached_property
    def same_subject(self) -> bool:
        """Whether both look for the same class in images of the same source, or in some of the same images."""
        return same_subject(self.earlier, self.later)

    @property
    def same_objective(self) -> bool:
        """Whether both want the same, for shares of positives that are about the same where that matters."""
        wanted = self.earlier.objective
        if wanted != self.later.objective:
            return False
        return not wanted.needs_prevalence or self.alike

    @property
    def alike(self) -> bool:
        """Whether precision is for about the same share of positives in both."""
        before, now = (share / (1 - share) for share in self.shares)
        return 1 / ALIKE <= now / before <= ALIKE

    @property
    def shares(self) -> tuple[float, float]:
        """Of positives, that precision and the objective of each are for."""
        return self.earlier.verdict.prevalence, self.later.verdict.prevalence

    @cached_property
    def same_test(self) -> bool:
        """Whether both report on the same images."""
        return same_test(self.earlier, self.later)

    @cached_property
    def regrouped(self) -> bool:
        """Whether images of test come in other groups than they did, so that none can be drawn whole for both."""
        before, now = (sweep.groups.loc[sweep.test.ids] for sweep in (self.earlier, self.later))
        return self.same_test and not before.equals(now)

    def partners(self, earlier: CellVerdict, later: CellVerdict) -> Partners | None:
        """The trials of the seeds that two cells share.

        None where test differs, or one seed would stand for several: the interval would then not hold what seeds do.
        """
        before, now = (
            {trial.seed: row for trial, row in zip(sweep.trials(cell), sweep.rows(cell), strict=True)}
            for sweep, cell in ((self.earlier, earlier), (self.later, later))
        )
        pairs = shared(before, now, (earlier.seeded, later.seeded))
        if not self.same_test or len(pairs) < min(2, len(before), len(now)):
            return None
        return Partners([row for row, _ in pairs], [row for _, row in pairs])

    def same(self, partners: Partners, metric: str) -> bool:
        """Whether a metric cannot have changed, being that of the same networks, which call the same images."""
        rows = zip(partners.earlier, partners.later, strict=True)
        if metric in AREAS:
            return all(self._same_network(*both) for both in rows)
        counted_alike = metric == "recall" or self.shares[0] == self.shares[1]
        return counted_alike and all(self._same_network(*both) and self._same_threshold(*both) for both in rows)

    def scored_alike(self, partners: Partners) -> bool:
        """Whether each later trial gives each image of test the score that the earlier one did."""
        before, now = self.earlier.test.scores[partners.earlier], self.later.test.scores[partners.later]
        return bool(np.array_equal(before, now))

    def _same_network(self, earlier: int, later: int) -> bool:
        # Where the order of summation is not fixed, training again under the same trial_id gives another network.
        same = self.earlier.finished[earlier].trial_id == self.later.finished[later].trial_id
        return same and bool(np.array_equal(self.earlier.test.scores[earlier], self.later.test.scores[later]))

    def _same_threshold(self, earlier: int, later: int) -> bool:
        return bool(thresholds(self.earlier, [earlier]) == thresholds(self.later, [later]))


def thresholds(sweep: Dossier, rows: Sequence[int]) -> Values:
    """(t,) float64 operating thresholds of some trials that finished."""
    return np.array([trial.operating.threshold for row in rows if (trial := sweep.finished[row]).operating])
