"""Models that decide, by name: versions in MLflow's registry, of which an alias names one."""

import re
import secrets
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from steelyard.models.errors import BadInput
from steelyard.models.names import MODEL_NAME, listed
from steelyard.tasks.tracking import champions, ledger

CHALLENGER = "challenger"
"""Alias of the version that was registered last."""

FOLDER = "registered"
"""Within the artifacts of a trial's run, for the models that were registered of it."""

LONGEST = 5000
"""Characters of a description that MLflow keeps."""

NAMED = re.compile(rf"(?P<name>{MODEL_NAME.pattern})(?:@(?P<alias>[A-Za-z0-9_.-]+)|/(?P<version>[0-9]+))")


def add(client: MlflowClient, name: str, model: Path, run_id: str, tags: dict[str, str], description: str) -> int:
    """Make a saved model the newest version of a name, and the challenger.

    Args:
        client: of the store.
        name: as ``models.names.check_model_name`` takes it.
        model: folder of the saved model, which is kept with the run.
        run_id: of the trial that trained it.
        tags: of the version.
        description: Markdown, cut where MLflow would refuse it.

    Returns:
        The version's number.
    """
    place = f"{FOLDER}/{name}-{secrets.token_hex(4)}"
    client.log_artifacts(run_id, str(model), place)
    champions.begin(client, name)
    source = f"{client.get_run(run_id).info.artifact_uri}/{place}"
    version = client.create_model_version(name, source, run_id, tags=tags, description=description[:LONGEST])
    client.set_registered_model_alias(name, CHALLENGER, version.version)
    return int(version.version)


def tell(client: MlflowClient, name: str, version: str, line: str, compared: bool) -> None:
    """Say on a version's page what the gate said of it, and whether that was by images of test."""
    client.set_model_version_tag(name, version, "gate", line[:LONGEST])
    if compared:
        client.set_model_version_tag(name, version, ledger.COMPARED, "true")


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
            f"run must name a model that is registered in {client.tracking_uri}, got {named!r}; "
            f"{_instead(client, asked['name'])}"
        ) from error


def _instead(client: MlflowClient, name: str) -> str:
    try:
        aliases = sorted(client.get_registered_model(name).aliases)
    except MlflowException:
        return f"register one with steelyard register --as {name}"
    return f"there is {listed([f'{name}@{alias}' for alias in aliases])}" if aliases else f"{name} has no alias"
