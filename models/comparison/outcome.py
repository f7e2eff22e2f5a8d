"""What became of the trials of a sweep, and what their cells are called."""

from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import Field

from steelyard.models.objective.operating_point import Operating
from steelyard.models.spec.trial import BASELINE, Frozen, Trial

BEHIND = " · "
"""Between a recipe and a handling."""


class CellName(Frozen):
    """What tells a cell from the others of its sweep: two weights may share a name.

    Attributes:
        cell: its handling, with its weight; behind its recipe, ``features · none``, where a sweep has several.
        weight_positive: 0.5 where there are no weights, or more classes than two.
        recipe: name of the recipe.
    """

    cell: str
    weight_positive: float
    recipe: str = ""

    @property
    def key(self) -> tuple[str, float]:
        """What tells it from the others."""
        return self.cell, self.weight_positive

    @property
    def label(self) -> str:
        """What its handling is called."""
        return self.cell.removeprefix(f"{self.recipe}{BEHIND}")

    @property
    def is_baseline(self) -> bool:
        """Whether nothing is done about the imbalance."""
        return self.label == BASELINE


def named(label: str, recipe: str, several: bool) -> str:
    """The name of a cell, by the label of its handling, and by its recipe where the sweep has several."""
    return f"{recipe}{BEHIND}{label}" if several else label


def cell_of(trial: Trial) -> CellName:
    """The cell of a trial, in a sweep of its recipe alone."""
    handling = trial.handling
    weight = handling.class_weights[1] if handling.classes == 2 else 0.5
    return CellName(cell=handling.label, weight_positive=weight, recipe=trial.recipe.name)


class Outcome(CellName):
    """One trial's row of the comparison; its cell is named with the recipe where a sweep has several.

    Attributes:
        trial_id: hash of image set, spec and code version.
        reused_from: run whose training this shows; "" if it was trained now.
        flags: what the collapse guard found, in words.
        seconds: of training and scoring val, all epochs; 0 for a failed trial.
        train: metrics at argmax in the last epoch, as ``val`` and ``test`` after it; empty for a failed trial.
        classes: class -> recall, precision and F1 on test at the operating point, where every class counts.
        seeded: whether another seed would give another network; else this one stands for every seed.
        fold: that was held out, from 1 on; 0 where there is one split, or for the trials of all folds together.
        of_folds: trial_id of each fold's trial, in their order, where this stands for all of them together.
    """

    trial_id: str
    run_id: str
    handling: str
    seed: int
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
    fold: int = 0
    of_folds: tuple[str, ...] = ()

    @property
    def apart(self) -> str:
        """Behind the name of its cell, what tells it from the cell's other trials: `` · fold 2 · seed 1``."""
        return f" · fold {self.fold}" * bool(self.fold) + f" · seed {self.seed}" * self.seeded

    @classmethod
    def of(cls, trial: Trial, trial_id: str, **what: Any) -> Self:
        """The row of a trial; ``what`` are the fields that its spec does not give."""
        return cls(
            trial_id=trial_id,
            **cell_of(trial).model_dump(),
            handling=trial.handling.name,
            seed=trial.seed,
            every_class=trial.partition.every_class,
            seeded=trial.seeded,
            fold=trial.fold,
            **what,
        )


def told_apart(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """The trials of a sweep, their cells named by recipe too where it has several."""
    several = len({of.recipe for of in outcomes}) > 1
    return tuple(of.model_copy(update={"cell": named(of.cell, of.recipe, several)}) for of in outcomes)
