"""Pick a trial's operating point on val and report it on test."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from steelyard.models.comparison import short_metrics
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import Operating, PerClass, per_class
from steelyard.models.objective.threshold_choice import threshold_class
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import Shared
from steelyard.models.words import phrases
from steelyard.tasks import progress, trial_identity
from steelyard.tasks.images import image_sets
from steelyard.tasks.progress import TrialNews
from steelyard.tasks.report import confusion_matrix
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import class_metrics, run_files, store, sweeps, trials
from steelyard.tasks.train import Trained

Metrics = dict[str, float]


@task(name="evaluate", cache_policy=NO_CACHE, task_run_name="evaluate {trained.trial.name}")
def evaluate(trained: Trained, spec: Sweep, shared: Shared, settings: Settings) -> Outcome:
    """Choose the threshold from val's scores, apply it to test's, and finish the trial's run.

    Returns:
        The trial's row of the comparison.
    """
    client = store.client(settings.tracking_uri)
    with trials.closing(client, trained.run_id), progress.failing(trained.trial, trained.run_id):
        flags = tuple(json.loads((trained.files / "flags.json").read_text()))
        picture = trained.files / "confusion_matrix.png"
        operating, classes, metrics = _measure(trained, spec, shared, picture)
        trials.log_once(client, trained.run_id, metrics)
        run_files.put(client, trained.run_id, picture)
        trials.flag(client, trained.run_id, flags)
        sweeps.finish(client, trained.run_id, "FINISHED")
    progress.tell(_news(trained, operating, spec.objective))
    return Outcome.of(
        trained.trial,
        trial_identity.trial_id(trained.trial),
        run_id=trained.run_id,
        status="FINISHED",
        reused_from=trained.reused_from,
        operating=operating,
        classes=classes,
        flags=flags,
        **_at_argmax(trained.metrics),
    )


def _measure(trained: Trained, spec: Sweep, shared: Shared, picture: Path) -> tuple[Operating, PerClass, Metrics]:
    """The operating point, metrics of each class there where every class counts, and what the run lacks; drawn too."""
    scores = pd.read_parquet(trained.files / "scores.parquet")
    objective, subject = spec.wanted, shared.subject
    names, groups = subject.class_names, image_sets.load(shared.image_set).table.set_index("id")["group"]
    operating, roc_auc = Operating.choose(scores, objective, names, groups), trained.metrics["test/roc_auc"]
    test, place = scores[scores["split"] == "test"], threshold_class(objective, names)
    confusion_matrix.draw(test, operating.threshold, place, subject.read, picture)
    if not subject.classes:
        return operating, {}, operating.flat() | short_metrics.of_trial(operating, {}, objective, roc_auc)
    classes = per_class(test, names, operating.threshold, place)
    metrics = operating.flat() | short_metrics.of_trial(operating, classes, objective, roc_auc)
    metrics |= class_metrics.flat("operating/class", classes)
    if not trained.reused_from:  # A run that is reused comes with those at argmax.
        metrics |= class_metrics.flat("class", per_class(test, names))
    return operating, classes, metrics


def _at_argmax(metrics: Metrics) -> dict[str, Any]:
    parts = {
        part: {key.removeprefix(f"{part}/"): value for key, value in metrics.items() if key.startswith(f"{part}/")}
        for part in ("train", "val", "test")
    }
    return parts | {"seconds": metrics["speed/seconds"]}


def _news(trained: Trained, operating: Operating, objective: str) -> TrialNews:
    trial = trained.trial
    state = "reused" if trained.reused_from else "finished"
    if trial.fold:
        area = trained.metrics["test/roc_auc"]
        return TrialNews(trial, state, trial.budget, phrases.by_area(area), area, trained.run_id, area)
    value = operating.objective if operating.feasible else None
    detail = phrases.on_val(Objective.parse(objective), value)
    return TrialNews(trial, state, trial.budget, detail, operating.rank, trained.run_id, value)
