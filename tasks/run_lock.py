"""Hold a name on this machine for as long as a process lives: its lock falls with it, however it ends."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

FOLDER = "schedules"


@contextmanager
def held(cache: Path, name: str) -> Iterator[bool]:
    """Hold a name while the block runs.

    Args:
        cache: folder; the locks are files below it.
        name: any text.

    Yields:
        Whether it is held now; False where another process, or another part of this one, holds it.
    """
    lock = FileLock(_file(cache, name))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def is_held(cache: Path, name: str) -> bool:
    """Whether a process that lives holds a name."""
    with held(cache, name) as free:
        return not free


def _file(cache: Path, name: str) -> Path:
    folder = cache / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{hashlib.blake2b(name.encode(errors='backslashreplace'), digest_size=16).hexdigest()}.lock"
