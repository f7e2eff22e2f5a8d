"""Where a worker starts: a process forked from a server that has imported torch once, and the pipe to it."""

import multiprocessing
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from multiprocessing import forkserver, resource_tracker, util
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from filelock import BaseFileLock

from steelyard.tasks import scratch
from steelyard.tasks.workers import orphans, trial_process

# Forked from a server that has imported torch once: 0.05 s for a process instead of 2 s, and no lock is inherited.
_context = multiprocessing.get_context("forkserver")
# An optimiser imports torch._dynamo when it is made, 1.3 s in each process if the server has not.
_PRELOADED = [orphans.__name__, trial_process.__name__, "torch._dynamo"]
_context.set_forkserver_preload(_PRELOADED)

_ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(2**32), "MALLOC_TRIM_THRESHOLD_": str(2**33)}
"""Let glibc keep what is freed: a batch's maps are 25 MB each, and to get them anew was a fifth of embedding's time."""


TRIES, PAUSE_SECONDS = 3, 0.1
"""To have a process forked by a server that may be dying, and then by the next."""

_held: dict[Path, BaseFileLock] = {}
"""Folder of this process's forkserver, and what shows that the process lives."""


@dataclass(frozen=True)
class Worker:
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

    def epitaph(self) -> str:
        """How it ended, once its pipe has closed."""
        self.process.join()
        code = self.process.exitcode or 0
        if code >= 0:
            return f"its process ended with exit code {code}"
        return f"its process was killed by signal {-code}" + (" (out of memory?)" if code == -signal.SIGKILL else "")


def worker(target: Callable[[Any, Connection], None], job: Any) -> Worker:
    """Start a process that calls ``target`` with the job and its end of a pipe; one at a time.

    Raises:
        EOFError, OSError: none can be started.
    """
    for _ in range(TRIES):
        with suppress(EOFError, ConnectionError, FileNotFoundError):  # Killed, it is replaced.
            return _forked(target, job)
        time.sleep(PAUSE_SECONDS)
    return _forked(target, job)


def _forked(target: Callable[[Any, Connection], None], job: Any) -> Worker:
    ours, theirs = _context.Pipe()
    process = _context.Process(target=orphans.watched, args=(target, job, theirs), daemon=True)
    server()
    with _without_main():
        process.start()
    theirs.close()
    return Worker(process, ours)


def server(backbone: bool = False) -> None:
    """Start the forkserver, once, such that a ``tasks.py`` in the working folder is not taken for ours.

    Where a ``backbone`` is wanted it imports what makes one, a second of each process that would do so.
    """
    if backbone:
        _context.set_forkserver_preload([*_PRELOADED, "steelyard.models.train.backbone"])
    own = {"PYTHONSAFEPATH": "1", orphans.PARENT: str(os.getpid())} | _ALLOCATOR
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    scratch.clear_dead()
    # A forkserver cannot be asked: one that is connected to, and told nothing, ends.
    if (folder := scratch.for_sockets()) not in _held:
        _held[folder] = scratch.hold(folder)
    resource_tracker.ensure_running()  # Later it would unblock the signals again.
    # A terminal sends Ctrl-C to all processes, and what stops a service sends SIGTERM: this one decides what ends.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def kill_server() -> None:
    """Kill the forkserver, if there is one: it would take a second to notice that this process has ended."""
    pid = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    if pid:
        os.kill(pid, signal.SIGKILL)
        shutil.rmtree(util.get_temp_dir(), ignore_errors=True)


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
