"""Looks at new images as MLflow keeps them: a run each in an experiment of the model, so that they make a curve."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from steelyard.tasks.tracking import experiments

ROLE = "watch"
"""Tag ``role`` of a look's run."""

LONGEST = 500
"""Characters of a parameter that any store keeps."""


def log(
    client: MlflowClient,
    name: str,
    params: Mapping[str, str],
    metrics: Mapping[str, float],
    files: Sequence[Path],
    at: datetime,
) -> str:
    """Log a look in the experiment ``NAME · watch``; the run is called by its time.

    Args:
        client: of the store.
        name: of the registered model.
        params: what was looked at.
        metrics: what was found.
        files: to keep as artifacts.
        at: time of the look.

    Returns:
        Id of the run.
    """
    experiment = experiments.experiment_id(client, f"{name} · watch")
    run = client.create_run(experiment, run_name=at.strftime("%Y-%m-%d %H:%M:%S"), tags={"role": ROLE})
    run_id, milliseconds = str(run.info.run_id), int(1000 * at.timestamp())
    client.log_batch(
        run_id,
        metrics=[Metric(key, value, milliseconds, 0) for key, value in metrics.items()],
        params=[Param(key, value[:LONGEST]) for key, value in params.items()],
    )
    for file in files:
        client.log_artifact(run_id, str(file))
    client.set_terminated(run_id)
    return run_id
