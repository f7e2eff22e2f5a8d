"""The model of a trial's run: logged once, found again, copied."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow.artifacts
from mlflow import MlflowClient
from mlflow.entities import LoggedModel, LoggedModelOutput, Run
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.models.model import MLMODEL_FILE_NAME

from steelyard.tasks import scratch
from steelyard.tasks.tracking import file_place
from steelyard.tasks.tracking.saved_model import Network, save

if TYPE_CHECKING:
    from steelyard.tasks.tracking.patient_client import PatientClient

NAME = "model"


def log(client: "PatientClient", run_id: str, network: Network) -> None:
    """Log the network as ``runs:/<run_id>/model``; it carries its code, so it runs where Steelyard is not installed."""
    with scratch.folder() as folder:
        saved = folder / NAME
        save(saved, network)
        client.log(run_id, {"model": str(saved)})


def publish(client: MlflowClient, run_id: str, folder: Path) -> None:
    """Register a saved model folder as the run's model, once; its ``MLmodel`` is rewritten to say whose it is.

    ``Model.log`` would do this for the global tracking URI only, load the model twice to validate it, and log the
    model's configuration as parameters of the run.
    """
    run = client.get_run(run_id)
    entry = _begun(client, run) or client.create_logged_model(
        run.info.experiment_id, name=NAME, source_run_id=run_id, params=run.data.params
    )
    try:
        saved = Model.load(folder)
        saved.run_id, saved.artifact_path = run_id, entry.artifact_location
        saved.model_id = saved.model_uuid = entry.model_id
        saved.save(folder / MLMODEL_FILE_NAME)
        client.log_model_artifacts(entry.model_id, str(folder))
        if not (run.outputs and run.outputs.model_outputs):
            client.log_outputs(run_id, [LoggedModelOutput(entry.model_id, step=0)])
    except BaseException:
        with suppress(MlflowException):
            client.finalize_logged_model(entry.model_id, "FAILED")
        raise
    client.finalize_logged_model(entry.model_id, "READY")


def _begun(client: MlflowClient, run: Run) -> LoggedModel | None:
    """The model whose registration was begun before, and cut short."""
    condition = f"source_run_id = '{run.info.run_id}'"
    return next(iter(client.search_logged_models([run.info.experiment_id], condition)), None)


def location(client: MlflowClient, run: Run) -> str | None:
    """Where the files of a run's model are, for ``download``; None if it has none."""
    models = run.outputs.model_outputs if run.outputs else []
    return str(client.get_logged_model(models[0].model_id).artifact_location) if models else None


def download(client: MlflowClient, location: str, folder: Path) -> Path:
    """Copy artifacts into a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    to = {"dst_path": str(folder), "tracking_uri": client.tracking_uri}
    with file_place.told():
        return Path(mlflow.artifacts.download_artifacts(artifact_uri=location, **to))
