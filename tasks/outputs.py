"""Files that people name to be written: refused at once if they cannot be, and written whole or not at all."""

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from steelyard.models.errors import BadInput


def check(output: Path, argument: str) -> None:
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
    """A file for text that is there only once it is whole; links, devices and pipes are written to, not replaced.

    Args:
        output: a file that ``check`` let pass.
    """
    if not _is_replaced(output):
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="backslashreplace", newline="") as file:
            yield file
            file.seek(0)
            with _opened(_through(output)) as target:
                shutil.copyfileobj(file, target)
        return
    building = output.with_name(f".{uuid.uuid4().hex}.building")
    try:
        with _opened(building) as file:
            yield file
        building.replace(output)
    finally:
        building.unlink(missing_ok=True)


def _through(output: Path) -> Path | int:
    if not is_stdout(output):
        return output
    sys.stdout.flush()
    # Opened by its name it would begin at the start again, over what was printed before.
    return os.dup(1)


def _opened(file: Path | int) -> TextIO:
    return open(file, "w", encoding="utf-8", errors="backslashreplace", newline="")  # noqa: PTH123
