"""Fit one trial and log it to a run of its own."""

import json
import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from steelyard.models.spec.sweep_plan import Shared
from steelyard.models.spec.trial import Trial
from steelyard.models.train.trainer import Epoch, arguments
from steelyard.tasks import checkpoints, index_plans, progress, trial_identity
from steelyard.tasks.images.image_sets import load, read_manifest
from steelyard.tasks.progress import TrialNews
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import curves, heads, logged_model, reuse, run_files, saved_model, store, trials
from steelyard.tasks.tracking.epoch_log import EpochLog
from steelyard.tasks.tracking.heads import AboutHead
from steelyard.tasks.tracking.reuse import SourceGone
from steelyard.tasks.tracking.sweeps import SweepRun
from steelyard.tasks.workers import runner
from steelyard.tasks.workers.trial_process import WEIGHTS

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trained:
    """A trial whose scores are there.

    Attributes:
        trial: what was trained.
        run_id: its MLflow run, RUNNING, with everything logged but the operating point.
        files: folder with ``scores.parquet``.
        metrics: of its run, each at its last epoch.
        reused_from: run it was copied from; "" if it was trained now.
    """

    trial: Trial
    run_id: str
    files: Path
    metrics: dict[str, float]
    reused_from: str = ""


@task(name="train", cache_policy=NO_CACHE, task_run_name="train {trial.name}")
def train(trial: Trial, shared: Shared, sweep: SweepRun, data: str, settings: Settings) -> Trained:
    """Fit one trial in a process apart and log its epochs to MLflow as they come.

    What is in ``trial`` can change a metric, and nothing in ``settings`` can; ``data`` is the source as it was named.

    Raises:
        TrialFailed: the trial raised or its process died; its run is FAILED, and no other trial is touched.
    """
    client, trial_id = store.client(settings.tracking_uri), trial_identity.trial_id(trial)
    with progress.failing(trial):
        run_id = trials.start(client, sweep, trial, trial_id)
    with trials.closing(client, run_id), progress.failing(trial, run_id):
        progress.tell(TrialNews(trial, "running", 0, run_id=run_id))
        trials.log_dataset(client, run_id, shared.subject.image_set, trial.image_set, data)
        source = None if settings.force else reuse.find(client, trial_id)
        if source and (reused := _reuse(trial, source, run_id, shared, settings)):
            return reused
        return _fit(trial, run_id, shared, settings)


def _reuse(trial: Trial, source: str, run_id: str, shared: Shared, settings: Settings) -> Trained | None:
    """The trial's results from a finished run, or None if its files are gone."""
    client = store.client(settings.tracking_uri)
    try:
        # Apart from where training writes: what a failed copy leaves must not be taken for its result.
        reused = reuse.copy(client, source, run_id, shared.folder / run_id / "reused")
    except SourceGone as gone:
        logger.warning("%s; %s is trained again", gone, trial.name)
        return None
    logger.info("%s: reused from run %s", trial.name, source)
    curves.keep(shared.folder, run_id, reused.epochs)
    return Trained(trial, run_id, reused.files, reused.latest, reused_from=source)


def _fit(trial: Trial, run_id: str, shared: Shared, settings: Settings) -> Trained:
    client, files = store.client(settings.tracking_uri), shared.folder / run_id / "files"
    files.mkdir(parents=True)
    epochs: dict[int, dict[str, float]] = {}
    log = EpochLog(client, run_id)

    def on_epoch(epoch: Epoch) -> None:
        speed = {"speed/seconds_per_epoch": epoch.seconds, "speed/images_per_second": epoch.images_per_second}
        epochs[epoch.number] = epoch.metrics | speed
        log.add(epoch.number, epochs[epoch.number])
        progress.tell(TrialNews(trial, "running", epoch.number, run_id=run_id))

    with log.whole_if_it_fails():
        finished = runner.fit(trial, shared, shared.folder, files, settings, on_epoch)
        effect = index_plans.effect(shared.folder, trial)
    # Share of positives that the loss sees; of each class, where every class counts.
    shares = effect.prior if len(effect.prior) > 2 else (effect.effective_prior,)
    seen = {"effective_prior": ", ".join(f"{share:.6g}" for share in shares)}
    ran = trial_identity.versions() | finished.params | seen
    trials.log_once(client, run_id, finished.metrics, ran, log.unsent)
    curves.keep(shared.folder, run_id, epochs)
    (files / "plan.json").write_text(json.dumps(asdict(effect), indent=2))
    keep_files(trial, run_id, shared, settings, files)
    return Trained(trial, run_id, files, next(reversed(epochs.values()), {}) | finished.metrics)


def keep_files(trial: Trial, run_id: str, shared: Shared, settings: Settings, files: Path, members: int = 1) -> None:
    """Keep all in a folder on the run of a trial, a head with what it needs, and of a network on pixels its model.

    Where that has several ``members``, their weights are in the folder, and its logits are the mean of theirs.
    """
    client, weights = store.client(settings.tracking_uri), shared.folder / run_id / WEIGHTS
    # A constant predictor has no weights and no model; a head is kept as it is, and a model is made of the best.
    has_model = (files / WEIGHTS).exists()
    if has_model:
        (files / WEIGHTS).rename(weights)
    if trial.embedding and (files / heads.HEAD).exists():
        bits, names = read_manifest(shared.image_set).bits, shared.subject.classes
        about = AboutHead(embedding=trial.embedding, licence=shared.licence, bits=bits, class_names=names)
        (files / heads.ABOUT).write_text(about.model_dump_json(indent=2))
    run_files.put(client, run_id, files)
    if has_model:
        logged_model.log(client, run_id, replace(_network(trial, shared, weights), members=members))
    checkpoints.drop(settings.cache, trial)


def _network(trial: Trial, shared: Shared, weights: Path) -> saved_model.Network:
    images, manifest = load(shared.image_set).images, read_manifest(shared.image_set)
    if trial.embedding:
        # What was trained on was so in float32.
        embedding = trial.embedding.model_copy(update={"precision": "float32"})
        about = AboutHead(
            embedding=embedding, licence=shared.licence, bits=manifest.bits, class_names=shared.subject.classes
        )
        network = heads.of_weights(about, trial.handling.classes, weights, images[:2])
        return replace(network, about=network.about | {"fine_tuned": "yes"})
    return saved_model.Network(
        code="steelyard.models.train.networks",
        arguments=arguments(trial, images.shape[3]),
        weights=weights,
        size=manifest.size,
        channels=manifest.channels,
        bits=manifest.bits,
        fit=manifest.fit,
        class_names=shared.subject.classes,
        example=images[:2],
    )
