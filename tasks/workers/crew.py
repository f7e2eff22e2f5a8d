"""The runner that trains side by side, as many at once as the machine has room for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.task_runners import ThreadPoolTaskRunner

from steelyard.models.spec.sweep_plan import Shared
from steelyard.tasks import interrupt
from steelyard.tasks.workers import pool


@contextmanager
def crew(shared: Shared, heads: bool) -> Iterator[ThreadPoolTaskRunner[Any]]:
    """Threads that each mind one trial; whatever ends the sweep early ends their processes too.

    Args:
        shared: gives the width and the folder by which the processes are known.
        heads: whether there is nothing to train but heads; a thread more then logs while the processes train.
    """
    pool.limit(shared.folder, shared.workers)
    try:
        with ThreadPoolTaskRunner[Any](max_workers=shared.workers + heads) as runner:
            try:
                yield runner
            except BaseException as error:
                interrupt.hurry(error)
                pool.stop(shared.folder)
                raise
    finally:
        pool.close(shared.folder)
