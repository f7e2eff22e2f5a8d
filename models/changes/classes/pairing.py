"""What two sweeps in which every class counts have in common, and their trials on the same images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.changes.images import same_subject
from steelyard.models.report.dossier import Dossier
from steelyard.models.statistics.bootstrap import SAMPLES, Sampled
from steelyard.models.statistics.class_bootstrap import Redrawn, bootstrap, samples_for
from steelyard.models.statistics.least_variance import even
from steelyard.models.statistics.spread import Kind, Spread
from steelyard.models.verdict.differences import paired
from steelyard.models.verdict.tried import Columns, shared
from steelyard.models.verdict.verdict import CellVerdict

METRIC = "balanced_accuracy"


@dataclass(frozen=True)
class ClassesPairing:
    """Two sweeps, and what they have in common.

    Attributes:
        earlier: one.
        later: the other.
    """

    earlier: Dossier
    later: Dossier

    @cached_property
    def same_subject(self) -> bool:
        """Whether both tell the same classes apart, in images of the same source or in some of the same images."""
        return same_subject(self.earlier, self.later)

    @cached_property
    def same_test(self) -> bool:
        """Whether both report on the same images, pixel by pixel, of the same classes and in the same groups."""
        before, now = (_test(sweep) for sweep in (self.earlier, self.later))
        return self.same_subject and before.equals(now)

    def partners(self, earlier: CellVerdict, later: CellVerdict) -> tuple[Columns, Columns] | None:
        """Columns of the trials of the seeds that two cells share, in ``redrawn``; None where test differs.

        None also where one seed would stand for several: the interval would then not hold what seeds do.
        """
        before, now = _seeds(self.earlier, earlier, 0), _seeds(self.later, later, len(self.earlier.finished))
        pairs = shared(before, now, (earlier.seeded, later.seeded))
        if not self.same_test or len(pairs) < max(1, min(2, len(before), len(now))):
            return None
        return np.array([column for column, _ in pairs]), np.array([column for _, column in pairs])

    def difference(self, partners: tuple[Columns, Columns]) -> Sampled:
        """The later's balanced accuracy minus the earlier's, seed by seed, on the images and on samples of them."""
        found = self.redrawn.macro()[METRIC]
        return found.of(partners[1]) - found.of(partners[0])

    def spreads(
        self, partners: Mapping[tuple[str, str], tuple[Columns, Columns]], kinds: Sequence[Kind]
    ) -> list[Spread]:
        """How sure the differences are, of trials that ``partners`` paired; ``kinds`` as in ``models.statistics``."""
        if not partners:
            return []
        redrawn, groups = self.redrawn, None if self.groups is None else int(self.groups.max()) + 1
        swapped = {names: (now, before) for names, (before, now) in partners.items()}
        return paired(
            redrawn.macro()[METRIC], [*swapped.values()], redrawn, even(redrawn.once.sizes > 0), groups, kinds
        )

    @cached_property
    def groups(self) -> npt.NDArray[np.int64] | None:
        """Code of the group of each image of test, in the order of their ids; None where each stands alone."""
        names = _test(self.later)["group"].reset_index()
        if not names["group"].ne("").any():
            return None
        alone = names["group"] == ""
        keys = names["group"].where(~alone, "\0" + names["id"])
        return pd.factorize(keys)[0].astype(np.int64)

    @cached_property
    def redrawn(self) -> Redrawn:
        """The decisions of the earlier's trials, then of the later's, on the same bootstrap samples of test."""
        called = [_called(sweep, trial.trial_id) for sweep in (self.earlier, self.later) for trial in sweep.finished]
        labels, classes = _test(self.later)["label"].to_numpy(np.int64), len(self.later.verdict.classes)
        samples = samples_for(SAMPLES, len(called), classes)
        return bootstrap(labels, {"test": np.stack(called)}, classes, samples, groups=self.groups)[0]["test"]


def _test(sweep: Dossier) -> pd.DataFrame:
    """Label, digest and group of test's images by id, in types that compare whatever they were read from."""
    types = {"id": str, "label": int, "digest": str, "group": str}
    table = sweep.images[sweep.images["part"] == "test"]
    return table[list(types)].astype(types).set_index("id").sort_index()


def _seeds(sweep: Dossier, cell: CellVerdict, start: int) -> dict[int, int]:
    places = {trial.trial_id: start + place for place, trial in enumerate(sweep.finished)}
    return {trial.seed: places[trial.trial_id] for trial in sweep.trials(cell)}


def _called(sweep: Dossier, trial_id: str) -> npt.NDArray[np.int64]:
    of_trial = sweep.scores[sweep.scores["trial_id"] == trial_id]
    found: npt.NDArray[np.int64] = (
        of_trial.assign(id=of_trial["id"].astype(str)).sort_values("id")["called"].to_numpy(np.int64)
    )
    return found
