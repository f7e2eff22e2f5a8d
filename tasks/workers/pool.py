"""The runner on this machine: processes, as many at once as a sweep may have; one that dies loses only its trial."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar, cast

from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep_plan import Shared
from steelyard.models.train.trainer import Epoch
from steelyard.tasks import interrupt
from steelyard.tasks.atomic_files import no_room
from steelyard.tasks.features import embedding
from steelyard.tasks.features.embedding import EmbedJob, Refused
from steelyard.tasks.interrupt import Stage, Stopped
from steelyard.tasks.settings import Settings
from steelyard.tasks.workers import devices, start, trial_process
from steelyard.tasks.workers.devices import Machine
from steelyard.tasks.workers.start import Worker
from steelyard.tasks.workers.trial_process import Broken, Finished, Job

T = TypeVar("T")

WANTS_SERVER = False
"""As of ``Runner``."""

_lock = threading.Lock()
_running: dict[BaseProcess, Path] = {}
_stopped: set[Path] = set()
_places: dict[Path, threading.BoundedSemaphore] = {}
_idle: dict[tuple[Path, str], list[Worker]] = {}
"""Processes that wait for a trial, by sweep and device: one process trains many, one after the other."""


class TrialFailed(RuntimeError):
    """A trial ended without a result; the message says why, in one line."""


class TrialStopped(TrialFailed, Stopped):
    """It has no result because the sweep was stopped."""


def warm(backbone: bool = False) -> None:
    """Let what all processes are forked from import torch, which takes seconds, and maybe what makes a backbone."""
    with _lock:
        start.server(backbone)


def machine(settings: Settings, image_bytes: int) -> Machine:
    """As of ``Runner``: of this machine."""
    return devices.resolve(settings, image_bytes)


def limit(sweep: Path, jobs: int) -> None:
    """Let no more than so many processes of a sweep, known by its folder, train at once."""
    _places[sweep] = threading.BoundedSemaphore(jobs)


def fit(job: Job, sweep: Path, on_epoch: Callable[[Epoch], None]) -> Finished:
    """Run a job in a process of the sweep, known by its folder, that does nothing else meanwhile, and wait for it.

    ``on_epoch`` is called in this thread after each epoch.

    Raises:
        TrialFailed: the trial raised, its process died, or the sweep was stopped.
    """
    with _places.get(sweep, nullcontext()):
        worker = _waiting(job, sweep) or _start(trial_process.main, job, sweep)
        try:
            finished = _followed(worker, sweep, on_epoch)
        except BaseException:
            _end(worker)
            raise
        with _lock:
            _idle.setdefault((sweep, job.device), []).append(worker)
    return finished


@contextmanager
def place(shared: Shared, cache: Path) -> Iterator[str]:
    """A device of the sweep, leased among all sweeps of this user."""
    with devices.lease(shared.devices, shared.per_device, cache / "leases") as device:
        yield device


def _followed(worker: Worker, sweep: Path, on_epoch: Callable[[Epoch], None]) -> Finished:
    for message in worker.messages():
        if isinstance(message, Epoch):
            on_epoch(message)
        elif isinstance(message, Broken):
            raise TrialFailed(f"{no_room(sweep)}{message.reason}")
        else:
            return cast("Finished", message)
    raise _failure(worker, sweep)


def _waiting(job: Job, sweep: Path) -> Worker | None:
    """A process that waits for a job and has been given this one; None if there is none."""
    while True:
        with _lock:
            there = _idle.get((sweep, job.device))
            worker = there.pop() if there and sweep not in _stopped else None
        if worker is None:
            return None
        try:
            worker.pipe.send(job)
        except OSError:  # It was killed while it waited, and has lost nothing.
            _end(worker)
            continue
        return worker


def embed(job: EmbedJob, sweep: Path, on_done: Callable[[int], None]) -> None:
    """Embed images in a process of its own and wait for it; ``on_done`` is told in this thread how many are done.

    Raises:
        BadInput: the images cannot be read any more, or there is no room.
        TrialFailed: the process died, or the sweep was stopped.
    """
    worker = _start(embedding.main, job, sweep)
    try:
        for message in worker.messages():
            if isinstance(message, Refused):
                raise BadInput(message.reason)
            on_done(message)
            if message == len(job.rows):
                return
        raise _failure(worker, sweep, "while it embedded, ")
    finally:
        _end(worker)


def call(function: Callable[..., T], *args: Any, sweep: Path) -> T:
    """What a function gives, called in a process of its own, which takes no turns with this one's Python.

    Raises:
        TrialFailed: it raised, its process died, or the sweep was stopped.
        OSError, EOFError: no process can be started.
    """
    worker = _start(_called, (function, args), sweep)
    try:
        for message in worker.messages():
            if isinstance(message, Broken):
                raise TrialFailed(message.reason)
            return cast("T", message)
        raise _failure(worker, sweep)
    finally:
        _end(worker)


def _called(job: tuple[Callable[..., Any], tuple[Any, ...]], pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger().addHandler(logging.NullHandler())  # Whoever asked says what is to be said.
    function, args = job
    try:
        pipe.send(function(*args))
    except Exception as error:  # noqa: BLE001  # whatever it is, whoever asked is told
        pipe.send(Broken(f"{type(error).__name__}: {error}".splitlines()[0]))


def stop(sweep: Path) -> None:
    """Kill the sweep's processes and let it start no more."""
    with _lock:
        _stopped.add(sweep)
        for process, owner in _running.items():
            if owner == sweep:
                process.kill()


def _stop_all() -> None:
    # No lock, which may be held for as long as a process takes to start.
    for process, sweep in list(_running.items()):
        _stopped.add(sweep)
        process.kill()
    start.kill_server()


interrupt.on_end(Stage.STOP, _stop_all)


def close(sweep: Path) -> None:
    """End the sweep's processes that wait for a trial; there is none to come."""
    with _lock:
        _places.pop(sweep, None)
        waiting = [worker for key in list(_idle) if key[0] == sweep for worker in _idle.pop(key)]
    for worker in waiting:
        _end(worker)


def _start(target: Callable[[Any, Connection], None], job: Any, sweep: Path) -> Worker:
    with _lock:
        if sweep in _stopped or interrupt.ending():
            raise TrialStopped("the sweep was stopped before it began")
        worker = start.worker(target, job)
        _running[worker.process] = sweep
    return worker


def _end(worker: Worker) -> None:
    worker.end()
    with _lock:
        del _running[worker.process]


def _failure(worker: Worker, sweep: Path, when: str = "") -> TrialFailed:
    ended = worker.epitaph()
    stopped = sweep in _stopped
    return TrialStopped("the sweep was stopped") if stopped else TrialFailed(when + ended)
