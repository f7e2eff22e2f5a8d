"""Serve the sweep as a deployment of a Prefect server, on a timetable, until it is stopped."""

import asyncio
import os
import signal
import sys
import threading
import warnings
from contextlib import redirect_stdout, suppress
from functools import partial
from io import StringIO
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.runner import Runner
from prefect.schedules import Cron, Interval, Schedule
from prefect.server.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL
from rich.console import Console

from steelyard.flows import schedule_runs
from steelyard.flows.command import ERR, say
from steelyard.flows.sweep import sweep
from steelyard.models.errors import BadInput
from steelyard.models.spec import grid
from steelyard.models.spec.sweep import CHOICES, Sweep
from steelyard.tasks import deployment, interrupt, preflight, sources
from steelyard.tasks.prefect_view import server
from steelyard.tasks.report import progress_terminal
from steelyard.tasks.settings import DEVICES, Settings
from steelyard.tasks.sources.helpers.listed_groups import SUFFIX
from steelyard.tasks.timetable import Timetable
from steelyard.tasks.tracking import store

OUT = Console(file=sys.stdout)
"""What Prefect does not print to."""

ONE_AT_ONCE = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
"""Of the deployment, whoever starts the runs: one that is due while another trains is Cancelled."""

PROCESSES = 2
"""One that trains, and one for a run that is due meanwhile: without it that would wait its turn and not be refused."""

PAUSE_SECONDS = 10.0
"""Before a server that was gone is asked again."""

SHOWN = {"LOGGERS_PREFECT_EXTRA_HANDLERS": "api,debug", "HANDLERS_DEBUG_FORMATTER": "simple"}
"""Prefect's logging in the runs: what our tasks say goes to the server, and to this terminal with the time."""


def schedule(spec: Sweep, settings: Settings, timetable: Timetable, config: Path | None = None) -> int:
    """Check everything, then serve the sweep until Ctrl-C.

    Raises:
        BadInput: no Prefect server, a timetable that never fires, a device that the form does not offer, a name that
            another schedule has, or what a sweep would be refused for.
    """
    times = _times(timetable)
    if settings.device not in DEVICES:
        offered = f"one of {', '.join(DEVICES)}"
        raise BadInput(
            f"device must be {offered} in a schedule, got {settings.device!r}; CUDA_VISIBLE_DEVICES chooses others"
        )
    server.check()
    with progress_terminal.shown(ERR):
        preflight.check(spec, settings, config)
    os.environ |= {f"PREFECT_LOGGING_{key}": value for key, value in SHOWN.items()}
    os.environ[deployment.SCHEDULE] = str(os.getpid())
    asyncio.run(_serve(timetable.name or spec.called, times, _parameters(spec, settings)))
    return interrupt.ending()


def _times(timetable: Timetable) -> Schedule:
    if timetable.every:
        return Interval(timetable.every)
    try:
        asyncio.run(CronSchedule(cron=timetable.cron, timezone=timetable.timezone).get_dates(1))
    except ValueError:
        what = 'minute, hour, day, month and day of the week of a time that comes, such as "0 3 * * *"'
        raise BadInput(f"cron must be {what}, got {timetable.cron!r}") from None
    return Cron(timetable.cron, timezone=timetable.timezone)


def _parameters(spec: Sweep, settings: Settings) -> dict[str, Any]:
    """What each run is given, as the form has it: what was asked for here, for a process in any working folder."""
    named = {field: _absolute(getattr(spec, field)) for field in ("images_root", "labels", "backbone_weights")}
    if spec.group_by.lower().endswith(SUFFIX):
        named["group_by"] = _absolute(spec.group_by)
    recipes = set(grid.names(spec.recipe))
    named["recipe"] = next(choice for choice in CHOICES if set(grid.names(choice)) == recipes)
    images = {"data": sources.absolute(spec.data)} | named
    stores = {"tracking_uri": store.resolve_uri(settings.tracking_uri), "cache": settings.cache.absolute()}
    return {
        "spec": spec.model_copy(update=images).model_dump(mode="json", exclude_none=True),
        "settings": settings.model_copy(update=stores).model_dump(mode="json", exclude_none=True),
    }


def _absolute(path: str) -> str:
    return path and str(Path(path).expanduser().absolute())


async def _serve(name: str, times: Schedule, parameters: dict[str, Any]) -> None:
    """Serve through restarts of the server, which Prefect's runner does not outlive, until Ctrl-C or SIGTERM."""
    # When the server is gone, Prefect prints tracebacks and leaves a coroutine behind.
    warnings.filterwarnings("ignore", "coroutine 'Runner", RuntimeWarning)
    place = Path(parameters["settings"]["cache"]), f"{PREFECT_API_URL.value()} {name}"
    with deployment.held(*place) as free, redirect_stdout(StringIO()):
        if not free:
            raise BadInput(
                f"name must be that of no other schedule, got {name!r}, which another process of this machine serves; "
                "give another --name, or stop that one"
            )
        for line in (*await schedule_runs.claim(name, parameters), *await schedule_runs.close(name, parameters)):
            say(ERR, line)
        await _keep_serving(name, times, parameters)


async def _keep_serving(name: str, times: Schedule, parameters: dict[str, Any]) -> None:
    runner: Runner | None
    runner, deployment_id = await _runner(name, times, parameters)
    stopped, known = asyncio.Event(), {run.id for run in await schedule_runs.ended_badly(deployment_id)}
    watched = asyncio.create_task(schedule_runs.watch(deployment_id, known, partial(say, ERR), stopped))
    _hear_alone()
    while not stopped.is_set():
        try:
            if not runner:
                await schedule_runs.close(name, parameters)
                runner, _ = await _runner(name, times, parameters)
            await _run(runner, deployment_id, stopped)
        except Exception as error:  # noqa: BLE001  # one of many kinds, in a group of them
            say(ERR, f"no answer from the Prefect server ({_reason(error)}); asking again every {PAUSE_SECONDS:.0f} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), PAUSE_SECONDS)
        runner = None
    watched.cancel()


async def _runner(name: str, times: Schedule, parameters: dict[str, Any]) -> tuple[Runner, UUID]:
    """What starts the runs of the deployment, which is made, or brought up to date and switched on."""
    # Not fetched ahead of its time, since a run that waits would hold the place of the only one.
    runner = Runner(name=name, limit=PROCESSES, prefetch_seconds=0)
    deployment_id = await runner.aadd_flow(
        sweep, name=name, schedule=times, parameters=parameters, concurrency_limit=ONE_AT_ONCE
    )
    page = f"{PREFECT_UI_URL.value()}/deployments/deployment/{deployment_id}"
    say(OUT, f"sweep/{name} is scheduled; runs and form: {page}")
    say(OUT, "Ctrl-C pauses the schedule and ends a sweep that trains")
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
