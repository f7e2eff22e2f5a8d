"""Paths that a list gives: in one form each, and what lies there."""

import os
import re
import stat
from collections.abc import Callable, Collection, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from steelyard.models.errors import BadInput
from steelyard.models.names import listed, printable

# What most paths are without: a backslash, a NUL, a drive, a part that is empty or mere dots.
_UNUSUAL = re.compile(r"\\|\0|^[A-Za-z]:/|(?:^|/)\.{0,2}(?:/|$)")
_OUTSIDE = re.compile(r"^/|^[A-Za-z]:/|(?:^|/)\.\.(?:/|$)")


def normalised(paths: Sequence[str]) -> tuple[list[str], set[str]]:
    """Paths with ``/`` between their parts and nothing superfluous: ``./cat//a.png`` -> ``cat/a.png``.

    A backslash counts as ``/``, since lists are written on Windows too. Beside them: those that are absolute or
    go up.

    Raises:
        BadInput: a path has a NUL.
    """
    unusual = {path: _without_superfluous(path) for path in paths if _UNUSUAL.search(path)}
    if wrong := [path for path in unusual if "\0" in path]:
        raise BadInput(f"data must list paths without NUL, got {listed(wrong)}; correct them")
    outside = {path for path in unusual.values() if _OUTSIDE.search(path)}
    return [unusual.get(path, path) for path in paths], outside


def _without_superfluous(path: str) -> str:
    parts = path.replace("\\", "/").split("/")
    first = "/" if parts[0] == "" and len(parts) > 1 else ""
    return first + "/".join(part for part in parts if part not in ("", "."))


def stamped(paths: Sequence[str], root: Path, outside: Collection[str]) -> tuple[npt.NDArray[np.int64], dict[str, str]]:
    """Size in bytes and time of the last change in ns of each of N files, (N, 2) int64, and why some cannot be used.

    Zeros for those: what is not there or no file, is one of those ``outside`` the folder ``root``, or lies behind a
    link that leads out of it. Why is as in ``Source.unusable``.
    """
    stamps = np.zeros((len(paths), 2), dtype=np.int64)
    unusable: dict[str, str] = {}
    # Where a folder leads is asked once, not once per image.
    stays = cache(lambda path: Path(os.path.realpath(path)).is_relative_to(root))
    shown = printable(root)
    for row, path in enumerate(paths):
        try:
            if path in outside:
                unusable[path] = f"outside {shown}"
            elif inside := _stamp_inside(f"{root}/{path}", stays):
                stamps[row] = inside
            else:
                unusable[path] = "through a link out of the folder"
        except OSError as error:
            unusable[path] = f"missing in {shown}: {error.strerror or error}"
    return stamps, unusable


def _stamp_inside(path: str, stays: Callable[[str], bool]) -> tuple[int, int] | None:
    """None where a link leads out of the folder."""
    status = os.lstat(path)  # A Path would double the time.
    linked = stat.S_ISLNK(status.st_mode)
    if not stays(path if linked else path.rpartition("/")[0]):
        return None
    if linked:
        status = Path(path).stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError("not a file")
    return status.st_size, status.st_mtime_ns
