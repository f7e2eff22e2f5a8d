"""Sources of images: each file in this folder is one, which says in its ``KIND`` how it is asked for and opened."""

import dataclasses
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from steelyard.models.errors import BadInput
from steelyard.models.names import class_names as parsed
from steelyard.models.names import listed, printable
from steelyard.tasks.sources.helpers.corrections import corrected
from steelyard.tasks.sources.helpers.files import existing, named
from steelyard.tasks.sources.helpers.grouping import grouped
from steelyard.tasks.sources.helpers.source import Kind, Source, fingerprint

__all__ = ["ONLY_IMAGES", "SOURCES", "Source", "absolute", "open_source"]

_KINDS: list[Kind] = [
    import_module(f"{__name__}.{module.name}").KIND for module in iter_modules(__path__) if not module.ispkg
]

# How it is written -> what opens it.
SOURCES = {kind.form: kind for kind in sorted(_KINDS, key=lambda kind: kind.place)}

ONLY_IMAGES = {"labels": "", "group_by": ""}
"""What ``open_source`` is not asked for where images are read again: it may take long, or have changed meanwhile."""


def open_source(
    data: str, cache: Path, class_names: str = "", images_root: str = "", labels: str = "", group_by: str = ""
) -> Source:
    """Source that ``data`` names; reads labels and file names, and of images their dates at most.

    Args:
        data: one of the keys of ``SOURCES``, with a path for PATH or FILE.
        cache: folder that a source may download into.
        class_names: names of labels that are numbers, in the order of the numbers, with commas between; "" for none.
        images_root: folder that the paths of a list count from; "" for the list's own.
        labels: CSV file of corrected labels; "" for the source's own.
        group_by: regular expression on ids, or ``exif-date``; "" for the source's own groups.

    Raises:
        BadInput: no such source, its images are not there, or it cannot be opened with what is asked for.
    """
    source = _opened(data, cache, images_root)
    source = _named(source, parsed(class_names), data) if class_names else source
    source = corrected(source, labels) if labels else source
    return grouped(source, group_by) if group_by else source


def _opened(data: str, cache: Path, images_root: str) -> Source:
    name, colon, argument = data.partition(":")
    for form, kind in SOURCES.items():
        if form.partition(":")[:2] == (name, colon):
            path = existing(argument, form, kind.example) if colon else cache
            return _from(kind, path, images_root, data) if images_root else kind.open(path)
    raise BadInput(f"data must be one of {', '.join(SOURCES)}, got {printable(data)!r}{_hint(data)}")


def _from(kind: Kind, path: Path, images_root: str, data: str) -> Source:
    if not kind.open_from:
        lists = " or ".join(form for form, other in SOURCES.items() if other.open_from)
        raise BadInput(
            f"images-root must be left out for {printable(data)}, got {printable(images_root)}; only {lists} list "
            "paths that count from it; leave it out"
        )
    return kind.open_from(path, named(images_root, "images-root", "folder"))


def absolute(data: str) -> str:
    """The same source for a process in another working folder: a PATH or FILE is made absolute, ``~`` spelt out."""
    name, colon, argument = data.partition(":")
    return f"{name}:{Path(argument).expanduser().absolute()}" if colon and argument else data


def _named(source: Source, names: tuple[str, ...], data: str) -> Source:
    """The same source with its numbers named, in ascending order; one that has names of its own is refused."""
    known = listed(source.class_names)
    if not source.numbered:
        raise BadInput(
            f"class-names must be left out for {printable(data)}, which names its classes itself ({known}), "
            f"got {listed(names)}; use those"
        )
    if len(names) != len(source.class_names):
        raise BadInput(
            f"class-names must be as many as the {len(source.class_names):,} labels {known}, in this order, "
            f"got {len(names):,}: {listed(names)}; give one per label"
        )
    return dataclasses.replace(source, class_names=names, fingerprint=fingerprint(source.fingerprint, names))


def _hint(data: str) -> str:
    try:
        path = Path(data)
        if data and path.is_dir():
            return f"; for a folder write folder:{data}"
        fitting = [form for form, kind in SOURCES.items() if path.suffix.lower() in kind.suffixes]
        return f"; for this file write {fitting[0].partition(':')[0]}:{data}" if fitting and path.is_file() else ""
    except OSError:  # A name that is too long.
        return ""
