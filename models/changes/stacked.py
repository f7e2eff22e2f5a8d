"""How the trials of two sweeps do on the same images, and on the same bootstrap samples of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from steelyard.models.changes.pairing import Pairing, Partners, thresholds
from steelyard.models.objective import Rates
from steelyard.models.report.dossier import Dossier
from steelyard.models.statistics.bootstrap import AREAS, Sampled, Values, bootstrap

SAMPLES = 1000
"""Bootstrap samples. They only give variances here: half an interval's width is then off by about 2 %."""

WORK = 200_000
"""Trials x samples beyond which fewer samples are drawn: about 3 s with 2,000 images on one core."""

LEAST_SAMPLES = 250
"""However many trials there are: half an interval's width is then off by about 4 %."""


@dataclass(frozen=True)
class Stacked:
    """Trials of two sweeps on the same images and the same bootstrap samples of them.

    Attributes:
        pairing: of the sweeps.
        rows: of the trials in ``test.scores`` of the earlier and of the later sweep, ascending.
        found: areas and rates at the operating points; the earlier's trials, then the later's.
    """

    pairing: Pairing
    rows: tuple[list[int], list[int]]
    found: Mapping[str, Sampled]

    @classmethod
    def of(cls, pairing: Pairing, partners: Sequence[Partners]) -> Self:
        """Draw the samples for the trials of some pairs."""
        earlier, later = pairing.earlier, pairing.later
        rows = (
            sorted({row for pair in partners for row in pair.earlier}),
            sorted({row for pair in partners for row in pair.later}),
        )
        scores = np.concatenate([earlier.test.scores[rows[0]], later.test.scores[rows[1]]])
        operating = np.concatenate([thresholds(earlier, rows[0]), thresholds(later, rows[1])])
        samples = min(SAMPLES, max(LEAST_SAMPLES, WORK // max(1, len(scores))))
        # Average precision is compared under one objective alone, so that one prevalence serves both.
        share = later.verdict.prevalence
        places = {"operating": scores.astype(np.float64) >= operating[:, None]}
        labels, groups = later.test.labels, later.test.groups
        return cls(pairing, rows, bootstrap(labels, scores, places, share, samples, groups=groups))

    def difference(self, partners: Partners, metric: str) -> Sampled:
        """The later's metric minus the earlier's, seed by seed, sample by sample."""
        before = np.searchsorted(self.rows[0], partners.earlier)
        now = len(self.rows[0]) + np.searchsorted(self.rows[1], partners.later)
        return self._at(self.pairing.later, metric, now) - self._at(self.pairing.earlier, metric, before)

    def _at(self, sweep: Dossier, metric: str, columns: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Sampled:
        if metric in AREAS:
            return self.found[metric].of(columns)
        recall, wrong = (self.found[f"operating/{rate}"].of(columns) for rate in ("recall", "false_positive_rate"))
        return Sampled(
            _judged(sweep, metric, recall.value, wrong.value),
            _judged(sweep, metric, recall.replicates, wrong.replicates),
        )


def _judged(sweep: Dossier, metric: str, recall: Values, false_alarms: Values) -> Values:
    """A metric for the prevalence of a sweep's objective, of the shape of the rates."""
    at, objective = Rates(recall, false_alarms, sweep.verdict.prevalence), sweep.objective
    values: Values = objective.values(at) if metric == objective.metric else getattr(at, metric)
    return values
