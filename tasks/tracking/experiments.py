"""The experiment of an image set and a question: found, brought back from the bin, or made."""

from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Experiment
from mlflow.exceptions import MlflowException

from steelyard.models.errors import BadInput

SQLITE = "sqlite:///"
ARTIFACTS = "mlartifacts"
"""Folder beside an SQLite file."""


def sqlite_path(uri: str) -> Path | None:
    """The database file of an ``sqlite:///`` URI; None for any other."""
    return Path(uri.removeprefix(SQLITE)) if uri.startswith(SQLITE) else None


def experiment_id(client: MlflowClient, name: str) -> str:
    """Id of the experiment, which is made, or brought back from the bin, where needed.

    Raises:
        BadInput: the experiment keeps its artifacts on a server that this client does not go through.
    """
    experiment = client.get_experiment_by_name(name) or _create(client, name)
    if experiment.lifecycle_stage == "deleted":
        client.restore_experiment(experiment.experiment_id)
    if sqlite_path(client.tracking_uri) and str(experiment.artifact_location).startswith("mlflow-artifacts:"):
        raise BadInput(
            f"experiment {name!r} was made through a server, which keeps its files; "
            "give the server's address as tracking-uri"
        )
    return str(experiment.experiment_id)


def _create(client: MlflowClient, name: str) -> Experiment:
    path = sqlite_path(client.tracking_uri)
    # MLflow's own default is a folder below the working folder of whoever happens to be first.
    location = (path.parent / ARTIFACTS).as_uri() if path else None
    try:
        return client.get_experiment(client.create_experiment(name, artifact_location=location))
    except MlflowException as error:
        # Another process may have made it at the same moment.
        there = client.get_experiment_by_name(name) if error.error_code == "RESOURCE_ALREADY_EXISTS" else None
        if there is None:
            raise
        return there
