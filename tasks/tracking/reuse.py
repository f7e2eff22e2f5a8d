"""Find what this store has trained already, and make a sweep's own child from it."""

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import torch
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException
from mlflow.models import Model

from steelyard.models.comparison import short_metrics
from steelyard.models.handlings.registry import method_of
from steelyard.models.spec.trial import FEATURES
from steelyard.tasks.tracking import heads, logged_model, run_files, search, trials
from steelyard.tasks.tracking.contact import Away
from steelyard.tasks.tracking.patient_client import PatientClient

FILES = ("scores.parquet", "flags.json")


class SourceGone(LookupError):
    """A finished run no longer has its files; the trial has to be trained again."""


@dataclass(frozen=True)
class Reused:
    """What was copied from a finished run.

    Attributes:
        files: folder with the source's files, ``scores.parquet`` among them.
        points: of its curves, and of what it has one of; ``operating/*`` left out.
    """

    files: Path
    points: list[Metric]

    @property
    def latest(self) -> dict[str, float]:
        """The value of each metric at its largest step."""
        return {point.key: point.value for point in sorted(self.points, key=lambda point: point.step)}

    @property
    def epochs(self) -> dict[int, dict[str, float]]:
        """The metrics of each epoch."""
        epochs: dict[int, dict[str, float]] = {}
        for point in self.points:
            if point.step:
                epochs.setdefault(point.step, {})[point.key] = point.value
        return epochs


def find(client: MlflowClient, trial_id: str) -> str | None:
    """The newest finished run of a trial, in any experiment; None where it was never finished, or the store is away."""
    condition = f"tags.trial_id = '{trial_id}' and tags.role = 'trial' and attributes.status = 'FINISHED'"
    try:
        newest = next(search.runs(client, search.experiment_ids(client), condition, at_once=1), None)
    except Away:
        return None
    return newest.info.run_id if newest else None


def copy(client: PatientClient, source_run_id: str, target_run_id: str, workdir: Path) -> Reused:
    """Give a run the metrics, files and model of a finished one, and the parameters that only training could tell.

    The target is the sweep's own child, RUNNING and without metrics; those at its operating point are left to its own
    objective.

    Raises:
        SourceGone: files are missing, or the store is away; the target is as it was.
    """
    try:
        source = client.get_run(source_run_id)
        points = _points(client, source)
    except Away as error:
        raise SourceGone(f"run {source_run_id} cannot be read: {error}") from error
    files, saved = _fetch(client, source, workdir)
    trials.log_points(client, target_run_id, points)
    run_files.put(client, target_run_id, files)
    if saved:
        client.log(target_run_id, {"model": str(saved)})
    known = client.begun[target_run_id].data.params
    told = [Param(key, value) for key, value in source.data.params.items() if key not in known]
    client.log_batch(target_run_id, params=told, tags=[RunTag("reused_from", source_run_id)])
    return Reused(files, points)


def _points(client: MlflowClient, source: Run) -> list[Metric]:
    return [
        Metric(point.key, point.value, point.timestamp, point.step)
        for key in source.data.metrics
        if not key.startswith("operating/") and key not in short_metrics.TRIAL
        for point in client.get_metric_history(source.info.run_id, key)
    ]


def _fetch(client: MlflowClient, source: Run, workdir: Path) -> tuple[Path, Path | None]:
    """The run's files and its model; a constant predictor has none, and a head is among the files."""
    try:
        files, saved = logged_model.download(client, source.info.artifact_uri, workdir / "files"), None
        needed = [files / name for name in FILES]
        if method_of(source.data.params.get("handling", "")).learns:
            if source.data.params.get("recipe") == FEATURES:
                needed += [files / heads.HEAD, files / heads.ABOUT]
            elif location := logged_model.location(client, source):
                saved = logged_model.download(client, location, workdir / logged_model.NAME)
                parts = Model.load(saved).flavors["python_function"]["artifacts"].values()
                needed += [saved / part["path"] for part in parts]
            else:
                raise SourceGone(f"run {source.info.run_id} has no model")
    except (MlflowException, OSError, KeyError) as error:
        raise SourceGone(f"files of run {source.info.run_id} cannot be read: {error}") from error
    for file in needed:
        _refuse_damaged(file, source.info.run_id)
    return files, saved


def _refuse_damaged(file: Path, run_id: str) -> None:
    if not file.is_file():
        raise SourceGone(f"run {run_id} has lost {file.name}")
    try:
        if file.suffix == ".parquet":
            pq.read_table(file)
        elif file.suffix == ".json":
            json.loads(file.read_bytes())
        elif file.suffix == ".pt":
            torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # Arrow, JSON, pickle and torch each raise their own.
        raise SourceGone(f"{file.name} of run {run_id} is damaged: {error}") from error
