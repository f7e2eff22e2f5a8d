"""What became of the trials of a sweep."""

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field

from steelyard.models import metrics
from steelyard.models.cell_name import BASELINE, named
from steelyard.models.objective import Objective, rates
from steelyard.models.statistics.shares import IntervalName, share_interval
from steelyard.models.trial import Frozen, Trial

AT_A_POINT = ("recall", "precision", "accuracy", "f1")


class Operating(Frozen):
    """An operating point: chosen on val, reported on test.

    Attributes:
        threshold: on the scale of ``scores.parquet``.
        feasible: whether val meets the objective's constraint there.
        objective: value of the optimised metric on val, at the objective's prevalence where it states one; cost is per
            image, average precision that of the whole curve.
        rank: higher is better.
        val: recall, precision, accuracy, f1 at the threshold, as counted; with precision_at_prevalence where the
            objective states a prevalence.
        test: likewise.
        intervals: 95 % intervals of test's recall, precision and accuracy, over other images alone.
    """

    threshold: float
    feasible: bool
    objective: float
    rank: float
    val: dict[str, float]
    test: dict[str, float]
    intervals: dict[str, tuple[float, float]] = Field(default_factory=dict)

    @classmethod
    def choose(cls, scores: pd.DataFrame, objective: Objective, interval: IntervalName = "wilson") -> Self:
        """Pick the threshold on val and apply it to test.

        Args:
            scores: columns split, label and score, as a trial writes them.
            objective: what the threshold is for.
            interval: of shares.
        """
        parts = {
            str(part): (table["label"].to_numpy(np.int64), table["score"].to_numpy(np.float32))
            for part, table in scores.groupby("split")
        }
        choice = objective.choose(*parts["val"], fallback=metrics.ARGMAX)
        val, test = (_at(*parts[part], choice.threshold, objective.prevalence) for part in ("val", "test"))
        return cls(
            threshold=choice.threshold,
            feasible=choice.feasible,
            objective=choice.value,
            rank=choice.rank,
            val=val,
            test=test,
            intervals=_intervals(*parts["test"], choice.threshold, interval),
        )

    def flat(self) -> dict[str, float]:
        """The metrics ``operating/...`` of a run."""
        named = {"threshold": self.threshold, "feasible": float(self.feasible)}
        named |= {"objective": self.objective, "rank": self.rank}
        for part, at in (("val", self.val), ("test", self.test)):
            named |= {f"{part}/{name}": value for name, value in at.items()}
        return {f"operating/{name}": value for name, value in named.items()}


class Outcome(Frozen):
    """One trial's row of the comparison.

    Attributes:
        trial_id: hash of image set, spec and code version.
        run_id: its MLflow run in this sweep; "" if it never began.
        cell: what the handling is called, with its weight; ``told_apart`` puts the recipe before it where there are
            several.
        handling: as in MLflow's parameter of that name.
        weight_positive: 0.5 where there are no weights, or more classes than two.
        seed: of the trial.
        recipe: name of the recipe.
        status: ``FINISHED`` or ``FAILED``.
        reason: why it failed; "" otherwise.
        reused_from: run whose training this shows; "" if it was trained now.
        flags: what the collapse guard found, in words.
        seconds: of training and scoring val, all epochs; 0 for a failed trial.
        train: metrics at argmax as drawn in the last epoch; empty for a failed trial.
        val: metrics at argmax after the last epoch; likewise.
        test: likewise.
        operating: the operating point; None for a failed trial.
        every_class: whether every class counts, and none is the one to find.
        classes: class -> recall, precision and F1 on test at the operating point, where every class counts.
        seeded: whether another seed would give another network; else this one stands for every seed.
    """

    trial_id: str
    run_id: str
    cell: str
    handling: str
    weight_positive: float
    seed: int
    recipe: str
    status: Literal["FINISHED", "FAILED"]
    reason: str = ""
    reused_from: str = ""
    flags: tuple[str, ...] = ()
    seconds: float = 0.0
    train: dict[str, float] = Field(default_factory=dict)
    val: dict[str, float] = Field(default_factory=dict)
    test: dict[str, float] = Field(default_factory=dict)
    operating: Operating | None = None
    every_class: bool = False
    classes: dict[str, dict[str, float]] = Field(default_factory=dict)
    seeded: bool = True

    @property
    def is_baseline(self) -> bool:
        """Whether nothing is done about the imbalance."""
        return self.handling == BASELINE

    @property
    def of_seed(self) -> str:
        """Behind the name of its cell: `` · seed 1``; nothing where it stands for every seed."""
        return f" · seed {self.seed}" if self.seeded else ""

    @classmethod
    def of(cls, trial: Trial, trial_id: str, **what: Any) -> Self:
        """The row of a trial; ``what`` are the fields that its spec does not give."""
        handling = trial.handling
        return cls(
            trial_id=trial_id,
            cell=handling.label,
            handling=handling.name,
            weight_positive=handling.class_weights[1] if handling.classes == 2 else 0.5,
            seed=trial.seed,
            recipe=trial.recipe.name,
            every_class=trial.partition.every_class,
            seeded=trial.seeded,
            **what,
        )


def told_apart(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """The trials of a sweep, their cells named by recipe too where it has several.

    Args:
        outcomes: as ``Outcome.of`` gives them.
    """
    several = len({outcome.recipe for outcome in outcomes}) > 1
    return tuple(
        outcome.model_copy(update={"cell": named(outcome.cell, outcome.recipe, several)}) for outcome in outcomes
    )


def _at(labels: metrics.Labels, scores: metrics.Scores, threshold: float, prevalence: float | None) -> dict[str, float]:
    counted = rates(labels, scores, np.array([threshold]))
    at = {name: float(getattr(counted, name)[0]) for name in AT_A_POINT}
    return at if prevalence is None else at | {"precision_at_prevalence": float(counted.at(prevalence).precision[0])}


def _intervals(
    labels: metrics.Labels, scores: metrics.Scores, threshold: float, interval: IntervalName
) -> dict[str, tuple[float, float]]:
    called, positive = scores.astype(np.float64) >= threshold, labels == 1
    images = {"recall": positive, "precision": called, "accuracy": np.ones_like(positive)}
    right = called == positive
    return {
        name: share_interval(float(right[among].mean()) if among.any() else 0.0, int(among.sum()), interval)
        for name, among in images.items()
    }
