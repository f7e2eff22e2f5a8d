"""The runner that trains side by side, as wide as the machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.futures import PrefectFuture, as_completed
from prefect.task_runners import ThreadPoolTaskRunner

from models.spec import Trial
from models.sweep_plan import Shared
from tasks.workers import pool

Futures = dict[Trial, PrefectFuture[Any]]


@contextmanager
def crew(shared: Shared) -> Iterator[ThreadPoolTaskRunner[Any]]:
    """Threads that each mind one trial's process; whatever ends the sweep early ends the processes too.

    Args:
        shared: gives the width and the folder by which the processes are known.
    """
    with ThreadPoolTaskRunner[Any](max_workers=shared.workers) as runner:
        try:
            yield runner
        except BaseException:
            pool.stop(shared.folder)
            raise


def succeeded(futures: Futures) -> Iterator[tuple[Trial, Any]]:
    """Trials whose task ended with a result, with its future, as they end; those that failed are passed over."""
    trials = {future: trial for trial, future in futures.items()}
    for future in as_completed(list(trials)):
        future.wait()
        if future.state.is_completed():
            yield trials[future], future
