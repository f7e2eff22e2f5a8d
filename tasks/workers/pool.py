"""Processes of their own for trials and for embedding: one that crashes or is killed loses only what it worked on."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

from steelyard.models.errors import BadInput
from steelyard.models.train.trainer import Epoch
from steelyard.tasks.features import embedding
from steelyard.tasks.features.embedding import EmbedJob, Refused
from steelyard.tasks.workers import process as trial_process
from steelyard.tasks.workers.process import Broken, Finished, Job

# Forked from a server that has imported torch once: 0.05 s for a process instead of 2 s, and no lock is inherited.
_context = multiprocessing.get_context("forkserver")
# An optimiser imports torch._dynamo when it is made, 1.3 s in each process if the server has not; areas need the other.
_context.set_forkserver_preload([trial_process.__name__, "torch._dynamo", "sklearn.metrics"])

_lock = threading.Lock()
_running: dict[BaseProcess, Path] = {}
_stopped: set[Path] = set()
_places: dict[Path, threading.BoundedSemaphore] = {}
_idle: dict[tuple[Path, str], list["_Worker"]] = {}
"""Processes that wait for a trial, by sweep and device: one process trains many, one after the other."""

_ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(2**32), "MALLOC_TRIM_THRESHOLD_": str(2**33)}
"""Let glibc keep what is freed: a batch's maps are 25 MB each, and to get them anew was a fifth of embedding's time."""


@dataclass(frozen=True)
class _Worker:
    """A process, and the pipe to it."""

    process: BaseProcess
    pipe: Connection

    def messages(self) -> Iterator[Any]:
        """Messages until the pipe closes, which it does when the process dies."""
        while True:
            try:
                yield self.pipe.recv()
            except (EOFError, ConnectionResetError):
                return

    def end(self) -> None:
        """Kill it, which a process that has ended does not mind."""
        self.process.kill()
        self.pipe.close()
        self.process.join()
        with _lock:
            del _running[self.process]


class TrialFailed(RuntimeError):
    """A trial ended without a result; the message says why, in one line."""


def warm() -> None:
    """Let what all processes are forked from import torch, which takes seconds, before the first is wanted."""
    with _lock:
        _start_server()


def limit(sweep: Path, processes: int) -> None:
    """Let no more than so many processes of a sweep train at once.

    Args:
        sweep: its folder.
        processes: at least 1.
    """
    _places[sweep] = threading.BoundedSemaphore(processes)


def fit(job: Job, sweep: Path, on_epoch: Callable[[Epoch], None]) -> Finished:
    """Run a job in a process of the sweep that does nothing else meanwhile, and wait for it.

    Args:
        job: what to fit.
        sweep: folder of the sweep; ``stop`` and ``close`` take it.
        on_epoch: called in this thread after each epoch.

    Raises:
        TrialFailed: the trial raised, its process died, or the sweep was stopped.
    """
    with _places.get(sweep, nullcontext()):
        worker = _waiting(job, sweep) or _start(trial_process.main, job, sweep)
        try:
            finished = _followed(worker, sweep, on_epoch)
        except BaseException:
            worker.end()
            raise
        with _lock:
            _idle.setdefault((sweep, job.device), []).append(worker)
    return finished


def _followed(worker: _Worker, sweep: Path, on_epoch: Callable[[Epoch], None]) -> Finished:
    for message in worker.messages():
        if isinstance(message, Epoch):
            on_epoch(message)
        elif isinstance(message, Broken):
            raise TrialFailed(message.reason)
        else:
            return cast("Finished", message)
    raise TrialFailed(_epitaph(worker.process, sweep))


def _waiting(job: Job, sweep: Path) -> _Worker | None:
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
            worker.end()
            continue
        return worker


def embed(job: EmbedJob, sweep: Path, on_done: Callable[[int], None]) -> None:
    """Embed images in a process of its own and wait for it.

    Args:
        job: what to embed.
        sweep: folder of the sweep; ``stop`` takes it.
        on_done: called in this thread with how many images are done.

    Raises:
        BadInput: the images cannot be read any more, or there is no room.
        TrialFailed: the process died, or the sweep was stopped.
    """
    worker = _start(embedding.main, job, sweep)
    try:
        for message in worker.messages():
            if isinstance(message, Refused):
                raise BadInput(message.reason)
            on_done(message.done)
            if message.done == len(job.rows):
                return
        raise TrialFailed(f"while it embedded, {_epitaph(worker.process, sweep)}")
    finally:
        worker.end()


def stop(sweep: Path) -> None:
    """Kill the sweep's processes and let it start no more."""
    with _lock:
        _stopped.add(sweep)
        for process, owner in _running.items():
            if owner == sweep:
                process.kill()


def close(sweep: Path) -> None:
    """End the sweep's processes that wait for a trial; there is none to come."""
    with _lock:
        _places.pop(sweep, None)
        waiting = [worker for key in list(_idle) if key[0] == sweep for worker in _idle.pop(key)]
    for worker in waiting:
        worker.end()


def _start(target: Callable[[Any, Connection], None], job: Any, sweep: Path) -> _Worker:
    ours, theirs = _context.Pipe()
    process = _context.Process(target=target, args=(job, theirs), daemon=True)
    with _lock:
        if sweep in _stopped:
            raise TrialFailed("the sweep was stopped before it began")
        _start_server()
        with _without_main():
            process.start()
        _running[process] = sweep
    theirs.close()
    return _Worker(process, ours)


def _start_server() -> None:
    """Start the forkserver, once, such that a ``tasks.py`` in the working folder is not taken for ours."""
    own = {"PYTHONSAFEPATH": "1"} | _ALLOCATOR
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        forkserver.ensure_running()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@contextmanager
def _without_main() -> Iterator[None]:
    """Let a process that is started not import this one's main module, which may be a script that runs a sweep.

    It needs nothing of it, and a script need not hide its calls behind ``if __name__ == "__main__"``. multiprocessing
    imports what the spec of the main module names, but nothing that is called ``__main__``.
    """
    main = sys.modules["__main__"]
    before, main.__spec__ = main.__spec__, ModuleSpec("steelyard.__main__", None)
    try:
        yield
    finally:
        main.__spec__ = before


def _epitaph(process: BaseProcess, sweep: Path) -> str:
    process.join()
    if sweep in _stopped:
        return "the sweep was stopped"
    code = process.exitcode or 0
    if code < 0:
        return f"its process was killed by signal {-code}" + (" (out of memory?)" if code == -signal.SIGKILL else "")
    return f"its process ended with exit code {code}"
