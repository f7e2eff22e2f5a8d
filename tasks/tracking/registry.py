"""Models that decide, by name: versions in MLflow's registry, of which an alias names one."""

import re
import secrets
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, ErrorCode

from steelyard.models.errors import BadInput

CHALLENGER = "challenger"
"""Alias of the version that was registered last."""

FOLDER = "registered"
"""Within the artifacts of a trial's run, for the models that were registered of it."""

LONGEST = 5000
"""Characters of a description that MLflow keeps."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
NAMED = re.compile(rf"(?P<name>{NAME.pattern})(?:@(?P<alias>[A-Za-z0-9_.-]+)|/(?P<version>[0-9]+))")


def check_name(name: str) -> None:
    """Refuse a name that could not be told from an alias, a version or a path.

    Raises:
        BadInput: it is one.
    """
    if not NAME.fullmatch(name):
        raise BadInput(f"as must be 1 to 100 letters, digits, dots, dashes and underscores, got {name!r}")


def add(client: MlflowClient, name: str, model: Path, run_id: str, tags: dict[str, str], description: str) -> int:
    """Make a saved model the newest version of a name, and the challenger.

    Args:
        client: of the store.
        name: as ``check_name`` takes it.
        model: folder of the saved model, which is kept with the run.
        run_id: of the trial that trained it.
        tags: of the version.
        description: Markdown, cut where MLflow would refuse it.

    Returns:
        The version's number.
    """
    place = f"{FOLDER}/{name}-{secrets.token_hex(4)}"
    client.log_artifacts(run_id, str(model), place)
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
            raise
    source = f"{client.get_run(run_id).info.artifact_uri}/{place}"
    version = client.create_model_version(name, source, run_id, tags=tags, description=description[:LONGEST])
    client.set_registered_model_alias(name, CHALLENGER, version.version)
    return int(version.version)


def is_named(text: str) -> bool:
    """Whether a text is ``NAME@ALIAS`` or ``NAME/VERSION``; an alias or a version that is missing is refused later."""
    return bool(NAMED.fullmatch(text))


def find(client: MlflowClient, named: str) -> ModelVersion:
    """The version that ``NAME@ALIAS`` or ``NAME/VERSION`` names.

    Raises:
        BadInput: there is none.
    """
    asked = NAMED.fullmatch(named)
    assert asked is not None
    try:
        if asked["alias"]:
            return client.get_model_version_by_alias(asked["name"], asked["alias"])
        return client.get_model_version(asked["name"], asked["version"])
    except MlflowException as error:
        raise BadInput(
            f"run must name a model that is registered in {client.tracking_uri}, got {named!r}; register one with "
            f"steelyard register --as {asked['name']}"
        ) from error
