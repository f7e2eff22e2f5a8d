"""Keep a deployment served: through restarts of the server, and until it is stopped, with whatever trains then."""

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from contextlib import redirect_stdout, suppress
from functools import partial
from io import StringIO
from multiprocessing import resource_tracker
from typing import Any
from uuid import UUID

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.runner import Runner
from prefect.schedules import Schedule
from prefect.settings import PREFECT_UI_URL
from rich.console import Console

from steelyard.flows import claiming, watching
from steelyard.flows.command import ERR
from steelyard.flows.sweep import sweep

OUT = Console(file=sys.stdout)
"""What Prefect does not print to."""

ONE_AT_ONCE = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
"""Of the deployment, whoever starts the runs: one that is due while another trains is Cancelled."""

PROCESSES = 2
"""One that trains, and one for a run that is due meanwhile: without it that would wait its turn and not be refused."""

PAUSE_SECONDS = 10.0
"""Before a server that was gone is asked again."""


async def serve(name: str, times: Schedule, parameters: dict[str, Any]) -> None:
    """Serve the sweep until Ctrl-C or SIGTERM, through restarts of the server, which Prefect's runner does not outlive.

    Args:
        name: of the deployment.
        times: when runs are due.
        parameters: of a run, as JSON has them.

    Raises:
        BadInput: another schedule has the name.
    """
    # When the server is gone, Prefect prints tracebacks and leaves a coroutine behind.
    warnings.filterwarnings("ignore", "coroutine 'Runner", RuntimeWarning)
    with claiming.alone(name, parameters), redirect_stdout(StringIO()):
        for line in (*await claiming.claim(name, parameters), *await claiming.close(name, parameters)):
            _say(ERR, line)
        await _keep_serving(name, times, parameters)


async def _keep_serving(name: str, times: Schedule, parameters: dict[str, Any]) -> None:
    runner: Runner | None
    runner, deployment = await _runner(name, times, parameters)
    stopped, known = asyncio.Event(), {run.id for run in await watching.ended_badly(deployment)}
    watched = asyncio.create_task(watching.watch(deployment, known, partial(_say, ERR), stopped))
    _hear_alone()
    while not stopped.is_set():
        try:
            if not runner:
                await claiming.close(name, parameters)
                runner, _ = await _runner(name, times, parameters)
            await _serve(runner, stopped)
        except Exception as error:  # noqa: BLE001  # one of many kinds, in a group of them
            _say(ERR, f"no answer from the Prefect server ({_reason(error)}); asking again every {PAUSE_SECONDS:.0f} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), PAUSE_SECONDS)
        runner = None
    watched.cancel()


async def _runner(name: str, times: Schedule, parameters: dict[str, Any]) -> tuple[Runner, UUID]:
    """What starts the runs of the deployment, which is made, or brought up to date and switched on."""
    # Not fetched ahead of its time, since a run that waits would hold the place of the only one.
    runner = Runner(name=name, limit=PROCESSES, prefetch_seconds=0)
    deployment = await runner.aadd_flow(
        sweep, name=name, schedule=times, parameters=parameters, concurrency_limit=ONE_AT_ONCE
    )
    page = f"{PREFECT_UI_URL.value()}/deployments/deployment/{deployment}"
    _say(OUT, f"sweep/{name} is scheduled; runs and form: {page}")
    _say(OUT, "Ctrl-C pauses the schedule and ends a sweep that trains")
    return runner, deployment


async def _serve(runner: Runner, stopped: asyncio.Event) -> None:
    serving, ended = asyncio.create_task(runner.start()), asyncio.create_task(stopped.wait())
    while not (runner.started or serving.done()):
        await asyncio.sleep(0.05)
    # Only now: the runner has set a handler of its own, which does not wait for what it ends.
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, _stop, stopped)
    await asyncio.wait({serving, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if runner.started and stopped.is_set():
        await runner.astop()
    await serving


def _say(console: Console, words: str) -> None:
    console.print(words, markup=False, highlight=False, soft_wrap=True)


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


def _stop(stopped: asyncio.Event) -> None:
    """Stop, and when asked again stop at once."""
    if stopped.is_set():
        for process in multiprocessing.active_children():
            process.kill()
        os._exit(130)
    stopped.set()
