"""Sources of images. A new one is a file here and a line in ``SOURCES``."""

from collections.abc import Callable
from pathlib import Path

from models.errors import BadInput
from models.names import printable
from tasks.sources.cifar10 import open_cifar10
from tasks.sources.digits import open_digits
from tasks.sources.elpv import open_elpv
from tasks.sources.folder import open_folder
from tasks.sources.source import Source
from tasks.sources.table import open_csv, open_parquet

__all__ = ["SOURCES", "Source", "open_source"]

# How it is written -> what opens it, given the text after the colon and the folder for downloads.
SOURCES: dict[str, Callable[[str, Path], Source]] = {
    "folder:PATH": open_folder,
    "csv:FILE": open_csv,
    "parquet:FILE": open_parquet,
    "elpv": lambda _, cache: open_elpv(),
    "cifar10": lambda _, cache: open_cifar10(cache),
    "digits": lambda _, cache: open_digits(),
}


def open_source(data: str, cache: Path) -> Source:
    """Source that ``data`` names; reads labels and file names, no image.

    Args:
        data: one of the keys of ``SOURCES``, with a path for PATH or FILE.
        cache: folder that a source may download into.

    Raises:
        BadInput: no such source, or its images are not there.
    """
    kind, colon, argument = data.partition(":")
    for form, opener in SOURCES.items():
        if form.partition(":")[:2] == (kind, colon):
            return opener(argument, cache)
    raise BadInput(f"data must be one of {', '.join(SOURCES)}, got {printable(data)!r}{_hint(data)}")


def _hint(data: str) -> str:
    suffixes = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet"}
    try:
        path = Path(data)
        if data and path.is_dir():
            return f"; for a folder write folder:{data}"
        kind = suffixes.get(path.suffix.lower())
        return f"; for this file write {kind}:{data}" if kind and path.is_file() else ""
    except OSError:  # A name that is too long.
        return ""
