"""Take a schedule's name on a Prefect server, or refuse it: of two that have one name each would undo the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL
from prefect.states import Crashed

from steelyard.flows import watching
from steelyard.flows.sweep import sweep
from steelyard.models.errors import BadInput
from steelyard.tasks import run_lock

BEGUN = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


@contextmanager
def alone(name: str, parameters: dict[str, Any]) -> Iterator[None]:
    """Be the only process of this machine that serves a name while the block runs.

    Args:
        name: of the deployment.
        parameters: of a run, as JSON has them.

    Raises:
        BadInput: another process serves it.
    """
    with run_lock.held(Path(parameters["settings"]["cache"]), f"{PREFECT_API_URL.value()} {name}") as free:
        if not free:
            raise BadInput(
                f"name must be that of no other schedule, got {name!r}, which another process of this machine serves; "
                "give another --name, or stop that one"
            )
        yield


async def claim(name: str, parameters: dict[str, Any]) -> list[str]:
    """Refuse a name that other images have, or take it over from a process that was not stopped.

    Args:
        name: of the deployment.
        parameters: of a run, as JSON has them.

    Returns:
        What there is to say about it, a line each.

    Raises:
        BadInput: the name is that of a schedule for other images.
    """
    async with get_client() as client:
        there = await _read(client, name)
    if there is None or there.paused:
        return []
    data, before = parameters["spec"]["data"], there.parameters.get("spec", {}).get("data", "other images")
    if before != data:
        raise BadInput(
            f"name must be that of no other schedule, got {there.name!r}, which is one for {before} and not for "
            f"{data}; give another --name, or stop that one (with Ctrl-C, or in Prefect's page if it has crashed)"
        )
    return [f"sweep/{name} was not stopped the last time; this goes on in its place"]


async def close(name: str, parameters: dict[str, Any]) -> list[str]:
    """Set to Crashed the runs whose process is gone: on the server they would hold the only place for ever.

    Args:
        name: of the deployment.
        parameters: of a run, as JSON has them.

    Returns:
        What became of each, in a line.
    """
    cache = parameters["settings"]["cache"]
    async with get_client() as client:
        there = await _read(client, name)
        # What another machine runs cannot be seen from here: Prefect gives up such runs after five minutes.
        if there is None or there.parameters.get("settings", {}).get("cache") != cache:
            return []
        begun = await client.read_flow_runs(flow_run_filter=watching.runs_in(there.id, BEGUN))
        return [await _closed(client, run, Path(cache)) for run in begun]


async def _read(client: PrefectClient, name: str) -> DeploymentResponse | None:
    try:
        return await client.read_deployment_by_name(f"{sweep.name}/{name}")
    except ObjectNotFound:
        return None


async def _closed(client: PrefectClient, run: FlowRun, cache: Path) -> str:
    if run_lock.is_held(cache, str(run.id)):
        return f"run {run.name} goes on without the process that started it; no other starts until it ends"
    await client.set_flow_run_state(run.id, Crashed(message="The process that ran it is gone."))
    return f"run {run.name} crashed: the process that ran it is gone"
