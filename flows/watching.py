"""Tell in the terminal of a schedule which of its runs ended badly, whoever started them, and why."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort

ENDS = {StateType.FAILED: "failed", StateType.CRASHED: "crashed", StateType.CANCELLED: "was cancelled"}

PAUSE_SECONDS = 3.0
"""Between two looks."""

AT_ONCE = 100
"""Runs that are looked at, the newest."""

LONGEST = 300
"""Characters of a reason; Prefect's hold whole specs."""


async def watch(deployment_id: UUID, known: set[UUID], say: Callable[[str], None], stopped: asyncio.Event) -> None:
    """Say of each run that ends badly how and why, in a line, until the schedule is stopped.

    Args:
        deployment_id: of Prefect.
        known: runs of which nothing is said (again); grows.
        say: shows a line.
        stopped: what ends a run that trains then is no news.
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
        wanted = runs_in(deployment_id, [*ENDS])
        return await client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.END_TIME_DESC, limit=AT_ONCE)


def runs_in(deployment_id: UUID, states: list[StateType]) -> FlowRunFilter:
    """What finds the runs of a deployment that are in one of these states."""
    wanted = {"deployment_id": {"any_": [deployment_id]}, "state": {"type": {"any_": states}}}
    return FlowRunFilter.model_validate(wanted)


def _told(run: FlowRun) -> str:
    assert run.state is not None
    why = " ".join((run.state.message or "no reason given").split())
    return f"run {run.name} {ENDS[run.state.type]}: {why if len(why) <= LONGEST else why[:LONGEST] + '…'}"
