"""Runs that a deployment of Prefect started, and locks that show whether their process lives."""

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext

from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import interrupt, preflight
from steelyard.tasks.interrupt import Stage
from steelyard.tasks.prefect_view import flow_runs
from steelyard.tasks.settings import Settings

logger = logging.getLogger(__name__)

SCHEDULE = "STEELYARD_SCHEDULE"
"""Environment variable: process id of the schedule, which the runs that it starts do not outlive."""


@contextmanager
def served(spec: Sweep, settings: Settings) -> Iterator[str]:
    """If a deployment started the current flow run, do what the command line does for its own sweeps.

    That is: refuse at once what cannot be, let our log lines through, and say in one why the run failed.

    Yields:
        Name of the deployment; "" for a run that was started otherwise, or by another run.

    Raises:
        BadInput: as ``preflight.check``.
    """
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if context is None or run is None or run.deployment_id is None:
        yield ""
        return
    with get_client(sync_client=True) as client:
        name = str(client.read_deployment(run.deployment_id).name)
    flow_runs.look_on(context, settings.cache)
    interrupt.listen()
    interrupt.end_with(os.environ.get(SCHEDULE, ""))
    logging.getLogger("steelyard").setLevel(logging.INFO)
    try:
        preflight.check(spec, settings)
        # Shows a schedule that comes after a crash whether this run goes on.
        with held(settings.cache, str(run.id)):
            yield name
    except Exception as error:
        logger.error("the run failed: %s", " ".join(str(error).split()) or type(error).__name__)
        raise


@contextmanager
def held(cache: Path, name: str) -> Iterator[bool]:
    """Hold a name, any text, on this machine while the block runs; it falls with the process, however that ends.

    Yields:
        Whether it is held now; False where another process, or another part of this one, holds it.
    """
    folder = cache / "schedules"
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.blake2b(name.encode(errors="backslashreplace"), digest_size=16).hexdigest()
    lock = FileLock(folder / f"{digest}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        with interrupt.closing(Stage.REMOVE, partial(Path(lock.lock_file).unlink, missing_ok=True)):
            yield True
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()
