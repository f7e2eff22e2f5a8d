"""Folders that a sweep writes to: whether it can, and how much room there is."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from steelyard.tasks.doctor.findings import Finding
from steelyard.tasks.settings import Settings

LEAST, LITTLE = 100_000_000, 1_000_000_000
"""Bytes below which the main job, which writes 55 MB, may fail, and below which a larger sweep may."""


def room(settings: Settings) -> Iterator[Finding]:
    """The cache, the folder for temporary files, and PREFECT_HOME."""
    yield look("cache", settings.cache, "name another with --cache or STEELYARD_CACHE")
    try:
        temporary = Path(tempfile.gettempdir())
    except OSError as error:  # None of those that Python tries can be written.
        yield Finding("broken", "temporary", str(error), "set TMPDIR to a folder that can be written")
    else:
        yield look("temporary", temporary, "set TMPDIR to another")
    from prefect.settings import get_current_settings

    yield look("PREFECT_HOME", get_current_settings().home, "set PREFECT_HOME to another")


def look(what: str, folder: Path, mend: str) -> Finding:
    """Whether a folder can be written, or made, and has room; nothing is left there.

    Args:
        what: the folder is for.
        folder: that need not be there yet.
        mend: which other to name.
    """
    absolute = folder.expanduser().absolute()
    there = next(each for each in (absolute, *absolute.parents) if each.exists())
    try:
        # Written and not only asked for: root may do anything, and a full disk takes no page.
        with tempfile.TemporaryFile(dir=there) as probe:
            probe.write(bytes(4096))
    except OSError as error:
        return Finding("broken", what, f"{folder} cannot be written ({error.strerror})", mend)
    free = shutil.disk_usage(there).free
    told = f"{folder}, {'' if there == absolute else 'which will be made, '}{size(free)} free"
    if free >= LITTLE:
        return Finding("ok", what, told)
    return Finding("warn" if free >= LEAST else "broken", what, told, f"make room, or {mend}")


def size(count: float) -> str:
    """Bytes as people write them: ``40.1 GB``."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
