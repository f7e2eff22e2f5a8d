"""Serve a flow as a deployment of a Prefect server, on a timetable, until it is stopped."""

import asyncio
import os
import signal
import sys
import threading
import warnings
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from functools import partial
from io import StringIO
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.runner import Runner
from prefect.schedules import Schedule
from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL
from rich.console import Console

from steelyard.flows import schedule_runs
from steelyard.flows.command import ERR, say
from steelyard.models.errors import BadInput
from steelyard.tasks import deployment, interrupt

OUT = Console(file=sys.stdout, emoji=False)
"""What Prefect does not print to."""

ONE_AT_ONCE = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
"""Of the deployment, whoever starts the runs: one that is due while another trains is Cancelled."""

PROCESSES = 2
"""One that trains, and one for a run that is due meanwhile: without it that would wait its turn and not be refused."""

PAUSE_SECONDS = 10.0
"""Before a server that was gone is asked again."""

SHOWN = {"LOGGERS_PREFECT_EXTRA_HANDLERS": "api,debug", "HANDLERS_DEBUG_FORMATTER": "simple"}
"""Prefect's logging in the runs: what our tasks say goes to the server, and to this terminal with the time."""


@dataclass(frozen=True)
class Served:
    """A flow on a timetable.

    Attributes:
        flow: of Prefect.
        named: what the deployment is called.
        times: when it runs.
        parameters: of each run, as the form has them, for a process in any working folder.
        cache: folder where its runs find each other, absolute.
    """

    flow: Flow[..., Any]
    named: str
    times: Schedule
    parameters: dict[str, Any]
    cache: Path

    @property
    def name(self) -> str:
        """Of the deployment, with its flow."""
        return f"{self.flow.name}/{self.named}"


def serve(served: Served) -> int:
    """Serve until Ctrl-C, and give the exit code.

    Raises:
        BadInput: another schedule has the name.
    """
    os.environ |= {f"PREFECT_LOGGING_{key}": value for key, value in SHOWN.items()}
    os.environ[deployment.SCHEDULE] = str(os.getpid())
    asyncio.run(_serve(served))
    return interrupt.ending()


async def _serve(served: Served) -> None:
    """Serve through restarts of the server, which Prefect's runner does not outlive, until Ctrl-C or SIGTERM."""
    # When the server is gone, Prefect prints tracebacks and leaves a coroutine behind.
    warnings.filterwarnings("ignore", "coroutine 'Runner", RuntimeWarning)
    place, asked = f"{PREFECT_API_URL.value()} {served.name}", (served.name, served.parameters)
    with deployment.held(served.cache, place) as free, redirect_stdout(StringIO()):
        if not free:
            raise BadInput(
                f"name must be that of no other schedule, got {served.named!r}, which another process of this "
                "machine serves; give another --name, or stop that one"
            )
        for line in (*await schedule_runs.claim(*asked), *await schedule_runs.close(*asked)):
            say(ERR, line)
        await _keep_serving(served)


async def _keep_serving(served: Served) -> None:
    runner: Runner | None
    runner, deployment_id = await _runner(served)
    stopped, known = asyncio.Event(), {run.id for run in await schedule_runs.ended_badly(deployment_id)}
    watched = asyncio.create_task(schedule_runs.watch(deployment_id, known, partial(say, ERR), stopped))
    _hear_alone()
    while not stopped.is_set():
        try:
            if not runner:
                await schedule_runs.close(served.name, served.parameters)
                runner, _ = await _runner(served)
            await _run(runner, deployment_id, stopped)
        except Exception as error:  # noqa: BLE001  # one of many kinds, in a group of them
            say(ERR, f"no answer from the Prefect server ({_reason(error)}); asking again every {PAUSE_SECONDS:.0f} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), PAUSE_SECONDS)
        runner = None
    watched.cancel()


async def _runner(served: Served) -> tuple[Runner, UUID]:
    """What starts the runs of the deployment, which is made, or brought up to date and switched on."""
    # Not fetched ahead of its time, since a run that waits would hold the place of the only one.
    runner = Runner(name=served.named, limit=PROCESSES, prefetch_seconds=0)
    deployment_id = await runner.aadd_flow(
        served.flow,
        name=served.named,
        schedule=served.times,
        parameters=served.parameters,
        concurrency_limit=ONE_AT_ONCE,
    )
    page = f"{PREFECT_UI_URL.value()}/deployments/deployment/{deployment_id}"
    say(OUT, f"{served.name} is scheduled; runs and form: {page}")
    say(OUT, "Ctrl-C pauses the schedule and ends a run that is under way")
    return runner, deployment_id


async def _run(runner: Runner, deployment_id: UUID, stopped: asyncio.Event) -> None:
    serving, ended = asyncio.create_task(runner.start()), asyncio.create_task(stopped.wait())
    while not (runner.started or serving.done()):
        await asyncio.sleep(0.05)
    # Only now: the runner has set a handler of its own, which does not wait for what it ends.
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, _stop, number, stopped)
    await asyncio.wait({serving, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if runner.started and stopped.is_set():
        # The runner pauses it last, when there may be no time left.
        await asyncio.gather(_pause(deployment_id), runner.astop())
    await serving


async def _pause(deployment_id: UUID) -> None:
    async with get_client() as client:
        await client.pause_deployment(deployment_id)


def _reason(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return " ".join(str(error).split())[:200] or type(error).__name__


def _hear_alone() -> None:
    """Have no run hear Ctrl-C, which a terminal sends to all: each is ended by the runner, by SIGTERM, once."""
    resource_tracker.ensure_running()  # Later it would unblock the signal again.
    # Processes inherit what the thread blocks that starts them; this one stays to hear it.
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _stop(number: int, stopped: asyncio.Event) -> None:
    """Stop, and when asked again stop at once; the runs end with this process."""
    if stopped.is_set():
        os._exit(interrupt.ending())
    stopped.set()
    interrupt.end_soon(number)
