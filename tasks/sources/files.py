"""Files that a source is read from: they are there, they stay inside their folder, and a change of one shows."""

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from steelyard.models.errors import BadInput
from steelyard.models.names import listed, printable

MOST_IMAGES = 10_000_000
"""Of one file: a few KB can say that they hold any number of them."""

# What most paths are without: a backslash, a NUL, a drive, a part that is empty or mere dots.
_UNUSUAL = re.compile(r"\\|\0|^[A-Za-z]:/|(?:^|/)\.{0,2}(?:/|$)")
_OUTSIDE = re.compile(r"^/|^[A-Za-z]:/|(?:^|/)\.\.(?:/|$)")


def existing(argument: str, form: str, example: str) -> Path:
    """The path that was given, which is there; ``~`` is the home folder.

    Args:
        argument: what follows the colon.
        form: how the source is written, such as ``csv:FILE``.
        example: a path to give as an example.

    Raises:
        BadInput: no path, or nothing is there.
    """
    kind, _, what = form.partition(":")
    if not argument:
        raise BadInput(f"data must be {form} with a path, got '{kind}:'; write {kind}:{example}, for example")
    try:
        path = Path(argument).expanduser().absolute()
        there = path.exists()
    except (OSError, RuntimeError):  # A name that is too long, a folder that is closed, a user who is not there.
        path, there = Path(argument), False
    if not there:
        noun = "folder" if what == "PATH" else "file"
        raise BadInput(f"data must be a {noun} that exists, got {printable(path)}; check the path after {kind}:")
    return path


def existing_file(argument: str, form: str, example: str) -> Path:
    """As ``existing``, for a file with something in it.

    Raises:
        BadInput: also a folder, a device or an empty file.
    """
    path = existing(argument, form, example)
    if path.is_dir():
        raise BadInput(f"data must be a file, got the folder {printable(path)}; for images alone, write folder:PATH")
    if not path.is_file():
        raise BadInput(f"data must be a file, got {printable(path)}, which is a device or a pipe; give a file")
    if not path.stat().st_size:
        raise BadInput(f"data must be a file with something in it, got {printable(path)} of 0 bytes; write it again")
    return path


def refuse_too_many(images: int, path: Path) -> None:
    """Refuse what says that it has more images than can be meant, before there is memory for their labels.

    Raises:
        BadInput: more than ``MOST_IMAGES``.
    """
    if images > MOST_IMAGES:
        raise BadInput(
            f"data must have at most {MOST_IMAGES:,} images, got {images:,} in {printable(path)}; check what wrote it"
        )


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Say in one line that the file cannot be read.

    Raises:
        BadInput: in place of an ``OSError``.
    """
    try:
        yield
    except OSError as error:
        why = printable(error.strerror or str(error))
        raise BadInput(f"data must be a file that can be read, got {printable(path)}: {why}; mend it") from None


def as_text(name: str) -> str:
    """A file name as tables have it: a byte that is no UTF-8, which no table can store, is escaped."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def open_image(path: Path) -> Image.Image:
    """Open an image file; a pipe is not waited for, nor a device read.

    Raises:
        OSError: also where the path is no file; Pillow raises others too.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError("not a file")
    return Image.open(path)


def stamp(path: Path) -> tuple[int, int]:
    """Size in bytes and time of the last change in ns; 0 and 0 for a broken link."""
    try:
        status = path.stat()
    except OSError:  # Told as unreadable when it is read.
        return 0, 0
    return status.st_size, status.st_mtime_ns


def normalised(paths: Sequence[str], root: Path) -> list[str]:
    """Relative paths with ``/`` between their parts and nothing superfluous: ``./cat//a.png`` -> ``cat/a.png``.

    A backslash counts as ``/``, since lists are written on Windows too.

    Args:
        paths: as written.
        root: the folder that they are relative to.

    Raises:
        BadInput: one that is absolute, goes up, or has a NUL.
    """
    unusual = {path: _normalised(path) for path in paths if _UNUSUAL.search(path)}
    if wrong := [path for path in unusual.values() if _OUTSIDE.search(path)]:
        raise BadInput(_outside(wrong, root))
    if wrong := [path for path in unusual if "\0" in path]:
        raise BadInput(f"data must list paths without NUL, got {listed(wrong)}; correct them")
    return [unusual.get(path, path) for path in paths]


def _normalised(path: str) -> str:
    parts = path.replace("\\", "/").split("/")
    first = "/" if parts[0] == "" and len(parts) > 1 else ""
    return first + "/".join(part for part in parts if part not in ("", "."))


def _outside(paths: list[str], root: Path) -> str:
    return (
        f"data must list images inside {printable(root)}, where the list lies, got {len(paths):,} outside: "
        f"{listed(paths)}; move the images there and give their paths from there"
    )


def stamps(paths: Sequence[str], root: Path) -> npt.NDArray[np.int64]:
    """Size in bytes and time of the last change in ns of each file.

    Args:
        paths: N, as ``normalised`` returns them.
        root: the folder that they are relative to, without links.

    Returns:
        (N, 2) int64.

    Raises:
        BadInput: one that is not there, is no file, or is a link to somewhere outside the folder.
    """
    found = np.zeros((len(paths), 2), dtype=np.int64)
    outside: list[str] = []
    missing: list[str] = []
    # Where a folder leads is asked once, not once per image.
    stays = cache(lambda path: Path(os.path.realpath(path)).is_relative_to(root))
    for row, path in enumerate(paths):
        try:
            found[row] = _stamp_inside(f"{root}/{path}", stays)
        except _OutsideError:
            outside.append(path)
        except OSError as error:
            shown = path if path == path.strip() else repr(path)
            missing.append(f"{shown} ({error.strerror or error})")
    if outside:
        raise BadInput(_outside(outside, root))
    if missing:
        raise BadInput(
            f"data must list files that are there, got {len(missing):,} that are not: {listed(missing)}; correct their "
            f"paths, which count from {printable(root)}, or leave them out"
        )
    return found


class _OutsideError(Exception):
    """A link leads out of the folder."""


def _stamp_inside(path: str, stays: Callable[[str], bool]) -> tuple[int, int]:
    status = os.lstat(path)  # A Path would double the time.
    linked = stat.S_ISLNK(status.st_mode)
    if not stays(path if linked else path.rpartition("/")[0]):
        raise _OutsideError
    if linked:
        status = Path(path).stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError("not a file")
    return status.st_size, status.st_mtime_ns
