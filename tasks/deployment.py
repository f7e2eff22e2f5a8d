"""Runs that a deployment of Prefect started, and locks that show whether their process lives."""

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from prefect import State
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.states import Failed
from pydantic import ValidationError

from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import interrupt, preflight
from steelyard.tasks.interrupt import Stage
from steelyard.tasks.prefect_view import flow_runs
from steelyard.tasks.settings import Settings
from steelyard.tasks.user_input import one_line

logger = logging.getLogger(__name__)

SCHEDULE = "STEELYARD_SCHEDULE"
"""Environment variable: process id of the schedule, which the runs that it starts do not outlive."""


def run_name() -> str:
    """What the flow run that begins is called: after its sweep."""
    context = FlowRunContext.get()
    assert context is not None and context.flow_run is not None
    try:
        return Sweep.model_validate((context.parameters or {}).get("spec")).title
    except ValueError:  # It is refused in a moment.
        return context.flow_run.name


@dataclass
class Refusal:
    """Why a run that a deployment started cannot be.

    Attributes:
        why: in a line; "" while nothing is known against it.
    """

    why: str = ""

    def state(self) -> State[Any]:
        """How such a run ends."""
        return Failed(message=self.why)


@contextmanager
def refusable() -> Iterator[Refusal]:
    """Say in one line of the log why a run failed that a deployment started.

    What is refused ends the block and is no exception behind it: Prefect would write pages about it.

    Yields:
        What says why, behind the block.
    """
    refusal = Refusal()
    try:
        yield refusal
    except Exception as error:
        if _of_deployment() is None:
            raise
        refusal.why = one_line(error) or type(error).__name__
        logger.error("the run failed: %s", refusal.why)
        if not isinstance(error, BadInput | ValidationError):
            raise


@contextmanager
def served(spec: object, settings: object) -> Iterator[tuple[Sweep, Settings, str]]:
    """If a deployment started the current flow run, do what the command line does for its own sweeps.

    That is: refuse at once what cannot be, and let our log lines through.

    Args:
        spec: a ``Sweep``, or what JSON has of it, which a deployment gives.
        settings: likewise.

    Yields:
        Spec, settings, and the name of the deployment; "" for a run that was started otherwise, or by another run.

    Raises:
        BadInput: as ``preflight.check``.
        ValidationError: what JSON has is no spec, or are no settings.
    """
    asked, where = Sweep.model_validate(spec), Settings.model_validate(settings)
    with begun(where.cache) as name:
        if name:
            preflight.check(asked, where)
        yield asked, where, name


@contextmanager
def begun(cache: Path) -> Iterator[str]:
    """If a deployment started the current flow run, let our log lines through, and end with the schedule or a signal.

    Yields:
        Name of the deployment; "" for a run that was started otherwise, or by another run.
    """
    context = _of_deployment()
    if context is None:
        yield ""
        return
    logging.getLogger("steelyard").setLevel(logging.INFO)
    assert context.flow_run is not None
    with get_client(sync_client=True) as client:
        name = str(client.read_deployment(str(context.flow_run.deployment_id)).name)
    flow_runs.look_on(context, cache)
    interrupt.listen()
    interrupt.end_with(os.environ.get(SCHEDULE, ""))
    # Shows a schedule that comes after a crash whether this run goes on.
    with held(cache, str(context.flow_run.id)):
        yield name


def _of_deployment() -> FlowRunContext | None:
    """The current flow run, if a deployment started it."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    return context if run and run.deployment_id else None


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
