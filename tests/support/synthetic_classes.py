"""Sweeps over K classes of known scores, which no training can give exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from cpu_trial import cpu_trial
from synthetic import handling, seeded

from steelyard.models.comparison.outcome import BEHIND, Outcome, named, told_apart
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import Operating
from steelyard.models.objective.threshold_choice import choose
from steelyard.models.spec.trial import Handling, Part, Partition, Recipe
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import ScoredTrial

NAMES = ("ant", "bee", "cat", "dog")
TRAIN = (1000, 300, 100, 30)
SIZES = (30, 30, 30, 30)
OPTIONS = {"logit_adjusted": "tau=1", "deferred": "after=0.8:by=weights"}
ORDER = {"logit_adjusted": 1.5, "deferred": 1.0, "none": 0.0, "balanced": -0.5}
"""What each handling adds to the log odds of the classes that are rare in train."""

Scores = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int64]


def trial(
    name: str, seed: int, labels: Labels, scores: Scores, objective: Objective, names: tuple[str, ...]
) -> ScoredTrial:
    """One that finished: the same images are val and test, under other names; ``features · none`` is of that recipe."""
    recipe, _, method = name.rpartition(BEHIND)
    made = Handling(name=method, options=OPTIONS.get(method, ""), streamed=handling(method).streamed)
    return finished(made, seed, labels, scores, objective, names, recipe=recipe or "sound")


def finished(
    handling: Handling,
    seed: int,
    labels: Labels,
    scores: Scores,
    objective: Objective,
    names: tuple[str, ...],
    validate_on: Part = "val",
    recipe: str = "sound",
) -> ScoredTrial:
    """As ``trial``, of any handling and recipe."""
    choice = choose(objective, labels, scores, names)
    point = Operating(
        threshold=choice.threshold, feasible=choice.certified, objective=choice.value, rank=choice.rank, val={}, test={}
    )
    made = cpu_trial(
        partition=Partition(positive="", validate_on=validate_on),
        handling=handling,
        seed=seed,
        recipe=Recipe(name=recipe),
    )
    trial_id = f"{named(handling.label, recipe, recipe != 'sound')}/{seed}"
    outcome = Outcome.of(made, trial_id, run_id="run", status="FINISHED", operating=point)
    return ScoredTrial(made, outcome, table(labels, scores))


def table(labels: Labels, scores: Scores) -> pd.DataFrame:
    """Scores as a trial keeps them, (n, K)."""
    columns = {f"score_{of}": scores[:, of].astype(np.float32) for of in range(scores.shape[1])}
    ids = [f"{number:06}" for number in range(len(labels))]
    parts = [pd.DataFrame({"split": part, "id": ids, "label": labels} | columns) for part in ("val", "test")]
    return pd.concat(
        [parts[0].assign(id=[f"val/{name}" for name in ids]), parts[1].sample(frac=1, random_state=len(labels))],
        ignore_index=True,
    )


def scored(labels: Labels, classes: int, seed: int, lift: float, noise: float = 0.7) -> Scores:
    """(n, K) probabilities: images as hard for every network, and what each class gains by a lift of the rarer."""
    size = len(labels)
    logits = 2.2 * np.eye(classes)[labels] + np.random.default_rng(0).standard_normal((size, classes))
    logits += noise * np.random.default_rng([1, seed, int(10 * abs(lift))]).standard_normal((size, classes))
    logits += (lift - 1.5) * np.arange(classes) / max(1, classes - 1)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def sweep(
    cells: Mapping[str, float] = ORDER,
    seeds: Sequence[int] = (1, 2, 3),
    sizes: Sequence[int] = SIZES,
    names: tuple[str, ...] = NAMES,
    train: tuple[int, ...] = TRAIN,
    wish: str = "balanced_accuracy",
    groups: "pd.Series[str] | None" = None,
) -> Evidence:
    """What a sweep of some handlings found."""
    labels, objective = np.repeat(np.arange(len(sizes)), sizes), Objective.parse(wish)
    trials = [
        trial(cell, seed, labels, scored(labels, len(sizes), seed, lift), objective, names)
        for cell, lift in cells.items()
        for seed in (seeds if seeded(cell) else seeds[:1])
    ]
    apart = told_apart([one.outcome for one in trials])
    trials = [replace(one, outcome=outcome) for one, outcome in zip(trials, apart, strict=True)]
    return Evidence(trials, objective, groups=groups, classes=names, train=train)
