"""Sweeps of known scores, which no training can give exactly, judged as any other."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from cpu_trial import cpu_trial
from scipy.special import expit, logit

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import BEHIND, Outcome, told_apart
from steelyard.models.handlings.index_stream import effective_priors
from steelyard.models.handlings.parse import resolve
from steelyard.models.handlings.registry import METHODS
from steelyard.models.handlings.weighing import weighted
from steelyard.models.metrics import metrics
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import Operating
from steelyard.models.report import wrong_images
from steelyard.models.report.dossier import About, Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import Subject
from steelyard.models.spec.trial import Compute, Embedding, Handling, Part, Partition, Recipe
from steelyard.models.verdict import corrected_scores
from steelyard.models.verdict.chosen import chosen
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words.verdict_sentences import worded

Scored = tuple[npt.NDArray[np.int64], npt.NDArray[np.floating]]

TRAIN = (800, 200)
SIZES = {"val": (40, 160), "test": (50, 170)}
CELLS = {"none": 0.0, "weights 0.8": 0.0, "upsample": 0.0}
CURVES = ("train/loss", "val/loss", "val/recall", "val/precision", "val/accuracy", "val/roc_auc")
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")

EMBEDDING = Embedding(
    backbone="lite0",
    weights="0123456789abcdef",
    size=224,
    fit=None,
    interpolation="bicubic",
    layers=(2, 3, 4),
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    views=2,
    folded=True,
    device="cpu",
    threads=2,
    precision="float32",
)


def scored_trial(
    cell: str,
    seed: int,
    val: Scored,
    test: Scored,
    objective: Objective,
    learned: float = 0.2,
    validate_on: Part = "val",
) -> ScoredTrial:
    """A trial that finished, from labels and scores of val and test; ``features · none`` is of that recipe."""
    trial = cpu_trial(
        partition=Partition(positive="dog", validate_on=validate_on),
        handling=handling(cell),
        seed=seed,
        recipe=Recipe(name=recipe(cell)),
    )
    scores = pd.concat([_rows("val", *val), _rows("test", *test)], ignore_index=True)
    point = Operating.choose(scores, objective)
    outcome = Outcome.of(trial, f"{cell}/{seed}", run_id="run", status="FINISHED", operating=point)
    return ScoredTrial(trial, outcome, scores, learned)


def judged(
    wish: str = "recall @ precision >= 0.5",
    cells: Mapping[str, float] = CELLS,
    seeds: Sequence[int] = (1, 2),
    noise: float = 0.5,
    scores: Callable[[str, str, int], Scored] | None = None,
    failed: Sequence[tuple[str, int]] = (),
    validate_on: Part = "val",
    positive: str = "dog",
    negative: str = "cat",
    ward: Callable[[int], str] | None = None,
    **asked: Any,
) -> Dossier:
    """A sweep with all that a report is made of.

    Args:
        wish: the objective.
        cells: what each adds to the log odds of positives, beside the prior that its loss saw.
        seeds: of every cell.
        noise: what each seed adds to the log odds, as a standard deviation.
        scores: labels and scores of a part, a cell and a seed, where they are not to be those of ``scored``.
        failed: cells and seeds that did not finish.
        validate_on: what chose the thresholds.
        positive: name of the class.
        negative: likewise.
        ward: the value of a slice for each image of test, by its number; None for no slices.
        asked: of the spec.
    """
    objective = Objective.parse(wish)
    given = scores or (lambda part, cell, seed: scored(part, cell, seed, cells[cell], noise))
    trials, outcomes = [], []
    planned = [(name, seed) for name in cells for seed in (seeds if seeded(name) else seeds[:1])]
    for cell, seed in planned:
        parts = given(validate_on, cell, seed), given("test", cell, seed)
        one = scored_trial(cell, seed, *parts, objective, effective_prior(cell), validate_on)
        if (cell, seed) in failed:
            outcomes.append(Outcome.of(one.trial, f"{cell}/{seed}", run_id="", status="FAILED", reason="out of memory"))
            continue
        seconds = 12.0 if recipe(cell) == "sound" else 0.4
        labels, found = parts[1]
        measured = metrics.summary(labels, np.column_stack([1 - found, found]))
        told = {"run_id": f"{len(trials):032}", "seconds": seconds, "test": measured}
        outcomes.append(one.outcome.model_copy(update=told))
        trials.append(one)
    outcomes = [*told_apart(outcomes)]
    finished = [outcome for outcome in outcomes if outcome.operating]
    trials = [replace(one, outcome=outcome) for one, outcome in zip(trials, finished, strict=True)]
    of = {"recipe": ",".join(dict.fromkeys(map(recipe, cells)))}
    spec = Sweep(**{"data": "folder:pets", "positive": positive, "objective": wish} | of | asked)
    return _dossier(trials, tuple(outcomes), objective, ward, _about(spec, negative, validate_on), spec)


def verdict_of(evidence: Evidence) -> Verdict:
    """Chosen, judged and put into words."""
    return worded(judge(evidence, chosen(evidence)))


def scored(part: str, cell: str, seed: int, lift: float, noise: float) -> Scored:
    """Images as hard for every network, at the prior that the loss of the cell saw."""
    labels = np.repeat(np.array([1, 0]), SIZES[part])
    signal = np.random.default_rng(len(part)).normal((1.5 + lift) * labels - 1, 1)
    moved = logit(np.clip(effective_prior(cell), 1e-6, 1 - 1e-6)) - logit(0.2)
    own = np.random.default_rng([seed, len(cell)]).standard_normal(len(labels))
    return labels, expit(signal + moved + noise * own)


def recipe(cell: str) -> str:
    """``features`` of ``features · none``; ``sound`` where it says nothing."""
    return cell.partition(BEHIND)[0] if BEHIND in cell else "sound"


def seeded(cell: str) -> bool:
    """Whether seeds change a cell."""
    return recipe(cell) != "features" or handling(cell).streamed


def handling(cell: str) -> Handling:
    """Of its name: ``none``, ``weights 0.8``, ``upsample``, ``focal:gamma=2``."""
    label = cell.rpartition(BEHIND)[2]
    if label.startswith("weights "):
        return weighted(float(label.partition(" ")[2]))
    name, _, options = label.partition(":")
    if name not in METHODS:  # Of weights by class, whatever the classes are called.
        return Handling(name=name, options=options)
    return resolve(label, TRAIN) if options else Handling(name=name, streamed=resolve(name, TRAIN).streamed)


def effective_prior(cell: str) -> float:
    """Share of positives that the loss of a cell sees, of a train of 800 and 200 images."""
    made, (negatives, positives) = handling(cell), TRAIN
    after = {"upsample": (negatives, negatives), "downsample": (positives, positives)}.get(made.name, TRAIN)
    return float(effective_priors(after, made)[1])


def _rows(part: str, labels: npt.NDArray[np.int64], scores: npt.NDArray[np.floating]) -> pd.DataFrame:
    ids = [f"{part}/{number:05}" for number in range(len(labels))]
    return pd.DataFrame({"split": part, "id": ids, "label": labels, "score": scores.astype(np.float32)})


def _dossier(
    trials: Sequence[ScoredTrial],
    outcomes: tuple[Outcome, ...],
    objective: Objective,
    ward: Callable[[int], str] | None,
    about: About,
    spec: Sweep,
) -> Dossier:
    evidence = Evidence(trials, objective, train=TRAIN)
    ids = evidence.test.ids
    table = pd.DataFrame({"ward": [ward(number) for number in range(len(ids))]} if ward else {}, index=ids)
    evidence = replace(evidence, slices=table)
    verdict = worded(judge(evidence, chosen(evidence)))
    rows = pd.concat([one.scores for one in trials]).drop_duplicates("id", keep="last")
    images = rows.rename(columns={"split": "part"})[["id", "part", "label"]].reset_index(drop=True)
    found = Dossier(
        found=Comparison.of(outcomes, "1", "5" * 32, "sqlite:///", "0" * 16, objective, verdict),
        spec=spec,
        about=about,
        images=images.assign(digest="pixels of " + images["id"], group=""),
        scores=corrected_scores.scores(evidence),
        curves=curves_of(trials),
        gallery=pd.DataFrame(),
    )
    return with_pictures(found)


def curves_of(trials: Sequence[ScoredTrial]) -> pd.DataFrame:
    """Three epochs of each, alike in all trials and metrics."""
    told = [(one.outcome.trial_id, epoch) for one in trials for epoch in (1, 2, 3)]
    return pd.DataFrame([{"trial_id": trial, "epoch": at} | dict.fromkeys(CURVES, 0.9 / at) for trial, at in told])


def with_pictures(found: Dossier) -> Dossier:
    """With a grey pixel for each of the worst faults."""
    worst = wrong_images.Decided.best(found).worst()
    return replace(found, gallery=worst.assign(note="", picture=[PIXEL] * len(worst), saliency=b""))


def _about(spec: Sweep, negative: str, validate_on: Part) -> About:
    first, *others = spec.trained_by()
    return About(
        name="night",
        started=datetime(2026, 1, 1, 3, 14, tzinfo=UTC),
        data=spec.data,
        subject=Subject(image_set="pets", content_hash="0" * 16, positive=spec.positive, negative=negative),
        partition=Partition(positive=spec.positive, validate_on=validate_on),
        counts={"train": TRAIN} | {part: (negatives, positives) for part, (positives, negatives) in SIZES.items()},
        image_set="1,420 images of 32 x 32",
        findings=("2 images have the same pixels",),
        recipe=first,
        other_recipes=tuple(others),
        embedding=EMBEDDING if spec.embeds else None,
        licence="Apache-2.0" if spec.embeds else "",
        compute=Compute(device="cpu", threads=1, precision="float32"),
        versions={"code_version": "1", "python": "3.13"},
    )
