"""What two sweeps have in common, and which of their trials belong together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from steelyard.models.metrics.areas import AREAS
from steelyard.models.metrics.registry import DEPENDENT, OF_CLASS
from steelyard.models.objective.threshold_choice import threshold_class
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.scored_trials import shared
from steelyard.models.verdict.scores_by_image import Part

ALIKE = 1.1
"""Odds of positives up to so many times as high are taken as alike: they move precision by 2.4 points at most."""

PARTS = ("train", "val", "test")
BALANCED = "balanced_accuracy"

IN_COMMON = 0.5
"""The share of either sweep's images that must be in both for these to be compared alone."""

ACROSS = ("roc_auc", "recall", "precision")
"""What can be compared where the objectives are not the same, and there is a class to find."""

Partners = tuple[list[int], list[int]]
"""Trials of two cells, of the same seeds, ascending: places in ``finished`` of the earlier and of the later sweep."""


@dataclass(frozen=True)
class Pairing:
    """Two sweeps of the same kind, and what they have in common."""

    earlier: Dossier
    later: Dossier

    @property
    def sweeps(self) -> tuple[Dossier, Dossier]:
        """Both."""
        return self.earlier, self.later

    @property
    def same_classes(self) -> bool:
        """Whether both look for the same class among the same others, or tell the same classes apart."""
        before, now = self.earlier.about.subject, self.later.about.subject
        return before.class_names == now.class_names

    @cached_property
    def same_subject(self) -> bool:
        """Whether both are about the same classes in images of the same source, or in some of the same images."""
        before, now = self.sweeps
        of_one_source = before.about.subject.image_set == now.about.subject.image_set
        return self.same_classes and (of_one_source or bool(before.images["digest"].isin(now.images["digest"]).any()))

    @cached_property
    def images(self) -> pd.DataFrame:
        """Part, label and digest of each image in use in either sweep, ``part/before``, ``part/now``, ..., by id."""
        # Read from a file or not, columns have types that compare.
        types = {"id": str, "part": str, "label": int, "digest": str}
        before, now = (sweep.images[list(types)].astype(types).set_index("id") for sweep in self.sweeps)
        return before.add_suffix("/before").join(now.add_suffix("/now"), how="outer")

    @cached_property
    def changed_parts(self) -> list[str]:
        """The parts that do not hold the images that they held, pixel by pixel, under the same names and labels."""
        table = self.images
        differ = [table[f"{name}/before"] != table[f"{name}/now"] for name in ("part", "label", "digest")]
        changed = table.loc[pd.concat(differ, axis=1).any(axis=1), ["part/before", "part/now"]]
        return [part for part in PARTS if (changed == part).any(axis=None)]

    @property
    def same_objective(self) -> bool:
        """Whether both want the same, for shares of positives that are about the same where that matters."""
        wanted = self.earlier.objective
        return wanted == self.later.objective and (not wanted.needs_prevalence or self.alike)

    @property
    def alike(self) -> bool:
        """Whether precision is for about the same share of positives in both."""
        before, now = (share / (1 - share) for share in self.shares)
        return 1 / ALIKE <= now / before <= ALIKE

    @property
    def shares(self) -> tuple[float, float]:
        """Of positives, that precision and the objective of each are for."""
        return self.earlier.verdict.prevalence, self.later.verdict.prevalence

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that say the same of both sweeps; precision does not where another share of images is positive.

        Where every class counts balanced accuracy, behind the objective's own metric of one class, unless that is of
        the curve: no scores are kept of a class that is not called.
        """
        objective = self.later.objective
        if self.later.every_class:
            told = objective.class_name and self.same_objective and not objective.is_of_the_curve
            return (f"{OF_CLASS}{objective.metric}", BALANCED) if told else (BALANCED,)
        if not self.same_objective:
            return ACROSS if self.alike else ACROSS[:2]
        return tuple(dict.fromkeys(name for name in ("roc_auc", objective.metric, objective.constraint) if name))

    @cached_property
    def tests(self) -> tuple[Part, Part]:
        """Test of each, a row of scores per trial of ``finished``; of K classes, those of the class that is called.

        Of the images that both have, where folds let each image test and others came or went since.
        """
        before, now = self._whole
        return (before, now) if self.both is None else (before.among(self.both), now.among(self.both))

    @cached_property
    def vals(self) -> tuple[Part, Part]:
        """Val of each, of the same images as ``tests``; where there are folds."""
        before, now = self.earlier.val, self.later.val
        return (before, now) if self.both is None else (before.among(self.both), now.among(self.both))

    @cached_property
    def both(self) -> pd.Index | None:
        """The images that both tested in folds, pixels and labels alike, where there is a class to find.

        None where these are all, or too few, so that a fold could not choose a threshold on its own.
        """
        before, now = self._whole
        if before.folds is None or now.folds is None or self.later.every_class:
            return None
        table = self.images
        alike = (table[["digest/before", "label/before"]].to_numpy() == table[["digest/now", "label/now"]]).all(axis=1)
        ids = before.ids.intersection(now.ids).intersection(table.index[alike])
        most, parts = max(len(before.ids), len(now.ids)), (before, now, self.earlier.val, self.later.val)
        enough = IN_COMMON * most <= len(ids) < most and all(_folds_left(part, ids) for part in parts)
        return ids if enough else None

    @cached_property
    def refolded(self) -> bool:
        """Whether the folds of both cannot be compared one by one: they are not as many, or of K classes not alike."""
        before, now = self.tests
        if before.folds is None or now.folds is None:
            return False
        alike = np.array_equal(before.folds, now.folds)
        return self.same_test and not alike and (self.later.every_class or len(before.turns) != len(now.turns))

    @cached_property
    def _whole(self) -> tuple[Part, Part]:
        return _test(self.earlier), _test(self.later)

    @cached_property
    def same_test(self) -> bool:
        """Whether both report on the same images, or are compared on those that both have."""
        before, now = self.tests
        return list(before.ids) == list(now.ids) and (self.both is not None or "test" not in self.changed_parts)

    @cached_property
    def regrouped(self) -> bool:
        """Whether images of test come in other groups than they did, so that none can be drawn whole for both."""
        before, now = (test.groups for test in self.tests)
        alike = before is now if before is None or now is None else np.array_equal(before, now)
        return self.same_test and not alike

    def partners(self, earlier: CellVerdict, later: CellVerdict) -> Partners | None:
        """The trials of the seeds that two cells share; None where test differs, or one seed would stand for several.

        The interval would then not hold what seeds do.
        """
        before, now = (
            {trial.seed: row for trial, row in zip(sweep.trials(cell), sweep.rows(cell), strict=True)}
            for sweep, cell in zip(self.sweeps, (earlier, later), strict=True)
        )
        pairs = shared(before, now, (earlier.seeded, later.seeded))
        if not self.same_test or self.refolded or len(pairs) < min(2, len(before), len(now)):
            return None
        return [row for row, _ in pairs], [row for _, row in pairs]

    def same(self, partners: Partners, metric: str) -> bool:
        """Whether a metric cannot have changed, being that of the same networks, which call the same images."""
        before, now = zip(self.sweeps, partners, strict=True)
        # Where the order of summation is not fixed, training again under the same trial_id gives another network.
        if trial_ids(*before) != trial_ids(*now) or not self.scored_alike(partners):
            return False
        counted_alike = metric.removeprefix(OF_CLASS) not in DEPENDENT or self.shares[0] == self.shares[1]
        return metric in AREAS or (counted_alike and _decided_by(*before) == _decided_by(*now))

    def scored_alike(self, partners: Partners) -> bool:
        """Whether each later trial gives each image of test the score that the earlier one did."""
        before, now = (test.scores[rows] for test, rows in zip(self.tests, partners, strict=True))
        return np.array_equal(before, now)


def trial_ids(sweep: Dossier, rows: Sequence[int]) -> list[str]:
    """Of some trials that finished."""
    return [sweep.finished[row].trial_id for row in rows]


def _decided_by(sweep: Dossier, rows: Sequence[int]) -> list[tuple[float, ...]]:
    """The operating threshold of some trials that finished, and those of their folds."""
    trials = [(trial, trial.operating) for row in rows if (trial := sweep.finished[row]).operating]
    return [(own.threshold, *trial.thresholds) for trial, own in trials]


def _folds_left(part: Part, ids: pd.Index) -> bool:
    """Whether each fold of a part keeps both classes among some images."""
    return all(len(set(part.labels[rows][part.ids[rows].isin(ids)])) > 1 for rows in part.turns)


def _test(sweep: Dossier) -> Part:
    if not sweep.every_class:
        return sweep.test
    place = threshold_class(sweep.objective, sweep.verdict.classes) or 0
    return Part.of(sweep.tables(sweep.scores.assign(split="test")), "test", sweep.groups, place)
