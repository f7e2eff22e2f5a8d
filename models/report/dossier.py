"""All that the report of a sweep is made of, which is also all that the sweep's run keeps of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from steelyard.models.classes.verdict import ClassCell
from steelyard.models.comparison import Comparison
from steelyard.models.objective import Objective, rates
from steelyard.models.outcome import Outcome
from steelyard.models.report.about import About
from steelyard.models.spec import Sweep
from steelyard.models.verdict.tried import Part
from steelyard.models.verdict.verdict import CellVerdict, Verdict

Cell = CellVerdict | ClassCell


def is_baseline_of(base: Cell, cell: Cell) -> bool:
    """Whether a cell is the unweighted baseline of the recipe of another, or of itself."""
    return base.is_baseline and base.recipe == cell.recipe


@dataclass(frozen=True)
class Kept:
    """What is kept of a sweep with at least one trial that finished, whatever its classes.

    Attributes:
        found: the comparison, with a verdict.
        spec: what was asked for.
        about: images, handlings and versions.
        images: a row per image in use: ``id``, ``part`` (train, val or test; those of both are test), ``label`` (1
            positive, 0 negative; the place of the class, where every class counts), ``digest`` of the pixels and
            ``group`` ("" for an image that stands alone).
        curves: a row per trial and epoch: ``trial_id``, ``epoch`` (from 1) and a column per metric, such as
            ``val/loss``.
        gallery: a row per picture of an error, with ``picture`` (a PNG or JPEG) and ``note`` (group and slices).
    """

    found: Comparison
    spec: Sweep
    about: About
    images: pd.DataFrame
    curves: pd.DataFrame
    gallery: pd.DataFrame

    @property
    def cells(self) -> Sequence[Cell]:
        """What each cell showed, best on val first."""
        judged = self.found.verdict or self.found.classes
        assert judged is not None
        return judged.cells

    def trials(self, cell: Cell) -> tuple[Outcome, ...]:
        """The trials of a cell that finished, seeds ascending."""
        own = (cell.cell, cell.weight_positive)
        found = [each for each in self.found.trials if each.operating and (each.cell, each.weight_positive) == own]
        return tuple(sorted(found, key=lambda trial: trial.seed))

    @cached_property
    def finished(self) -> tuple[Outcome, ...]:
        """All trials that finished, in the order planned."""
        return tuple(trial for trial in self.found.trials if trial.operating)

    @property
    def groups(self) -> "pd.Series[str]":
        """Name of each image's group by id; "" for an image that stands alone."""
        return self.images.set_index("id")["group"]


@dataclass(frozen=True)
class Dossier(Kept):
    """A sweep that looks for one class.

    Attributes:
        scores: as ``models.verdict.corrected.scores`` has them.
        gallery: a row per picture: ``kind`` (miss or false alarm), ``id``, ``score``, ``low`` and ``high`` (mean, least
            and greatest over the seeds of the best cell), ``note`` and ``picture``.
    """

    scores: pd.DataFrame

    @property
    def verdict(self) -> Verdict:
        """What the sweep showed."""
        assert self.found.verdict is not None
        return self.found.verdict

    @property
    def objective(self) -> Objective:
        """What the thresholds were chosen for."""
        return Objective.parse(self.found.objective)

    @property
    def best(self) -> CellVerdict:
        """The cell that ranks first on val."""
        return self.verdict.cells[0]

    @property
    def baseline(self) -> CellVerdict | None:
        """The unweighted baseline of the best cell's recipe; None where no trial of it finished."""
        return self.baseline_of(self.best)

    def baseline_of(self, cell: Cell) -> CellVerdict | None:
        """The unweighted baseline of a cell's recipe; None where no trial of it finished."""
        return next((base for base in self.verdict.cells if is_baseline_of(base, cell)), None)

    @cached_property
    def test(self) -> Part:
        """Test as every trial scored it, a row per trial of ``finished``."""
        by_trial = dict(iter(self.scores.groupby("trial_id", sort=False)))
        return Part.of([by_trial[trial.trial_id] for trial in self.finished], "test", self.groups)

    def rows(self, cell: CellVerdict) -> list[int]:
        """Rows of ``test.scores`` that are a cell's, seeds ascending."""
        places = {trial.trial_id: place for place, trial in enumerate(self.finished)}
        return [places[trial.trial_id] for trial in self.trials(cell)]

    def measured(self, trial: Outcome, threshold: float, metric: str) -> float:
        """A metric of one trial on test: accuracy as counted, the others for the objective's prevalence."""
        row = self.finished.index(trial)
        at = rates(self.test.labels, self.test.scores[row], np.array([threshold]))
        stated = self.objective.prevalence
        return float(getattr(at if stated is None or metric == "accuracy" else at.at(stated), metric)[0])
