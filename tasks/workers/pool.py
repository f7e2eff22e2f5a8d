"""Processes of their own for trials and for embedding: one that crashes or is killed loses only its own work."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

from models.errors import BadInput
from models.trainer import Epoch
from tasks.features import embedding
from tasks.features.embedding import EmbedJob, Refused
from tasks.workers import process as trial_process
from tasks.workers.process import Broken, Finished, Job

# Forked from a server that has imported torch once: 0.05 s for a process instead of 2 s, and no lock is inherited.
_context = multiprocessing.get_context("forkserver")
# An optimiser imports torch._dynamo when it is made, 1.3 s in each process if the server has not; areas need the other.
_context.set_forkserver_preload([trial_process.__name__, "torch._dynamo", "sklearn.metrics"])

_lock = threading.Lock()
_running: dict[BaseProcess, Path] = {}
_stopped: set[Path] = set()


class TrialFailed(RuntimeError):
    """A trial ended without a result; the message says why, in one line."""


def fit(job: Job, sweep: Path, on_epoch: Callable[[Epoch], None]) -> Finished:
    """Run a job in a process of its own and wait for it.

    Args:
        job: what to fit.
        sweep: folder of the sweep; ``stop`` takes it.
        on_epoch: called in this thread after each epoch.

    Raises:
        TrialFailed: the trial raised, its process died, or the sweep was stopped.
    """
    with _started(trial_process.main, job, job.trial.name, sweep) as (process, messages):
        for message in messages:
            if isinstance(message, Epoch):
                on_epoch(message)
            elif isinstance(message, Broken):
                raise TrialFailed(message.reason)
            else:
                return cast("Finished", message)
    raise TrialFailed(_epitaph(process.exitcode, sweep))


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
    with _started(embedding.main, job, "embed", sweep) as (process, messages):
        for message in messages:
            if isinstance(message, Refused):
                raise BadInput(message.reason)
            on_done(message.done)
            if message.done == len(job.rows):
                return
    raise TrialFailed(f"while it embedded, {_epitaph(process.exitcode, sweep)}")


@contextmanager
def _started(
    target: Callable[[Any, Connection], None], job: Any, name: str, sweep: Path
) -> Iterator[tuple[BaseProcess, Iterator[Any]]]:
    """A process and what it sends; it has ended when the block does, killed if the block raises."""
    receiver, sender = _context.Pipe(duplex=False)
    process = _context.Process(target=target, args=(job, sender), name=name, daemon=True)
    _start(process, sweep)
    sender.close()
    try:
        yield process, _messages(receiver)
    except BaseException:
        process.kill()
        raise
    finally:
        _end(process, receiver)


def stop(sweep: Path) -> None:
    """Kill the sweep's processes and let it start no more."""
    with _lock:
        _stopped.add(sweep)
        for process, owner in _running.items():
            if owner == sweep:
                process.kill()


def _start(process: BaseProcess, sweep: Path) -> None:
    with _lock:
        if sweep in _stopped:
            raise TrialFailed("the sweep was stopped before it began")
        _start_server()
        process.start()
        _running[process] = sweep


def _start_server() -> None:
    """Start the forkserver, once, such that a ``tasks.py`` in the working folder is not taken for ours."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        forkserver.ensure_running()
    finally:
        os.environ.pop("PYTHONSAFEPATH") if before is None else os.environ.update(PYTHONSAFEPATH=before)


def _messages(receiver: Connection) -> Iterator[Any]:
    """Messages until the pipe closes, which it does when the process dies."""
    while True:
        try:
            yield receiver.recv()
        except (EOFError, ConnectionResetError):
            return


def _end(process: BaseProcess, receiver: Connection) -> None:
    receiver.close()
    process.join()
    with _lock:
        del _running[process]


def _epitaph(exitcode: int | None, sweep: Path) -> str:
    if sweep in _stopped:
        return "the sweep was stopped"
    if exitcode is not None and exitcode < 0:
        return f"its process was killed by signal {-exitcode}" + (" (out of memory?)" if exitcode == -9 else "")
    return f"its process ended with exit code {exitcode}"
