"""How the trials of two sweeps do on the same images, and on the same bootstrap samples of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from steelyard.models.changes.pairing import BALANCED, Pairing, Partners
from steelyard.models.metrics.areas import AREAS
from steelyard.models.metrics.registry import OF_CLASS
from steelyard.models.report.dossier import Dossier
from steelyard.models.statistics import bootstrap, class_bootstrap
from steelyard.models.statistics.class_bootstrap import Redrawn
from steelyard.models.statistics.class_means import even, paired
from steelyard.models.statistics.dealing import Groups
from steelyard.models.statistics.resampled_rates import RATES, Counts
from steelyard.models.statistics.sampled import Sampled
from steelyard.models.statistics.spread import Kind, Spread, spreads
from steelyard.models.verdict.decided_again import DecidedAgain
from steelyard.models.verdict.evidence import Called, judged
from steelyard.models.verdict.scored_trials import Columns

SAMPLES = 1000
"""Bootstrap samples of one class. They only give variances here: half an interval's width is then off by about 2 %."""

WORK = 200_000
"""Trials x samples beyond which fewer samples are drawn: about 3 s with 2,000 images on one core."""

LEAST_SAMPLES = 250
"""However many trials there are: half an interval's width is then off by about 4 %."""

SHARE = "operating/share"


@dataclass(frozen=True)
class SharedSamples:
    """Trials of two sweeps on the same images and the same bootstrap samples of them, drawn when they are asked for.

    ``rows`` are the places of the trials in ``finished`` of the earlier and of the later sweep, ascending.
    """

    pairing: Pairing
    rows: Partners

    def difference(self, metric: str, partners: Partners) -> Sampled:
        """The later's metric minus the earlier's, seed by seed, sample by sample."""
        now, before = self._columns(partners)
        return self._at(self.pairing.later, metric, now) - self._at(self.pairing.earlier, metric, before)

    def spreads(self, metric: str, partners: Sequence[Partners], kinds: Sequence[Kind]) -> list[Spread]:
        """How sure the differences of pairs of cells are; ``kinds`` as in ``models.statistics.spread``."""
        test = self.pairing.tests[1]
        if self._is_mean(metric):
            pairs, drawn = [self._columns(each) for each in partners], self.of_classes
            return paired(self.balanced, pairs, drawn, even(drawn.once.sizes > 0), test.group_count, kinds)
        differs = [self.difference(metric, each) for each in partners]
        return spreads(differs, min(test.sizes), test.group_count, kinds=kinds)

    @cached_property
    def of_one_class(self) -> Mapping[str, Sampled]:
        """Rates at the operating points of one class beside the rest; areas too where it is the class to find."""
        before, now = (self._drawn(place) for place in (0, 1))
        if any(test.folds is None for test in self.pairing.tests):
            # What the folds of one alone do is not paired.
            before, now = ({name: replace(of, without=None) for name, of in each.items()} for each in (before, now))
        both = {name: (before[name], now[name]) for name in now if name != SHARE}
        return {name: _beside(*of) for name, of in both.items()} | {SHARE: now[SHARE]}

    def _drawn(self, place: int) -> Mapping[str, Sampled]:
        """Of the earlier's trials, or of the later's: on the same samples, since both are of the same images."""
        test, own, rows = self.pairing.tests[1], self.pairing.tests[place], self.rows[place]
        samples = min(SAMPLES, max(LEAST_SAMPLES, WORK // max(1, sum(map(len, self.rows)))))
        scores = own.scores[rows[:0] if self.pairing.later.every_class else rows]
        called = {"operating": self._called(place) == test.place}
        # Average precision is compared under one objective alone, so that one prevalence serves both.
        share = self.pairing.later.verdict.prevalence
        groups, folded = test.groups, any(of.folds is not None for of in self.pairing.tests)
        if groups is None and folded and own.folds is None:
            groups = np.arange(len(test.ids))  # All images are drawn together, as they are of the one in folds.
        return bootstrap.bootstrap(test.own, scores, called, share, samples, 0, groups, own.folds, self._again(place))

    def _again(self, place: int) -> dict[str, Counts]:
        """What chooses thresholds anew on each sample, as the verdict does in folds; nothing where there are none."""
        sweep, test, rows = self.pairing.sweeps[place], self.pairing.tests[place], self.rows[place]
        if test.folds is None or sweep.every_class:
            return {}
        val, test = (replace(part, scores=part.scores[rows]) for part in (self.pairing.vals[place], test))
        return {"operating": DecidedAgain(val, test, sweep.objective)}

    @cached_property
    def of_classes(self) -> Redrawn:
        """The decisions on K classes, where every class counts."""
        test, classes = self.pairing.tests[1], len(self.pairing.later.verdict.classes)
        samples = class_bootstrap.samples_for(bootstrap.SAMPLES, len(self.called), classes)
        drawn = test.labels, {"operating": self.called}, classes, samples
        return class_bootstrap.bootstrap(*drawn, groups=test.groups, folds=self._folds)[0]["operating"]

    @cached_property
    def _folds(self) -> Groups | None:
        """That both sweeps divide the images into."""
        before, now = (test.folds for test in self.pairing.tests)
        return now if before is not None and now is not None and np.array_equal(before, now) else None

    @cached_property
    def balanced(self) -> Sampled:
        """The mean recall over K classes."""
        return self.of_classes.macro()[BALANCED]

    @cached_property
    def called(self) -> Called:
        """(T, n) class that each trial calls each image of test; the earlier's trials, then the later's."""
        return np.concatenate([self._called(place) for place in (0, 1)])

    def _called(self, place: int) -> Called:
        """Of the earlier's trials, or of the later's."""
        sweep, test, rows = self.pairing.sweeps[place], self.pairing.tests[place], self.rows[place]
        if sweep.every_class:
            tables = sweep.tables(sweep.scores)
            called = [tables[row].set_index("id")["called"].loc[test.ids].to_numpy(np.int64) for row in rows]
            return np.array(called, np.int64).reshape(len(rows), len(test.ids))
        return (test.scores[rows].astype(np.float64) >= sweep.thresholds(rows, test)).astype(np.int64)

    def _is_mean(self, metric: str) -> bool:
        return self.pairing.later.every_class and not metric.startswith(OF_CLASS)

    def _columns(self, partners: Partners) -> tuple[Columns, Columns]:
        """Of the later's trials, then of the earlier's, among all that are drawn."""
        before, now = (np.searchsorted(*each) for each in zip(self.rows, partners, strict=True))
        return len(self.rows[0]) + now, before

    def _at(self, sweep: Dossier, metric: str, columns: Columns) -> Sampled:
        """For the prevalence of a sweep's objective."""
        if self._is_mean(metric):
            return self.balanced.of(columns)
        if metric in AREAS:
            return self.of_one_class[metric].of(columns)
        recall, wrong = (self.of_one_class[f"operating/{rate}"].of(columns) for rate in RATES)
        own, objective = metric.removeprefix(OF_CLASS), sweep.objective
        values = partial(objective.measure, own)
        share = self.of_one_class[SHARE] if objective.prevalence is None else objective.prevalence
        return judged(recall, wrong, share, values)


def _beside(one: Sampled, other: Sampled) -> Sampled:
    """The trials of both, the one's first."""
    return Sampled.combined(lambda *of_both: np.concatenate(of_both, axis=-1), one, other)
