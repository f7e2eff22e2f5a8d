"""Folders for a while in the system's temporary folder; what killed processes left of them goes with the next."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import product
from multiprocessing import util
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from steelyard.tasks import interrupt
from steelyard.tasks.interrupt import Stage

LOCK = "steelyard.lock"
"""In each of them, held while its process lives."""


NAMES = ("steelyard-", "pymp-")
"""How they begin: ours, and multiprocessing's, where the socket of a forkserver lies."""


SHORT, LONGEST = "/tmp", 75  # noqa: S108  # mkdtemp makes folders there that nobody else reads
"""A socket's path may have 107 characters, of which multiprocessing needs 32 below the temporary folder."""


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder that goes when the block, or the process, ends."""
    clear_dead()
    made = Path(tempfile.mkdtemp(prefix=NAMES[0]))
    remove = partial(shutil.rmtree, made, ignore_errors=True)
    lock, inner = hold(made), made / "files"
    try:
        with interrupt.closing(Stage.REMOVE, remove):
            inner.mkdir()  # Whoever keeps all that is in it does not keep the lock.
            yield inner
    finally:
        remove()
        lock.release()


def hold(folder: Path) -> BaseFileLock:
    """Let a folder show that this process lives; the lock is free once it is dead.

    A child that is forked without exec would keep it.
    """
    new = folder / f"{LOCK}.new"
    lock = FileLock(new, thread_local=False)
    lock.acquire(timeout=0)
    new.rename(folder / LOCK)  # Nobody finds it before it is held.
    return lock


def clear_dead() -> None:
    """Remove such folders whose process is dead."""
    for root, name in product({tempfile.gettempdir(), SHORT}, NAMES):
        for lock in Path(root).glob(f"{name}*/{LOCK}"):
            with suppress(OSError, Timeout), FileLock(lock).acquire(timeout=0):
                shutil.rmtree(lock.parent)


def for_sockets() -> Path:
    """Multiprocessing's folder of this process: where the system's has too long a name for a socket, elsewhere."""
    before = tempfile.tempdir
    if len(tempfile.gettempdir()) > LONGEST:
        tempfile.tempdir = SHORT
    try:
        return Path(util.get_temp_dir())
    finally:
        tempfile.tempdir = before
