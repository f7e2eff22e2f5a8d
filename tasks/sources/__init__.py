"""Sources of images. A new one is a file here and a line in ``SOURCES``."""

from collections.abc import Callable
from pathlib import Path

from steelyard.models.errors import BadInput
from steelyard.models.names import class_names as parsed
from steelyard.models.names import printable
from steelyard.tasks.sources.cifar10 import open_cifar10
from steelyard.tasks.sources.classes import named
from steelyard.tasks.sources.digits import open_digits
from steelyard.tasks.sources.elpv import open_elpv
from steelyard.tasks.sources.folder import open_folder
from steelyard.tasks.sources.hugging_face import open_hugging_face
from steelyard.tasks.sources.npz import open_npz
from steelyard.tasks.sources.source import Source
from steelyard.tasks.sources.table import open_csv, open_parquet

__all__ = ["SOURCES", "Source", "absolute", "open_source"]

# How it is written -> what opens it, given the text after the colon and the folder for downloads.
SOURCES: dict[str, Callable[[str, Path], Source]] = {
    "folder:PATH": open_folder,
    "csv:FILE": open_csv,
    "parquet:FILE": open_parquet,
    "npz:FILE": open_npz,
    "hf:FILE": open_hugging_face,
    "elpv": lambda _, cache: open_elpv(),
    "cifar10": lambda _, cache: open_cifar10(cache),
    "digits": lambda _, cache: open_digits(),
}


def open_source(data: str, cache: Path, class_names: str = "") -> Source:
    """Source that ``data`` names; reads labels and file names, no image.

    Args:
        data: one of the keys of ``SOURCES``, with a path for PATH or FILE.
        cache: folder that a source may download into.
        class_names: names of labels that are numbers, in the order of the numbers, with commas between; "" for none.

    Raises:
        BadInput: no such source, its images are not there, or its classes are named already.
    """
    kind, colon, argument = data.partition(":")
    for form, opener in SOURCES.items():
        if form.partition(":")[:2] == (kind, colon):
            source = opener(argument, cache)
            return named(source, parsed(class_names), data) if class_names else source
    raise BadInput(f"data must be one of {', '.join(SOURCES)}, got {printable(data)!r}{_hint(data)}")


def absolute(data: str) -> str:
    """The same source for a process in another working folder: a PATH or FILE is made absolute, ``~`` spelt out.

    Args:
        data: as for ``open_source``.
    """
    kind, colon, argument = data.partition(":")
    return f"{kind}:{Path(argument).expanduser().absolute()}" if colon and argument else data


def _hint(data: str) -> str:
    suffixes = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".npz": "npz"}
    try:
        path = Path(data)
        if data and path.is_dir():
            return f"; for a folder write folder:{data}"
        kind = suffixes.get(path.suffix.lower())
        return f"; for this file write {kind}:{data}" if kind and path.is_file() else ""
    except OSError:  # A name that is too long.
        return ""
