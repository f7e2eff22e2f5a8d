"""Folders of one process: to build in before moving to the final place, or to work in until the end."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from steelyard.models.errors import BadInput

PREFIX = ".building-"
ALIVE = ".alive"


@contextmanager
def own_folder(root: Path) -> Iterator[Path]:
    """A new folder below ``root`` that goes when the block ends; what dead processes left there is removed first.

    A process that is killed leaves its folder behind under a name that no reader looks for, and its lock falls, which
    shows the next process that it is dead.

    Raises:
        BadInput: ``root`` cannot be written.
    """
    folder = root / f"{PREFIX}{uuid.uuid4().hex}"
    alive = FileLock(f"{folder}{ALIVE}")
    try:
        with _told(root):
            _claim(folder, alive)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _let_go(alive)


@contextmanager
def building(root: Path) -> Iterator[Path]:
    """An ``own_folder`` to build something in that ``publish`` then moves to its place.

    Raises:
        BadInput: ``root`` cannot be written, or its disk is full.
    """
    with own_folder(root) as folder, _told(root):
        yield folder


@contextmanager
def _told(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadInput(
            f"cache must be a folder that can be written, with room, got {root} ({error.strerror or error}); "
            "name another with --cache or STEELYARD_CACHE"
        ) from error


def _claim(folder: Path, alive: BaseFileLock) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Under one lock, so that nobody removes a folder between its making and its own lock.
    with FileLock(folder.parent / ".lock"):
        _remove_leftovers(folder.parent)
        alive.acquire(timeout=0)
        folder.mkdir()


def _let_go(lock: BaseFileLock) -> None:
    lock.release()
    with suppress(OSError):
        Path(lock.lock_file).unlink()


def _remove_leftovers(root: Path) -> None:
    for name in {entry.name.removesuffix(ALIVE) for entry in root.glob(f"{PREFIX}*")}:
        lock = FileLock(root / f"{name}{ALIVE}")
        try:
            lock.acquire(timeout=0)
        except Timeout:  # Its process lives.
            continue
        shutil.rmtree(root / name, ignore_errors=True)
        _let_go(lock)


def publish(folder: Path, target: Path, is_whole: Callable[[Path], bool]) -> None:
    """Move a built folder to its final place, unless the same is there already.

    Args:
        folder: built below the same root as ``target``.
        target: named by the content, so two whole ones are equal and the first stays.
        is_whole: whether a folder has everything; a damaged ``target`` is replaced.
    """
    for file in folder.iterdir():
        with file.open("rb") as written:
            os.fsync(written.fileno())  # A power cut must not leave a finished name on empty files.
    with FileLock(target.parent / ".lock"):
        if is_whole(target):
            return
        if target.exists():
            target.replace(folder.with_name(f"{PREFIX}{uuid.uuid4().hex}"))
        folder.replace(target)


def write_text(path: Path, text: str) -> None:
    """Write a small file at once: a reader sees the old or the new text, never half of it, even on a full disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name[:100]}-{uuid.uuid4().hex}")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
