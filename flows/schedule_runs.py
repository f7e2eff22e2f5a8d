"""A schedule on a Prefect server: whose name it is, which of its runs were left behind, and which ended badly.

``name`` is that of the deployment with its flow, ``sweep/parts``; ``parameters`` are those of a run, as JSON has them.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import Crashed

from steelyard.models.errors import BadInput
from steelyard.tasks import deployment
from steelyard.tasks.prefect_view import unsent

BEGUN = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
ENDS = {StateType.FAILED: "failed", StateType.CRASHED: "crashed", StateType.CANCELLED: "was cancelled"}

PAUSE_SECONDS = 3.0
"""Between two looks."""

AT_ONCE = 100
"""Runs that are looked at, the newest."""

LONGEST = 300
"""Characters of a reason; Prefect's hold whole specs."""


async def claim(name: str, parameters: dict[str, Any]) -> list[str]:
    """Refuse a name that other images have, or take it over from a process that was not stopped.

    Returns:
        What there is to say about it, a line each.

    Raises:
        BadInput: the name is that of a schedule for other images; each would undo the other.
    """
    async with get_client() as client:
        there = await _read(client, name)
    if there is None or there.paused:
        return []
    wanted, before = _subject(parameters), _subject(there.parameters)
    if before != wanted:
        raise BadInput(
            f"name must be that of no other schedule, got {there.name!r}, which is one for {before} and not for "
            f"{wanted}; give another --name, or stop that one (with Ctrl-C, or in Prefect's page if it has crashed)"
        )
    return [f"{name} was not stopped the last time; this goes on in its place"]


def _subject(parameters: dict[str, Any]) -> str:
    """The images of a sweep, or the model and the images of a look."""
    if "model" in parameters:
        return f"{parameters['model']} on {', '.join(map(str, parameters.get('paths', ())))}"
    return str(parameters.get("spec", {}).get("data", "other images"))


def _cache(parameters: dict[str, Any]) -> str:
    return str(parameters.get("settings", parameters).get("cache"))


async def close(name: str, parameters: dict[str, Any]) -> list[str]:
    """Set to Crashed the runs whose process is gone: on the server they would hold the only place for ever.

    Returns:
        What became of each, in a line.
    """
    cache = _cache(parameters)
    told = await asyncio.to_thread(unsent.deliver, Path(cache))
    async with get_client() as client:
        there = await _read(client, name)
        # What another machine runs cannot be seen from here: Prefect gives up such runs after five minutes.
        if there is None or _cache(there.parameters) != cache:
            return told
        begun = await client.read_flow_runs(flow_run_filter=_runs_in(there.id, BEGUN))
        return [*told, *[await _closed(client, run, Path(cache)) for run in begun]]


async def _read(client: PrefectClient, name: str) -> DeploymentResponse | None:
    try:
        return await client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None


async def _closed(client: PrefectClient, run: FlowRun, cache: Path) -> str:
    with deployment.held(cache, str(run.id)) as free:
        if not free:
            return f"run {run.name} goes on without the process that started it; no other starts until it ends"
    await client.set_flow_run_state(run.id, Crashed(message="The process that ran it is gone."))
    return f"run {run.name} crashed: the process that ran it is gone"


async def watch(deployment_id: UUID, known: set[UUID], say: Callable[[str], None], stopped: asyncio.Event) -> None:
    """Say of each run that ends badly, whoever started it, how and why, in a line.

    Args:
        deployment_id: of Prefect.
        known: runs of which nothing is said (again); grows.
        say: shows a line.
        stopped: ends the watch: what ends a run that trains then is no news.
    """
    while not stopped.is_set():
        # A server that is gone is asked again; who serves says so.
        with suppress(Exception):
            for run in reversed(await ended_badly(deployment_id)):
                if run.id not in known:
                    known.add(run.id)
                    say(_told(run))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), PAUSE_SECONDS)


async def ended_badly(deployment_id: UUID) -> list[FlowRun]:
    """The runs of a deployment that did not end well, newest first."""
    async with get_client() as client:
        wanted = _runs_in(deployment_id, [*ENDS])
        return await client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.END_TIME_DESC, limit=AT_ONCE)


def _runs_in(deployment_id: UUID, states: list[StateType]) -> FlowRunFilter:
    wanted = {"deployment_id": {"any_": [deployment_id]}, "state": {"type": {"any_": states}}}
    return FlowRunFilter.model_validate(wanted)


def _told(run: FlowRun) -> str:
    assert run.state is not None
    why = " ".join((run.state.message or "no reason given").split())
    return f"run {run.name} {ENDS[run.state.type]}: {why if len(why) <= LONGEST else why[:LONGEST] + '…'}"
