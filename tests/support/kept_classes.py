"""Sweeps over K classes of known scores, with all that a report is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import synthetic_classes
from synthetic import EMBEDDING, curves_of, with_pictures

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.metrics.metrics import summary
from steelyard.models.objective.operating_point import Operating, matrix, per_class
from steelyard.models.objective.threshold_choice import threshold_class
from steelyard.models.report import wrong_images
from steelyard.models.report.dossier import About, Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import Subject
from steelyard.models.spec.trial import Compute, Partition
from steelyard.models.verdict.chosen import chosen
from steelyard.models.verdict.judge import judge
from steelyard.models.words.verdict_sentences import worded


def kept(
    cells: Mapping[str, float] = synthetic_classes.ORDER,
    seeds: Sequence[int] = (1, 2),
    names: tuple[str, ...] = synthetic_classes.NAMES,
    train: tuple[int, ...] = synthetic_classes.TRAIN,
    sizes: Sequence[int] = synthetic_classes.SIZES,
    wish: str = "balanced_accuracy",
    failed: Sequence[tuple[str, int]] = (),
    data: str = "folder:pets",
    **asked: Any,
) -> Dossier:
    """A sweep with all that a report is made of.

    Args:
        cells: what each handling adds to the log odds of the rarer classes.
        seeds: of every cell.
        names: of the classes.
        train: images of each in train.
        sizes: images of each in val and in test.
        wish: the objective.
        failed: cells and seeds that did not finish.
        data: the source.
        asked: of the spec.
    """
    made = synthetic_classes.sweep(cells, seeds, sizes, names, train, wish)
    outcomes, trials = [], []
    for one in made.trials:
        if (one.trial.handling.name, one.trial.seed) in failed:
            lost = one.outcome.model_copy(update={"status": "FAILED", "reason": "out of memory", "operating": None})
            outcomes.append(lost)
            continue
        told = _told(one.scores, one.outcome, made.objective, names)
        outcomes.append(told)
        trials.append(replace(one, outcome=told))
    evidence = replace(made, trials=trials)
    verdict = worded(judge(evidence, chosen(evidence)))
    rows = trials[0].scores.rename(columns={"split": "part"})[["id", "part", "label"]]
    recipes = ",".join(dict.fromkeys(one.outcome.recipe for one in trials))
    spec = Sweep(**{"data": data, "objective": wish, "recipe": recipes} | asked)
    found = Dossier(
        found=Comparison.of(tuple(outcomes), "1", "5" * 32, "sqlite:///", "0" * 16, made.objective, verdict),
        spec=spec,
        about=_about(spec, names, train, tuple(sizes)),
        images=rows.assign(digest="pixels of " + rows["id"], group=""),
        curves=curves_of(trials),
        gallery=pd.DataFrame(),
        scores=pd.concat(
            [
                wrong_images.decisions(
                    one.scores, one.operating.threshold, threshold_class(made.objective, names)
                ).assign(trial_id=one.outcome.trial_id)
                for one in trials
            ]
        ),
    )
    return with_pictures(found)


def _told(scores: pd.DataFrame, outcome: Outcome, objective: Any, names: tuple[str, ...]) -> Outcome:
    point = Operating.choose(scores, objective, class_names=names)
    test = scores[scores["split"] == "test"]
    return outcome.model_copy(
        update={
            "operating": point,
            "run_id": "1" * 32,
            "seconds": 12.0,
            "test": summary(test["label"].to_numpy(), matrix(test)),
            "classes": per_class(test, names, point.threshold, threshold_class(objective, names)),
        }
    )


def _about(spec: Sweep, names: tuple[str, ...], train: tuple[int, ...], sizes: tuple[int, ...]) -> About:
    first, *others = spec.trained_by()
    return About(
        name="night",
        started=datetime(2026, 1, 1, 3, 14, tzinfo=UTC),
        data=spec.data,
        subject=Subject(image_set="pets", content_hash="0" * 16, classes=names),
        partition=Partition(positive=""),
        counts={"train": train, "val": sizes, "test": sizes},
        image_set="1,550 images of 32 x 32",
        findings=("2 images have the same pixels",),
        recipe=first,
        other_recipes=tuple(others),
        embedding=EMBEDDING if spec.embeds else None,
        licence="Apache-2.0" if spec.embeds else "",
        compute=Compute(device="cpu", threads=1, precision="float32"),
        versions={"code_version": "1", "python": "3.13"},
    )
