"""All that the report of a sweep is made of, which is also all that the sweep's run keeps of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.calibration.priors import moved
from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import CellName, Outcome
from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.objective import Objective
from steelyard.models.objective.threshold_choice import rates_of
from steelyard.models.report import threshold_curves as curves
from steelyard.models.report.cells_shown import featured
from steelyard.models.report.threshold_curves import At, Curve
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import Subject
from steelyard.models.spec.trial import Compute, Embedding, Frozen, Partition, Recipe
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.scores_by_image import Part
from steelyard.models.verdict.sweep_verdict import Verdict

ENDS = 20
"""Classes of train's most images, and of its fewest, that are shown one by one where there are more than both."""

COLUMNS_OF_SPRITE = 40
"""Small pictures in a row of the one that holds all those of a map."""


class Effect(CellName):
    """What the handling of a cell made of train, as drawn for the first seed.

    Attributes:
        before: negatives and positives of train, or images of every class.
        after: mean draws of each per epoch.
        distinct: images of each that are ever drawn.
        effective_prior: share of positives that the loss sees, in [0, 1]; of class 1, where every class counts.
        prior: share of each class that the loss sees.
    """

    before: tuple[int, ...]
    after: tuple[float, ...]
    distinct: tuple[int, ...]
    effective_prior: float
    prior: tuple[float, ...] = ()


class About(Frozen):
    """Everything about a sweep that its comparison does not hold.

    Attributes:
        started: when its run began, with a time zone.
        data: the source, as asked for.
        counts: part -> negatives and positives, or images of every class.
        image_set: what the image set is, in a line.
        findings: what was found wrong or worth knowing of the images, a line each.
        found: of what was found by looking at the images, a key and a line each; None where nobody looked.
        effects: of each handling, in the order planned.
        recipe: of several recipes the first.
        versions: of code, Python and libraries.
        other_recipes: those beside the first.
        embedding: how images became features; None where no recipe needed them.
        licence: of the backbone's weights; "" where there is none, or it is not known.
    """

    name: str
    started: datetime
    data: str
    subject: Subject
    partition: Partition
    counts: dict[str, tuple[int, ...]]
    image_set: str
    findings: tuple[str, ...]
    effects: tuple[Effect, ...]
    recipe: Recipe
    compute: Compute
    versions: dict[str, str]
    other_recipes: tuple[Recipe, ...] = ()
    embedding: Embedding | None = None
    licence: str = ""
    found: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True)
class Dossier:
    """What is kept of a sweep with at least one trial that finished.

    Attributes:
        found: the comparison, with a verdict.
        images: a row per image in use: ``id``, ``part`` (train, val or test; those of both are test), ``label`` (1
            positive, 0 negative; the place of the class, where every class counts), ``digest`` of the pixels and
            ``group`` ("" for an image that stands alone).
        curves: a row per trial and epoch: ``trial_id``, ``epoch`` (from 1) and a column per metric, such as
            ``val/loss``.
        gallery: a row per picture of an error, as ``wrong_images.Decided.worst`` has them, with ``note`` (group and
            slices) and ``picture`` (a PNG or JPEG).
        scores: as ``corrected_scores.scores`` has them; where every class counts as ``wrong_images.decisions`` has
            them, with ``trial_id``.
        map: images of test with their places by what the backbone sees, ``id``, ``x`` and ``y``; empty for none.
        sprite: a JPEG with a small picture of each of these, in rows of ``COLUMNS_OF_SPRITE``.
    """

    found: Comparison
    spec: Sweep
    about: About
    images: pd.DataFrame
    curves: pd.DataFrame
    gallery: pd.DataFrame
    scores: pd.DataFrame
    map: pd.DataFrame = field(default_factory=pd.DataFrame)
    sprite: bytes = b""

    @property
    def verdict(self) -> Verdict:
        """What the sweep showed."""
        assert self.found.verdict is not None
        return self.found.verdict

    @property
    def every_class(self) -> bool:
        """Whether every class counts, and none is the one to find."""
        return self.verdict.every_class

    @property
    def objective(self) -> Objective:
        """What the thresholds were chosen for, or the cells ranked."""
        return Objective.parse(self.found.objective)

    @property
    def cells(self) -> tuple[CellVerdict, ...]:
        """What each cell showed, the recommended one first, then best on val first."""
        return self.verdict.cells

    @property
    def best(self) -> CellVerdict:
        """The recommended cell."""
        return self.cells[0]

    @property
    def baseline(self) -> CellVerdict | None:
        """The unweighted baseline of the best cell's recipe; None where no trial of it finished."""
        return self.baseline_of(self.best)

    def baseline_of(self, cell: CellVerdict) -> CellVerdict | None:
        """The unweighted baseline of a cell's recipe; None where no trial of it finished."""
        return next((base for base in self.cells if base.is_baseline and base.recipe == cell.recipe), None)

    def trials(self, cell: CellVerdict) -> tuple[Outcome, ...]:
        """The trials of a cell that finished, seeds ascending."""
        own = [trial for trial in self.finished if (trial.cell, trial.weight_positive) == cell.key]
        return tuple(sorted(own, key=lambda trial: trial.seed))

    @cached_property
    def finished(self) -> tuple[Outcome, ...]:
        """All trials that finished, in the order planned; those of all folds of a cell and a seed are one."""
        return tuple(trial for trial in self.found.judged if trial.operating)

    @property
    def taken(self) -> Outcome | None:
        """The best of the recommended cell on val; None where none was kept as that."""
        return next((trial for trial in self.finished if trial.trial_id == self.found.best), None)

    def trained(self, cell: CellVerdict) -> tuple[Outcome, ...]:
        """All that was trained of a cell and finished, fold by fold where there are folds."""
        own = [trial for trial in self.found.trials if (trial.cell, trial.weight_positive) == cell.key]
        return tuple(sorted((trial for trial in own if trial.operating), key=lambda trial: (trial.seed, trial.fold)))

    def rows(self, cell: CellVerdict) -> list[int]:
        """Places of a cell's trials in ``finished``, and in ``test.scores``, seeds ascending."""
        places = {trial.trial_id: place for place, trial in enumerate(self.finished)}
        return [places[trial.trial_id] for trial in self.trials(cell)]

    @property
    def groups(self) -> "pd.Series[str]":
        """Name of each image's group by id; "" for an image that stands alone."""
        return self.images.set_index("id")["group"]

    @cached_property
    def test(self) -> Part:
        """Test as every trial scored the class to find, a row per trial of ``finished``."""
        return Part.of(self.tables(self.scores), "test", self.groups)

    @cached_property
    def val(self) -> Part:
        """The same of val."""
        return Part.of(self.tables(self.scores), "val", self.groups)

    def tables(self, scores: pd.DataFrame) -> list[pd.DataFrame]:
        """The rows of ``scores`` of each trial of ``finished``, with their ``fold`` where there are folds."""
        by_trial = dict(iter(scores.groupby("trial_id", sort=False)))
        return [
            pd.concat([by_trial[name].assign(fold=fold) for fold, name in enumerate(trial.of_folds, 1)])
            if trial.of_folds
            else by_trial[trial.trial_id]
            for trial in self.finished
        ]

    def thresholds(self, rows: Sequence[int], test: Part | None = None) -> npt.NDArray[np.float64]:
        """(t, n): what some trials of ``finished`` decide each image of test by, or of a part of it."""
        test = test or self.test
        trials = [
            (trial.thresholds, trial.operating.threshold) for row in rows if (trial := self.finished[row]).operating
        ]
        return np.stack([test.decided_by(*of_trial) for of_trial in trials])

    def measured(self, trial: Outcome, metric: str, at_argmax: bool = False) -> float:
        """A metric of one trial on test: accuracy as counted, the others for the objective's prevalence.

        At the operating point, or at argmax.
        """
        row = self.finished.index(trial)
        thresholds = np.float64(ARGMAX) if at_argmax else self.thresholds([row])[0]
        at = rates_of(self.test.labels, self.test.scores[row].astype(np.float64) >= thresholds)
        share = self.objective.share_for(metric, None)
        return float(self.objective.measure(metric, at if share is None else at.at(share)))

    def scored(self, cell: CellVerdict) -> dict[tuple[int, int], tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]]:
        """Labels and scores of test by each network of a cell: by its seed and its fold, 0 where there are none."""
        test = self.test
        return {
            (self.finished[row].seed, fold * (test.folds is not None)): (test.labels[of], test.scores[row][of])
            for row in self.rows(cell)
            for fold, of in enumerate(test.turns, 1)
        }

    @cached_property
    def single_curves(self) -> list[tuple[CellVerdict, dict[tuple[int, int], Curve]]]:
        """Every cell with the curve of each of its networks, of the class to find."""
        each = [(cell, self.scored(cell)) for cell in self.cells]
        steps = curves.steps(sum(len(of_cell) for _, of_cell in each))
        return [(cell, {of: curves.curve(*scored, steps) for of, scored in of_cell.items()}) for cell, of_cell in each]

    @cached_property
    def mean_curves(self) -> list[tuple[CellVerdict, Curve]]:
        """The mean curve of the cells that stand out, of the class to find."""
        return [(cell, self.mean_curve(cell)) for cell in featured(self.cells)]

    def mean_curve(self, cell: CellVerdict) -> Curve:
        """The mean of the curves of a cell's networks."""
        return curves.mean([*self.scored(cell).values()])

    def equivalent(self, cell: CellVerdict) -> tuple[float, At] | None:
        """The threshold of the baseline that does what a handling does at argmax, and how the baseline does there.

        Argmax of the handling, moved from the prior that its loss saw to that of the baseline's. A handling that only
        moves the prior multiplies the odds of every image by one number; at argmax it calls the images that the
        baseline calls at this threshold, if both networks learned the same.

        Returns:
            The threshold in [0, 1]; None for the baseline itself, and where the handling does more than move the prior.

        Source:
            Elkan 2001, "The foundations of cost-sensitive learning", theorem 1.
        """
        base, priors = self.baseline_of(cell), {effect.key: effect.effective_prior for effect in self.about.effects}
        if base is None or base == cell or cell.calibration[0].misfit or not 0 < priors[cell.key] < 1:
            return None
        threshold = moved(ARGMAX, priors[cell.key], priors[base.key])
        scores, labels = self.test.scores[self.rows(base)], self.test.labels
        return threshold, curves.at_threshold(labels, scores, [threshold] * len(scores), self.verdict.prevalence)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The classes by their place, most images in train first; equals in the order of their labels."""
        return tuple(int(place) for place in np.argsort(-np.array(self.verdict.train), kind="stable"))

    @property
    def shown(self) -> tuple[int, ...]:
        """Of ``order``, all, or the first and the last ``ENDS``."""
        ends = (*self.order[:ENDS], *self.order[-ENDS:])
        return ends if len(self.order) > len(ends) else self.order

    @property
    def left_out(self) -> int:
        """Classes that are not among the shown."""
        return len(self.order) - len(self.shown)

    def confusion(self, cell: CellVerdict) -> npt.NDArray[np.float64]:
        """(K, K) share of each class of test, by row, that is called each class; 0 for a class that test lacks."""
        counts = np.array(cell.confusion, np.float64)
        shares: npt.NDArray[np.float64] = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return shares
