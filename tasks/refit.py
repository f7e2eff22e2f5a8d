"""The model to use where folds took turns: the best cell's, trained once more on all images."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

from steelyard.models.comparison import short_metrics
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.data.partition import divide
from steelyard.models.objective import Objective
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import BASELINE, FEATURES, Trial
from steelyard.tasks import beside, index_plans, parting, progress, trial_identity
from steelyard.tasks.images import image_sets
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import reuse, run_files, store, sweeps, trials
from steelyard.tasks.tracking.reuse import SourceGone
from steelyard.tasks.tracking.sweeps import SweepRun
from steelyard.tasks.train import keep_files
from steelyard.tasks.workers import runner
from steelyard.tasks.workers.trial_process import Finished

logger = logging.getLogger(__name__)

ROLE = "final"
"""Of its run, which stands beside the trials in MLflow's list."""


@dataclass(frozen=True)
class Refitted:
    """Its run in MLflow, and the folder with what that keeps."""

    run_id: str
    files: Path


def refit(best: Outcome, objective: Objective, plan: SweepPlan, sweep: SweepRun, settings: Settings) -> Refitted:
    """Train the best cell's network on all images, thinned as each fold's train was, and log it to a run of its own.

    What the run says of its operating point is what the folds said: the threshold is that of all their scores on val.

    Raises:
        TrialFailed: it raised, or its process died; its run is FAILED.
    """
    trial = _on_all(next(trial for trial in plan.trials if trial_identity.trial_id(trial) == best.trial_id))
    client, trial_id = store.client(settings.tracking_uri), trial_identity.trial_id(trial)
    run_id = trials.start(client, sweep, trial, trial_id, ROLE)
    with trials.closing(client, run_id):
        source = None if settings.force else reuse.find(client, trial_id, ROLE)
        files = (source and _reused(source, run_id, plan, settings)) or _fitted(trial, run_id, plan, settings)
        assert best.operating is not None
        point = best.operating.flat() | short_metrics.of_trial(best.operating, best.classes, objective)
        trials.log_once(client, run_id, point)
        sweeps.finish(client, run_id, "FINISHED")
    return Refitted(run_id, files)


def ahead(plan: SweepPlan, settings: Settings) -> None:
    """Train beside the trials what is used unless val shows a handling to be better: the unweighted head."""
    heads = (trial for trial in plan.trials if trial.fold and trial.recipe.name == FEATURES)
    baseline = next((trial for trial in heads if trial.handling.label == BASELINE), None)
    if baseline:
        trial = _on_all(baseline)
        beside.begin(plan.shared.folder, _key(trial), _unless_reused, trial, baseline, plan, settings)


def _on_all(trial: Trial) -> Trial:
    """The same whose train is all images."""
    return trial.model_copy(update={"fold": 0})


def _key(trial: Trial) -> str:
    return f"{ROLE} {trial_identity.trial_id(trial)}"


def _unless_reused(trial: Trial, baseline: Trial, plan: SweepPlan, settings: Settings) -> Finished | None:
    """Where the baseline need not be trained, that on all images need not either, or is not what is used."""
    if not settings.force and reuse.find(store.client(settings.tracking_uri), trial_identity.trial_id(baseline)):
        return None
    return _trained(trial, plan, settings)


def _reused(source: str, run_id: str, plan: SweepPlan, settings: Settings) -> Path | None:
    """Its files from a finished run; None if they are gone."""
    client = store.client(settings.tracking_uri)
    try:
        return reuse.copy(client, source, run_id, plan.shared.folder / run_id / "reused", ()).files
    except SourceGone as gone:
        logger.warning("%s; it is trained again", gone)
        return None


def _fitted(trial: Trial, run_id: str, plan: SweepPlan, settings: Settings) -> Path:
    shared, files = plan.shared, _files(trial, plan)
    finished = _trained_ahead(trial, plan)
    if finished is None:
        progress.tell(progress.Doing("training the model to use"))
        finished = _trained(trial, plan, settings)
    (files / run_files.SCORES).unlink()
    (shared.folder / run_id).mkdir(exist_ok=True)
    client, seconds = store.client(settings.tracking_uri), {"speed/seconds": finished.metrics["speed/seconds"]}
    trials.log_once(client, run_id, seconds, trial_identity.versions() | finished.params)
    keep_files(trial, run_id, shared, settings, files)
    return files


def _trained_ahead(trial: Trial, plan: SweepPlan) -> Finished | None:
    """None where it was not, or to no end: then it is tried again."""
    try:
        finished: Finished | None = beside.done(plan.shared.folder, _key(trial))
    except KeyError:
        return None
    except Exception as error:  # noqa: BLE001
        logger.info("the model to use is trained again: %s", error)
        return None
    return finished


def _trained(trial: Trial, plan: SweepPlan, settings: Settings) -> Finished:
    shared, files = plan.shared, _files(trial, plan)
    files.mkdir(parents=True, exist_ok=True)
    images = image_sets.load(shared.image_set)
    parts = divide(images.table, images.class_names, plan.partition)
    if plan.partition.drop_suspects and shared.features:
        parts = parting.without_suspects(parts, shared.image_set, shared.features)
    logger.info("training %s on %s images, without a fold", trial.name, f"{len(parts.train):,}")
    # It is judged on nothing: where a process wants images to score, it gets those that it learned from.
    parts = replace(parts, val=parts.train, test=parts.train)
    index_plans.write(shared.folder, {0: parts}, (trial,), images.table["group"].to_numpy())
    return runner.fit(trial, shared, shared.folder, files, settings)


def _files(trial: Trial, plan: SweepPlan) -> Path:
    return plan.shared.folder / ROLE / trial_identity.trial_id(trial)
