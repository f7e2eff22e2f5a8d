"""Serve the sweep as a deployment of a Prefect server, on a timetable, until it is stopped."""

import asyncio
import multiprocessing
import os
import signal
import threading
from multiprocessing import resource_tracker
from typing import Any

from flows.command import ERR, OUT  # isort: skip  # the environment comes before Prefect

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.runner import Runner
from prefect.schedules import Cron, Interval, Schedule
from prefect.server.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_UI_URL

from flows.sweep import sweep as sweep_flow
from models.errors import BadInput
from models.spec import Sweep
from tasks import preflight, sources
from tasks.report import live
from tasks.report.console import log_to
from tasks.settings import Settings
from tasks.timetable import Timetable
from tasks.tracking import store

ONE_AT_ONCE = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
"""Of the deployment, whoever starts the runs: one that is due while another trains is Cancelled."""

PROCESSES = 2
"""One that trains, and one for a run that is due meanwhile: without it that would wait its turn and not be refused."""

SHOWN = {"LOGGERS_PREFECT_EXTRA_HANDLERS": "api,debug", "HANDLERS_DEBUG_FORMATTER": "simple"}
"""Prefect's logging in the runs: what our tasks say goes to the server, and to this terminal with the time."""


def schedule(spec: Sweep, settings: Settings, timetable: Timetable) -> int:
    """Check everything, then serve the sweep until Ctrl-C.

    Raises:
        BadInput: a timetable that never fires, no Prefect server, or what a sweep would be refused for.
    """
    times = _times(timetable)
    preflight.check_server()
    with log_to(ERR), live.shown(ERR):
        preflight.check(spec, settings)
    os.environ |= {f"PREFECT_LOGGING_{key}": value for key, value in SHOWN.items()}
    asyncio.run(_serve(timetable.called(spec.data), times, _parameters(spec, settings)))
    return 0


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
    """What each run is given: what was asked for here, for a process in any working folder."""
    there = {"tracking_uri": store.resolve_uri(settings.tracking_uri), "cache": settings.cache.absolute()}
    return {
        "spec": spec.model_copy(update={"data": sources.absolute(spec.data)}).model_dump(mode="json"),
        "settings": settings.model_copy(update=there).model_dump(mode="json"),
    }


async def _serve(name: str, times: Schedule, parameters: dict[str, Any]) -> None:
    # Not fetched ahead of its time, since a run that waits would hold the place of the only one.
    runner = Runner(name=name, limit=PROCESSES, prefetch_seconds=0)
    deployment = await runner.aadd_flow(
        sweep_flow, name=name, schedule=times, parameters=parameters, concurrency_limit=ONE_AT_ONCE
    )
    _hear_alone()
    serving, stopped = asyncio.create_task(runner.start()), asyncio.Event()
    while not (runner.started or serving.done()):
        await asyncio.sleep(0.05)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, _stop, stopped)
    OUT.print(
        f"sweep/{name} is scheduled; runs and form: {PREFECT_UI_URL.value()}/deployments/deployment/{deployment}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    OUT.print("Ctrl-C pauses the schedule and ends a sweep that trains", style="dim")
    await asyncio.wait({serving, asyncio.create_task(stopped.wait())}, return_when=asyncio.FIRST_COMPLETED)
    if runner.started:
        await runner.astop()
    await serving


def _hear_alone() -> None:
    """Have no run hear Ctrl-C, which a terminal sends to all: each is ended by the runner, by SIGTERM, once."""
    resource_tracker.ensure_running()  # Later it would unblock the signal again.
    # Processes inherit what the thread blocks that starts them; this one stays to hear it.
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _stop(stopped: asyncio.Event) -> None:
    """Stop, and when asked again stop at once."""
    if stopped.is_set():
        for process in multiprocessing.active_children():
            process.kill()
        os._exit(130)
    stopped.set()
