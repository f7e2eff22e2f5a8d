"""What is to be logged of a run, as records fit for JSON: applied to a store, once or again to the same effect."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from steelyard.tasks import scratch
from steelyard.tasks.tracking import file_place

Record = dict[str, Any]
"""Kind -> what: ``batch``, ``dataset``, ``text``, ``files``, ``model``, ``views``, ``found`` or ``end``."""


FILES = {"text", "files", "model"}
"""Kinds that are kept as files."""


def batch(metrics: Sequence[Metric] = (), params: Sequence[Param] = (), tags: Sequence[RunTag] = ()) -> Record:
    """Points of curves with their own times, parameters and tags: what MLflow takes in one request."""
    points = [[point.key, point.value, point.timestamp, point.step] for point in metrics]
    named = {"params": {param.key: param.value for param in params}, "tags": {tag.key: tag.value for tag in tags}}
    return {"batch": {"metrics": points, **named}}


def end(status: str | None) -> Record:
    """The end of a run, now."""
    return {"end": {"status": status, "time": int(time.time() * 1000)}}


def apply(client: MlflowClient, run_id: str, record: Mapping[str, Any]) -> None:
    """Log a record to a run of a store.

    Raises:
        MlflowException: the store refuses it, or is away; part of it may be logged then, and it can be applied again.
    """
    with file_place.told():
        for kind, what in record.items():
            _KINDS[kind](client, run_id, what)


def _batch(client: MlflowClient, run_id: str, what: Record) -> None:
    metrics = [Metric(*point) for point in what["metrics"]]
    params = [Param(key, value) for key, value in what["params"].items()]
    client.log_batch(run_id, metrics, params, [RunTag(key, value) for key, value in what["tags"].items()])


def _dataset(client: MlflowClient, run_id: str, what: Record) -> None:
    given = [DatasetInput(Dataset(**what), [InputTag("mlflow.data.context", "training")])]
    try:
        client.log_inputs(run_id, given)
    except MlflowException:
        # Another sweep named the same new data set at the same moment; now it is there.
        client.log_inputs(run_id, given)


def _text(client: MlflowClient, run_id: str, what: Record) -> None:
    with scratch.folder() as folder:  # MLflow's own way leaves its folder behind when the process is killed.
        (folder / what["file"]).write_text(what["text"], encoding="utf-8")
        client.log_artifact(run_id, str(folder / what["file"]))


def _files(client: MlflowClient, run_id: str, what: str) -> None:
    keep = client.log_artifacts if Path(what).is_dir() else client.log_artifact
    keep(run_id, what)


def _model(client: MlflowClient, run_id: str, what: str) -> None:
    # It imports torch, which who only asks a store does not need.
    from steelyard.tasks.tracking import logged_model

    logged_model.publish(client, run_id, Path(what))


def _views(client: MlflowClient, run_id: str, what: Record) -> None:
    # Both need the store, whose client is made of this.
    from steelyard.tasks.tracking import links, saved_views
    from steelyard.tasks.tracking.sweeps import SweepRun

    run = SweepRun(run_id, str(client.get_run(run_id).info.experiment_id))
    saved_views.save(client, run, what["trials"], what["axis"])
    links.introduce(client, run)


def _found(client: MlflowClient, run_id: str, what: str) -> None:
    from steelyard.tasks.tracking import links
    from steelyard.tasks.tracking.sweeps import SweepRun

    links.introduce(client, SweepRun(run_id, str(client.get_run(run_id).info.experiment_id)), what)


def _end(client: MlflowClient, run_id: str, what: Record) -> None:
    client.set_terminated(run_id, what["status"], what["time"])


_KINDS: dict[str, Callable[[MlflowClient, str, Any], None]] = {
    "batch": _batch,
    "dataset": _dataset,
    "text": _text,
    "files": _files,
    "model": _model,
    "views": _views,
    "found": _found,
    "end": _end,
}
