"""Two sweeps of synthetic scores, of which the one or the other thing is not the same."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from steelyard.models.changes.pairing import Pairing
from steelyard.models.changes.what_changed import Changes
from steelyard.models.comparison.comparison import Comparison
from steelyard.models.objective import Objective
from steelyard.models.report.dossier import About, Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import Subject
from steelyard.models.spec.trial import Compute, Partition
from steelyard.models.verdict import corrected_scores
from steelyard.models.verdict.chosen import chosen
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.words import changes_sentences
from steelyard.models.words.verdict_sentences import worded

Make = Callable[..., ScoredTrial]

WANTED = "recall @ precision >= 0.5"
SIZES = {"val": (40, 160), "test": (60, 240)}
NOTHING = "Nothing changed: the same images in the same parts, the same spec and the same versions."


def part(name: str, cell: str, seed: int, lift: float, noise: float, sizes: tuple[int, int]) -> tuple[Any, Any]:
    """Images that are as hard for every network, a gain that all seeds share, and what each seed adds."""
    labels = np.repeat(np.array([1, 0]), sizes)
    signal = np.random.default_rng(len(name)).normal(1.5 * labels - 1, 1)
    own = np.random.default_rng([seed, len(cell), round(100 * abs(lift))]).standard_normal(len(labels))
    return labels, expit(signal + lift * labels + noise * own)


def dossier(
    scored_trial: Make,
    text: str = WANTED,
    cells: tuple[str, ...] = ("none", "weights 0.8"),
    seeds: tuple[int, ...] = (1, 2, 3),
    lifts: dict[str, float] | None = None,
    noise: float = 0.3,
    sizes: tuple[int, int] = SIZES["test"],
    code: str = "1",
    groups: bool = False,
    validate_on: str = "val",
    classes: tuple[str, str] = ("dog", "cat"),
    asked: dict[str, Any] | None = None,
) -> Dossier:
    """A sweep of synthetic scores, judged as any other; a lift or another code version makes other networks."""
    objective, lift = Objective.parse(text), lifts or {}
    trials = []
    for cell in cells:
        for seed in seeds:
            parts = {
                "val": part(validate_on, cell, seed, lift.get(cell, 0.0), noise, SIZES["val"]),
                "test": part("test", cell, seed, lift.get(cell, 0.0), noise, sizes),
            }
            if validate_on == "test":
                parts["val"] = parts["test"]
            one = scored_trial(cell, seed, parts["val"], parts["test"], objective, validate_on=validate_on)
            name = f"{cell}/{seed}/{lift.get(cell, 0.0)}/{code}/{noise}"
            trials.append(replace(one, outcome=one.outcome.model_copy(update={"trial_id": name})))
    ids = trials[0].scores["id"].drop_duplicates()
    grouped = pd.Series([f"patient {number % 40}" for number in range(len(ids))], index=ids) if groups else None
    evidence, outcomes = Evidence(trials, objective, groups=grouped), tuple(one.outcome for one in trials)
    verdict = worded(judge(evidence, chosen(evidence)))
    found = Comparison.of(outcomes, "1", "run", "sqlite:///", "0" * 16, objective, verdict)
    told = {"data": "folder:pets", "positive": classes[0], "objective": text, "recipe": "sound"}
    spec = Sweep(**told | (asked or {}))
    return Dossier(
        found=found,
        spec=spec,
        about=about(spec, classes, code, "0" * 16),
        images=images(trials[0].scores, grouped),
        scores=corrected_scores.scores(evidence),
        curves=pd.DataFrame(),
        gallery=pd.DataFrame(),
    )


def about(spec: Sweep, classes: tuple[str, str], code: str, content_hash: str, source: str = "pets") -> About:
    positive, negative = classes
    return About(
        name="night",
        started=datetime(2026, 1, 1, tzinfo=UTC),
        data=spec.data,
        subject=Subject(image_set=source, content_hash=content_hash, positive=positive, negative=negative),
        partition=Partition(positive=positive),
        counts={},
        image_set="",
        findings=(),
        recipe=spec.trained_by()[0],
        compute=Compute(device="cpu", threads=1, precision="float32"),
        versions={"code_version": code, "python": "3.13", "torch": "2.11", "numpy": "2.4"},
    )


def images(scores: pd.DataFrame, groups: "pd.Series[str] | None" = None) -> pd.DataFrame:
    """Val and test as they were scored, and a train beside them."""
    used = scores.drop_duplicates("id").rename(columns={"split": "part"})[["id", "part", "label"]]
    train = pd.DataFrame(
        {"id": [f"train/{number}" for number in range(50)], "part": "train", "label": [1, 0, 0, 0, 0] * 10}
    )
    found = pd.concat([train, used], ignore_index=True)
    named = ["" if groups is None else groups.get(name, "") for name in found["id"]]
    return found.assign(digest="pixels of " + found["id"], group=named)


def of_images(base: Dossier, rows: list[tuple[str, str, int, str]]) -> Dossier:
    """The same with other images of train and val."""
    test = base.images[base.images["part"] == "test"]
    others = pd.DataFrame(rows, columns=["id", "part", "label", "digest"]).assign(group="")
    return replace(base, images=pd.concat([others, test], ignore_index=True))


def with_about(base: Dossier, **update: Any) -> Dossier:
    return replace(base, about=base.about.model_copy(update=update))


def changes(earlier: Dossier, later: Dossier) -> Changes:
    return changes_sentences.worded(Pairing(earlier, later))


def words(found: Changes) -> str:
    return " ".join([*found.answer, *found.data])
