"""The runner that trains side by side, as wide as the machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.task_runners import ThreadPoolTaskRunner

from models.sweep_plan import Shared
from tasks import interrupt
from tasks.workers import pool


@contextmanager
def crew(shared: Shared) -> Iterator[ThreadPoolTaskRunner[Any]]:
    """Threads that each mind one trial's process; whatever ends the sweep early ends the processes too.

    Args:
        shared: gives the width and the folder by which the processes are known.
    """
    with ThreadPoolTaskRunner[Any](max_workers=shared.workers) as runner:
        try:
            yield runner
        except BaseException as error:
            interrupt.hurry(error)
            pool.stop(shared.folder)
            raise
