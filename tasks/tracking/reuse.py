"""Find what this store has trained already, and make a sweep's own child from it."""

from pathlib import Path

import mlflow.artifacts
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.exceptions import MlflowException
from mlflow.models import Model

from steelyard.models.handlings.registry import method_of
from steelyard.tasks.tracking import heads, model, search

FILES = ("scores.parquet", "flags.json")
METRICS_PER_REQUEST = 1000


class SourceGone(LookupError):
    """A finished run no longer has its files; the trial has to be trained again."""


def find(client: MlflowClient, trial_ids: list[str]) -> dict[str, str]:
    """Finished runs of these trials, in any experiment of the store; the newest of each.

    MLflow's filters know neither OR nor IN for tags, so each trial is a query of its own.

    Returns:
        Run id by trial id; trials that were never finished are left out.
    """
    experiment_ids = search.experiment_ids(client)
    found = {trial_id: _newest(client, experiment_ids, trial_id) for trial_id in dict.fromkeys(trial_ids)}
    return {trial_id: run.info.run_id for trial_id, run in found.items() if run}


def _newest(client: MlflowClient, experiment_ids: list[str], trial_id: str) -> Run | None:
    condition = f"tags.trial_id = '{trial_id}' and tags.role = 'trial' and attributes.status = 'FINISHED'"
    newest_first = ["attributes.start_time DESC"]
    page = client.search_runs(experiment_ids, condition, max_results=1, order_by=newest_first)
    return page[0] if page else None


def copy(client: MlflowClient, source_run_id: str, target_run_id: str, workdir: Path) -> Path:
    """Give a run the metrics, files and model of a finished one, and the parameters that only training could tell.

    ``operating/*`` is left to the sweep's own objective.

    Args:
        client: of the store that has both runs.
        source_run_id: a run that ``find`` named.
        target_run_id: the sweep's own child, RUNNING and without metrics.
        workdir: folder for the copies; made where it is missing.

    Returns:
        Folder with the source's files, ``scores.parquet`` among them.

    Raises:
        SourceGone: files are missing; the target is as it was.
    """
    source = client.get_run(source_run_id)
    files, saved = _fetch(client, source, workdir)
    _copy_metrics(client, source, target_run_id)
    client.log_artifacts(target_run_id, str(files))
    if saved:
        model.publish(client, target_run_id, saved)
    known = client.get_run(target_run_id).data.params
    told = [Param(key, value) for key, value in source.data.params.items() if key not in known]
    client.log_batch(target_run_id, params=told, tags=[RunTag("reused_from", source_run_id)])
    return files


def _fetch(client: MlflowClient, source: Run, workdir: Path) -> tuple[Path, Path | None]:
    """The run's files and its model; a constant predictor has none, and a head is among the files."""
    try:
        files = _download(client, source.info.artifact_uri, workdir / "files")
        params = source.data.params
        learned, on_features = method_of(params.get("handling", "")).learns, params.get("features")
        has_model = learned and not on_features
        saved = _download(client, _model_location(client, source), workdir / model.NAME) if has_model else None
        needed = [files / name for name in FILES] + (_parts(saved) if saved else [])
        needed += [files / name for name in (heads.HEAD, heads.ABOUT)] if on_features and learned else []
    except (MlflowException, OSError, KeyError) as error:
        raise SourceGone(f"files of run {source.info.run_id} cannot be read: {error}") from error
    for file in needed:
        if not file.is_file():
            raise SourceGone(f"run {source.info.run_id} has lost {file.name}")
    return files, saved


def _parts(saved: Path) -> list[Path]:
    return [saved / part["path"] for part in Model.load(saved).flavors["python_function"]["artifacts"].values()]


def _model_location(client: MlflowClient, source: Run) -> str:
    models = source.outputs.model_outputs if source.outputs else []
    if not models:
        raise SourceGone(f"run {source.info.run_id} has no model")
    return str(client.get_logged_model(models[0].model_id).artifact_location)


def _download(client: MlflowClient, location: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    found = mlflow.artifacts.download_artifacts(
        artifact_uri=location, dst_path=str(folder), tracking_uri=client.tracking_uri
    )
    return Path(found)


def _copy_metrics(client: MlflowClient, source: Run, target_run_id: str) -> None:
    points = [
        Metric(point.key, point.value, point.timestamp, point.step)
        for key in source.data.metrics
        if not key.startswith("operating/")
        for point in client.get_metric_history(source.info.run_id, key)
    ]
    for start in range(0, len(points), METRICS_PER_REQUEST):
        client.log_batch(target_run_id, metrics=points[start : start + METRICS_PER_REQUEST])
