"""No process outlives its sweep: what watches in the forkserver, which imports this first, and in each worker."""

import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

PARENT = "STEELYARD_PARENT"
"""Environment variable of a forkserver: process id of the sweep."""

LOOK_SECONDS = 1.0
KEEP_SECONDS = 3.0
"""For a process that embeds to keep what it has; it notices at its next batch that its pipe is closed."""


def watched(target: Callable[[Any, Connection], None], job: Any, pipe: Connection) -> None:
    """Call ``target``, and end this process a few seconds after the one that asked for it, whatever it does then."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    threading.Thread(target=_end_after_sweep, name="orphans", daemon=True).start()
    target(job, pipe)


def _end_after_sweep() -> None:
    # The sweep and not the forkserver, without which a worker can go on.
    sweep = parent_process()
    assert sweep is not None
    sweep.join()
    time.sleep(KEEP_SECONDS)
    os._exit(1)


def _look(number: int, frame: FrameType | None) -> None:
    if os.environ[PARENT] != str(os.getppid()):
        os._exit(1)


if os.environ.get(PARENT) == str(os.getppid()):
    # A forkserver looks only once it has imported everything, which takes long on a busy machine. By a timer, which a
    # process that is forked does not inherit, and not by a thread, beside which none should be forked.
    signal.signal(signal.SIGALRM, _look)
    signal.setitimer(signal.ITIMER_REAL, LOOK_SECONDS, LOOK_SECONDS)
