"""Files and folders that are written whole or not at all: those that people name, and those of the cache."""

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TextIO

from filelock import BaseFileLock, FileLock, Timeout

from steelyard.models.errors import BadInput
from steelyard.tasks.interrupt import Stage, closing

PREFIX = ".building-"
ALIVE = ".alive"
GOING = ".going"

LEAST_ROOM = 1_000_000
"""Bytes on the disk of a folder, with fewer of which nothing that is worth it can be written."""


def check_writable(output: Path, argument: str) -> None:
    """Refuse a file, named by an argument, that cannot be written; a device or a pipe, such as /dev/stdout, will do.

    Raises:
        BadInput: its folder is not there, or it cannot be written.
    """
    wrong = f"{argument} must be a file that can be written, got {output}"
    try:
        there, folder = output.exists(), _place(output).parent
        if not folder.is_dir():
            raise BadInput(f"{argument} must lie in a folder that exists, got {output}; create {folder}")
        # Beside the old file the new one is written first, so that none is ever half of it.
        needed = [output] * there + [folder] * (_is_replaced(output) or not there)
        if output.is_dir() or not all(os.access(of, os.W_OK) for of in needed):
            raise BadInput(f"{wrong}; name another")
    except OSError as error:  # A name that is too long, or a folder that is closed.
        raise BadInput(f"{wrong} ({error.strerror}); name another") from None


def _place(output: Path) -> Path:
    """Where the file is made: a link may lead to one that is not there yet."""
    return Path(os.path.realpath(output)) if output.is_symlink() and not output.exists() else output.absolute()


def _is_replaced(output: Path) -> bool:
    # What a link, a device or a pipe stands for is written to: in its place a file would be another thing.
    return not output.is_symlink() and (output.is_file() or not output.exists())


def head(output: Path, characters: int) -> str:
    """How a file begins that is there already; "" for none, and for what only takes text, such as a terminal."""
    if not output.is_file() or is_stdout(output):
        return ""
    with output.open(encoding="utf-8", errors="replace", newline="") as file:
        return file.read(characters)


def is_stdout(output: Path) -> bool:
    """Whether a file is what this process prints to."""
    with suppress(OSError):
        return os.path.samestat(output.stat(), os.fstat(1))
    return False


@contextmanager
def whole(output: Path) -> Iterator[TextIO]:
    """A file for text that is there only once it is whole; links, devices and pipes are written to, not replaced."""
    if not _is_replaced(output):
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="backslashreplace", newline="") as file:
            yield file
            file.seek(0)
            with _opened(_through(output)) as through:
                shutil.copyfileobj(file, through)
        return
    with _beside(output) as building, _opened(building) as file:
        yield file


def put(made: Path, output: Path) -> None:
    """Copy a file that is whole to where it is to be, at once; links, devices and pipes are written to, as above."""
    if _is_replaced(output):
        with _beside(output) as building:
            shutil.copyfile(made, building)
        return
    with made.open("rb") as file, open(_through(output), "wb") as through:  # noqa: PTH123
        shutil.copyfileobj(file, through)


def _through(output: Path) -> Path | int:
    """What to open for a link, a device or a pipe."""
    if not is_stdout(output):
        return output
    # Opened by its name it would begin at the start again, over what was printed before.
    sys.stdout.flush()
    return os.dup(1)


@contextmanager
def _beside(output: Path) -> Iterator[Path]:
    """A file that takes the place of another at the end of the block, unless that fails."""
    building = output.with_name(f".{uuid.uuid4().hex}.building")
    try:
        with closing(Stage.REMOVE, partial(building.unlink, missing_ok=True)):
            yield building
            building.replace(output)
    finally:
        building.unlink(missing_ok=True)


def _opened(file: Path | int) -> TextIO:
    return open(file, "w", encoding="utf-8", errors="backslashreplace", newline="")  # noqa: PTH123


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
    with closing(Stage.REMOVE, partial(_remove, folder, alive)):
        try:
            with _told(root):
                root.mkdir(parents=True, exist_ok=True)
                # Under one lock, so that nobody removes a folder between its making and its own lock.
                with FileLock(root / ".lock"):
                    _remove_leftovers(root)
                    alive.acquire(timeout=0)
                    folder.mkdir()
            yield folder
        finally:
            _remove(folder, alive)


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


def _remove(folder: Path, alive: BaseFileLock) -> None:
    going = Path(f"{folder}{GOING}")
    with suppress(OSError):
        # Whoever still writes files into it does not find it under another name, so that it becomes empty.
        folder.rename(going)
    for left in (going, folder):
        shutil.rmtree(left, ignore_errors=True)
    _let_go(alive)


def no_room(folder: Path) -> str:
    """How a reason begins where next to nothing can be written in a folder; "" where there is room."""
    free = shutil.disk_usage(folder).free
    return f"no room in {folder} ({free // 1000:,} KB left); make some, or name another --cache: " * (free < LEAST_ROOM)


def _let_go(lock: BaseFileLock) -> None:
    lock.release()
    with suppress(OSError):
        Path(lock.lock_file).unlink()


def leftovers(root: Path) -> list[Path]:
    """Folders below ``root`` that dead processes left half built; nothing is changed."""
    return [root / name for name in _names(root) if not is_held(root / f"{name}{ALIVE}")]


def clear(root: Path) -> None:
    """Remove what dead processes left below ``root``.

    Raises:
        OSError: something cannot be removed.
    """
    with FileLock(root / ".lock"):
        _remove_leftovers(root)
    if left := leftovers(root):
        raise OSError(f"{left[0]} cannot be removed")


def _names(root: Path) -> set[str]:
    return {entry.name.removesuffix(ALIVE).removesuffix(GOING) for entry in root.glob(f"{PREFIX}*")}


def is_held(lock: Path) -> bool:
    """Whether some process that lives holds a lock file; one that is not there is not made."""
    if not lock.exists():
        return False
    try:
        with FileLock(lock).acquire(timeout=0):
            return False
    except Timeout:
        return True


def _remove_leftovers(root: Path) -> None:
    for name in _names(root):
        lock = FileLock(root / f"{name}{ALIVE}")
        try:
            lock.acquire(timeout=0)
        except Timeout:  # Its process lives.
            continue
        _remove(root / name, lock)


def publish(folder: Path, target: Path, is_whole: Callable[[Path], bool]) -> None:
    """Move a built folder to its final place below the same root, unless the same is there already.

    The target is named by the content, so two whole ones are equal and the first stays; a damaged one is replaced.
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
