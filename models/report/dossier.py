"""All that the report of a sweep is made of, which is also all that the sweep's run keeps of it."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
import pandas as pd

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective import Objective
from steelyard.models.objective.threshold_choice import threshold_class
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import Subject
from steelyard.models.spec.trial import Compute, Embedding, Frozen, Partition, Recipe
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.scores_by_image import Part
from steelyard.models.verdict.sweep_verdict import Verdict

COLUMNS_OF_SPRITE = 40
"""Small pictures in a row of the one that holds all those of a map."""

OWN = "own"
"""Column of ``Dossier.scores`` where every class counts and one has a threshold: its score of each image."""


class About(Frozen):
    """Everything about a sweep that its comparison does not hold.

    Attributes:
        started: when its run began, with a time zone.
        data: the source, as asked for.
        counts: part -> negatives and positives, or images of every class.
        image_set: what the image set is, in a line.
        findings: what was found wrong or worth knowing of the images, a line each.
        found: of what was found by looking at the images, a key and a line each; None where nobody looked.
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
    def place(self) -> int | None:
        """Label of the class that has a threshold; None where the highest score decides."""
        return threshold_class(self.objective, self.about.subject.class_names)

    @property
    def cells(self) -> tuple[CellVerdict, ...]:
        """What each cell showed, the recommended one first."""
        return self.verdict.cells

    @property
    def best(self) -> CellVerdict:
        """The recommended cell."""
        return self.cells[0]

    @property
    def baseline(self) -> CellVerdict | None:
        """The unweighted network that the others are compared with; None where it did not finish."""
        return self.verdict.baseline

    @cached_property
    def finished(self) -> tuple[Outcome, ...]:
        """All trials that finished, in the order planned; those of all folds of a cell and a seed are one."""
        return tuple(trial for trial in self.found.judged if trial.operating)

    def rows(self, cell: CellVerdict) -> list[int]:
        """Places of a cell's trials in ``finished``, and in ``test.scores``, seeds ascending."""
        own = [row for row, of in enumerate(self.finished) if (of.cell, of.weight_positive) == cell.key]
        return sorted(own, key=lambda row: self.finished[row].seed)

    def network(self, cell: CellVerdict) -> int:
        """Place in ``finished`` of the trial that a cell is judged by: of its seeds the one that ranks highest."""
        ranks = {row: of.rank for row in self.rows(cell) if (of := self.finished[row].operating)}
        return max(ranks, key=lambda row: ranks[row])

    @property
    def taken(self) -> Outcome | None:
        """The trial to use, of the recommended cell; None where none was kept as that."""
        return next((trial for trial in self.finished if trial.trial_id == self.found.best), None)

    @property
    def groups(self) -> "pd.Series[str]":
        """Name of each image's group by id; "" for an image that stands alone."""
        return self.images.set_index("id")["group"]

    @cached_property
    def test(self) -> Part:
        """Test as every trial scored the class that has a threshold, a row per trial of ``finished``.

        Raises:
            ValueError: no class has one.
        """
        if not self.every_class:
            return Part.of(self.tables(self.scores), "test", self.groups)
        if self.place is None or OWN not in self.scores:
            raise ValueError("no class has a threshold, and no scores of one class are kept")
        scores = self.scores.drop(columns="score").rename(columns={OWN: "score"}).assign(split="test")
        return Part.of(self.tables(scores), "test", self.groups, self.place)

    @cached_property
    def val(self) -> Part:
        """The images that chose the threshold, likewise, where there is a class to find."""
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

    def threshold(self, row: int) -> float:
        """The threshold of a trial of ``finished``; below 0 where the highest score decides."""
        operating = self.finished[row].operating
        assert operating is not None
        return operating.threshold

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The classes by their place, most images in train first; equals in the order of their labels."""
        return tuple(int(place) for place in np.argsort(-np.array(self.verdict.train), kind="stable"))
