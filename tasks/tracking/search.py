"""Find runs: all that match, the newest sweep that keeps its files, the sweeps of one schedule."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.store.entities import PagedList

from steelyard.models.errors import BadInput
from steelyard.tasks.tracking.patient_client import PatientClient

PAGE = 500

SCHEDULE = "schedule"
"""Tag of a sweep's run that a schedule started: the name of Prefect's deployment."""

OTHER_CLASS = "other_class"
"""Tag of the run of a sweep of a source with two classes: the one that is not to be found, which `rest` stands for."""

FLOW_RUN = "prefect_flow_run"
"""Tag of a sweep's run that Prefect's server shows: the address of its page there."""


def runs(client: MlflowClient, experiment_ids: list[str], condition: str, at_once: int = PAGE) -> Iterator[Run]:
    """All active runs that match an MLflow filter, newest first, so many asked for in a request."""
    order = ["attributes.start_time DESC"]
    return _paged(
        lambda token: client.search_runs(
            experiment_ids, condition, max_results=at_once, order_by=order, page_token=token
        )
    )


def experiment_ids(client: MlflowClient) -> list[str]:
    """All active experiments of the store."""
    experiments = _paged(lambda token: client.search_experiments(max_results=PAGE, page_token=token))
    return [experiment.experiment_id for experiment in experiments]


def _paged(page_at: Callable[[str | None], PagedList[Any]]) -> Iterator[Any]:
    token: str | None = None
    while True:
        page = page_at(token)
        yield from page
        token = page.token
        if not token:
            return


def sweeps_newest_first(client: MlflowClient) -> list[str]:
    """Run ids of all sweeps of the store, those of stories included."""
    return [run.info.run_id for run in runs(client, experiment_ids(client), "tags.role = 'sweep'")]


def newest_with(client: MlflowClient, *kinds: Sequence[str]) -> str:
    """Run id of the newest sweep that keeps all files of a kind: one that runs, or was killed, is passed over.

    Raises:
        BadInput: there is none.
    """
    for run_id in sweeps_newest_first(client):
        there = {file.path for file in client.list_artifacts(run_id)}
        if any(there.issuperset(names) for names in kinds):
            return run_id
    raise BadInput(f"{client.tracking_uri} has no sweep that ended with a trial to report; run steelyard sweep first")


def newest_whole(client: MlflowClient) -> Run | None:
    """The newest sweep or story; a story's own sweeps are part of it."""
    ids = experiment_ids(client)
    ours = [run for role in ("sweep", "tutorial") for run in runs(client, ids, f"tags.role = '{role}'")]
    whole = [run for run in ours if "mlflow.parentRunId" not in run.data.tags]
    return max(whole, key=lambda run: run.info.start_time, default=None)


def role(client: MlflowClient, run_id: str) -> str:
    """What a run is: ``sweep``, ``tutorial`` or ``trial``; "" for a run that is not ours."""
    return str(client.get_run(run_id).data.tags.get("role", ""))


def schedule_of(client: PatientClient, run_id: str) -> str:
    """The schedule that started a sweep; "" for none."""
    return str(client.known(run_id).data.tags.get(SCHEDULE, ""))


def earlier_of_schedule(client: PatientClient, run_id: str) -> Iterator[str]:
    """Run ids of the other sweeps of a sweep's schedule that FINISHED, newest first; failed and killed are left out."""
    schedule = schedule_of(client, run_id)
    # A name may hold quotes of either kind, which MLflow's filters cannot escape.
    condition = f"tags.role = 'sweep' and attributes.status = 'FINISHED' and tags.{SCHEDULE} LIKE '%'"
    for run in runs(client, experiment_ids(client), condition):
        if run.info.run_id != run_id and run.data.tags[SCHEDULE] == schedule:
            yield str(run.info.run_id)
