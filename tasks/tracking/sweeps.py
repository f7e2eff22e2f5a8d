"""The parent run of a sweep, or of the tutorial's story: opened or adopted, found again, filled and ended."""

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Param, Run, RunTag
from mlflow.exceptions import MlflowException

from steelyard.models.errors import BadInput
from steelyard.models.names import cut, printable
from steelyard.models.spec.sweep import Sweep
from steelyard.models.tutorial.chapters import Story
from steelyard.models.tutorial.findings import Account
from steelyard.tasks import interrupt
from steelyard.tasks.credentials import masked
from steelyard.tasks.tracking import file_place, search
from steelyard.tasks.tracking.patient_client import PatientClient

Status = Literal["FINISHED", "FAILED", "KILLED"]
LONGEST_REASON = 5000
LONGEST_OBJECTIVE = 34
"""Characters of it in a run's name, which stands in one line of its page beside the assistant."""


@dataclass(frozen=True)
class SweepRun:
    """The parent run and the experiment that it and its children are in.

    Attributes:
        colours: of its trials in MLflow's pages, ``#rrggbb`` by the key of their cell; those not there have MLflow's.
    """

    run_id: str
    experiment_id: str
    colours: Mapping[tuple[str, float], str] = field(default_factory=dict, compare=False)


def start(
    client: PatientClient,
    experiment_name: str,
    spec: Sweep,
    params: dict[str, str],
    note: str,
    parent: str = "",
    tags: Mapping[str, str] = MappingProxyType({}),
) -> SweepRun:
    """Open the sweep's parent run, or adopt the one that ``mlflow run`` opened for this process.

    A run of our own goes to the experiment of this name, or to that of its ``parent``; an adopted one stays where it
    is, and keeps the parameters that it has. The note is Markdown at the head of the run's page.

    Raises:
        BadInput: ``MLFLOW_RUN_ID`` names a run that this store does not have.
    """
    tags = {"role": "sweep", "mlflow.note.content": note, **tags}
    about = cut(printable(spec.objective), LONGEST_OBJECTIVE) or "sweep"
    run = _below(client, parent, tags) if parent else _adopted(client) or create(client, experiment_name, about, tags)
    _describe(client, run, params, tags)
    client.log_text(run.info.run_id, spec.model_dump_json(indent=2), "spec.json")
    return _of(run)


def start_story(
    client: PatientClient,
    experiment_name: str,
    story: Story,
    versions: dict[str, str],
    tags: Mapping[str, str] = MappingProxyType({}),
) -> SweepRun:
    """Open the story's run, or adopt the one that ``mlflow run`` opened for this process."""
    tags = {"role": "tutorial", **tags}
    run = _adopted(client) or create(client, experiment_name, "tutorial", tags)
    params = {key: str(value) for key, value in story.model_dump().items()} | versions
    _describe(client, run, params, tags)
    return _of(run)


def _describe(client: PatientClient, run: Run, params: dict[str, str], tags: Mapping[str, str]) -> None:
    """Tell what a run that was adopted has not from its beginning."""
    new = [Param(key, value) for key, value in params.items() if key not in run.data.params]
    lacking = [RunTag(key, value) for key, value in tags.items() if run.data.tags.get(key) != value]
    client.log_batch(run.info.run_id, params=new, tags=lacking)


def _of(run: Run) -> SweepRun:
    return SweepRun(run.info.run_id, run.info.experiment_id)


def _adopted(client: PatientClient) -> Run | None:
    """The run that ``mlflow run`` opened for this process, the first time it is asked for; else None."""
    # Taken out, so that neither a worker nor a second sweep of this process adopts the same run.
    os.environ.pop("MLFLOW_EXPERIMENT_ID", None)
    run_id = os.environ.pop("MLFLOW_RUN_ID", None)
    if run_id is None:
        return None
    try:
        return client.adopt(run_id)
    except MlflowException as error:
        raise BadInput(
            f"MLFLOW_RUN_ID={run_id} is no run of {client.tracking_uri}; unset it, or give `mlflow run` this store "
            "as MLFLOW_TRACKING_URI"
        ) from error


def create(
    client: PatientClient, experiment_name: str, about: str, tags: Mapping[str, str] = MappingProxyType({})
) -> Run:
    """A run of our own, in its experiment, named after the time, what it is about and the image set."""
    # MLflow's list shows 20 characters of a name: the time tells sweeps apart, the image set is that of the experiment.
    image_set = experiment_name.partition(" · ")[0]
    experiment_id = client.experiment_id(experiment_name)
    file_place.check(client, experiment_id)
    return client.create_run(
        experiment_id,
        run_name=f"{datetime.now():%m-%d %H:%M:%S} · {about} · {image_set}",
        tags={**tags, **user_tag()},
    )


def _below(client: PatientClient, parent: str, tags: Mapping[str, str]) -> Run:
    """A run nested under another, numbered by how many there are."""
    above = client.known(parent)
    nested = search.runs(client, [above.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent}'")
    return client.create_run(
        above.info.experiment_id,
        run_name=f"sweep {len(list(nested)) + 1} · {above.info.run_name}",
        tags={**tags, "mlflow.parentRunId": parent, **user_tag()},
    )


def user_tag() -> dict[str, str]:
    """Fills the User column; empty where the user has no name, as in some containers."""
    try:
        return {"mlflow.user": getpass.getuser()}
    except (KeyError, OSError):
        return {}


def find(client: MlflowClient, sweep_id: str) -> SweepRun:
    """A sweep by its run id, or the newest of the store.

    Raises:
        BadInput: the store has no such sweep, or none at all.
    """
    if not sweep_id:
        newest = search.newest_whole(client)
        if newest is None:
            raise BadInput(f"{client.tracking_uri} has no sweep to look at; run steelyard sweep first")
        return _of(newest)
    try:
        return _of(client.get_run(sweep_id))
    except MlflowException as error:
        raise BadInput(f"sweep must be the run id of a sweep in {client.tracking_uri}, got {sweep_id!r}") from error


def children(client: PatientClient, sweep: SweepRun) -> dict[str, str]:
    """Run id of each trial that the sweep began in this process, by its trial_id."""
    begun = {run_id: run.data.tags for run_id, run in client.begun.items()}
    return {tags["trial_id"]: run_id for run_id, tags in begun.items() if tags.get("sweep_id") == sweep.run_id}


def log_tables(client: PatientClient, run_id: str, **tables: pd.DataFrame) -> None:
    """Keep tables of the comparison on the parent, each as ``<name>.csv``."""
    for name, table in tables.items():
        client.log_text(run_id, table.to_csv(index=False), f"{name}.csv")


def finish(client: PatientClient, run_id: str, status: Status, reason: str = "") -> None:
    """End a run; one that did not finish says why in its tag ``failure``."""
    if status != "FINISHED":
        client.set_tag(run_id, "failure", masked(reason)[:LONGEST_REASON] or status.lower())
        client.set_terminated(run_id, status)
        return
    # One that is being finished when the process is ended is not killed a moment later.
    with interrupt.undivided():
        client.set_terminated(run_id, status)


def kill(client: PatientClient, sweep: SweepRun) -> None:
    """Set KILLED what has not ended of the runs of a sweep, or of a story, that this process began."""
    for run_id in (*children(client, sweep).values(), sweep.run_id):
        if run_id not in client.ended:
            finish(client, run_id, "KILLED", "the sweep was stopped")


def rename(client: PatientClient, run_id: str, name: str) -> None:
    """Call a chapter's run by its name."""
    client.set_tag(run_id, "mlflow.runName", name)


def finish_story(client: PatientClient, account: Account, files: Path) -> None:
    """Keep the account, the files of a folder and its sentences on the story's run, and end it."""
    client.log(account.run_id, {"files": str(files)})
    client.log_text(account.run_id, account.model_dump_json(indent=2), "account.json")
    client.set_tag(account.run_id, "mlflow.note.content", account.markdown())
    finish(client, account.run_id, "FAILED" if account.failed else "FINISHED", f"{account.failed} trials failed")
