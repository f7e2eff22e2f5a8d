"""Trials of several folds, of known scores or of heads that are trained on known features."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from cpu_trial import cpu_trial
from heads import Features, basis_of

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.data.partition import Parts, take_turns
from steelyard.models.handlings.parse import resolve
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import TWO, Operating
from steelyard.models.spec.recipes import RECIPES
from steelyard.models.spec.trial import Partition
from steelyard.models.train import trainer
from steelyard.models.train.head import Head, solved
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.pooled import pooled
from steelyard.models.verdict.scored_trials import ScoredTrial

Labels = npt.NDArray[np.int64]
Scores = npt.NDArray[np.floating]

FOLDS = 5


def table_of(labels: Labels, groups: Sequence[str] = ()) -> pd.DataFrame:
    """An image set of cats (0) and dogs (1) without parts of its own, no two images alike."""
    ids = [f"{number:05}" for number in range(len(labels))]
    return pd.DataFrame({"id": ids, "label": labels, "split": "", "group": list(groups) or "", "digest": ids})


def turns_of(table: pd.DataFrame, folds: int = FOLDS, **asked: float) -> dict[int, Parts]:
    """Of cats and dogs, dogs to be found."""
    spec = Partition(positive="dog", folds=folds, **asked)  # type: ignore[arg-type]
    return dict(take_turns(table, ("cat", "dog"), spec))


def scored(
    parts: Parts,
    turn: int,
    scores: Scores,
    objective: Objective,
    cell: str = "none",
    seed: int = 1,
    groups: "pd.Series[str] | None" = None,
) -> ScoredTrial:
    """A trial of one fold, whose network gives each image (N,) a score."""
    rows = {"val": parts.val, "test": parts.test}
    tables = [
        pd.DataFrame({"split": part, "id": [f"{row:05}" for row in of], "label": parts.labels[of], "score": scores[of]})
        for part, of in rows.items()
    ]
    table = pd.concat(tables, ignore_index=True).astype({"score": np.float32})
    trial = cpu_trial(
        partition=Partition(positive="dog", folds=FOLDS),
        handling=resolve(cell, (8, 2)),
        seed=seed,
        recipe=RECIPES["features"],
        fold=turn,
    )
    told = {"train": {"loss": 0.1 * turn}, "val": {"loss": 0.2 * turn}, "test": {"loss": 0.3 * turn}}
    point = Operating.choose(table, objective, groups=groups)
    name = f"{cell}/{seed}/{turn}"
    return ScoredTrial(trial, Outcome.of(trial, name, run_id=name, status="FINISHED", operating=point, **told), table)


def together(
    trials: Sequence[ScoredTrial], objective: Objective, groups: "pd.Series[str] | None" = None
) -> tuple[tuple[Outcome, ...], list[ScoredTrial]]:
    """The trials of all folds as one."""
    return pooled([trial.outcome for trial in trials], trials, objective, TWO, groups)


def evidence(table: pd.DataFrame, trials: Sequence[ScoredTrial], objective: Objective) -> Evidence:
    """Of the trials of all folds."""
    groups = table.set_index("id")["group"]
    return Evidence(together(trials, objective)[1], objective, groups=groups)


def head_scores(features: Features, labels: Labels, train: Labels, strength: float) -> Scores:
    """(N,) probability of a dog, of a head that is solved on some images."""
    head = Head(basis_of(features, train, labels), 2, strength)
    list(solved(head, resolve("none", (1, 1))))
    return trainer.probabilities(head(torch.from_numpy(features)).detach())[:, 1]
