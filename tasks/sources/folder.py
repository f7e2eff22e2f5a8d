"""A folder of images: one folder per class, optionally below train, val and test."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from steelyard.models.errors import BadInput
from steelyard.models.names import listed
from steelyard.tasks.sources import classes
from steelyard.tasks.sources.files import as_text, existing, open_image, stamp
from steelyard.tasks.sources.source import SPLITS, Source, fingerprint, source_table

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp")
LAYOUT = "one folder of images per class, optionally below train, val and test"


@dataclass(frozen=True)
class _File:
    path: Path
    id: str
    parts: tuple[str, ...]


def open_folder(argument: str, cache: Path) -> Source:
    """Images below a folder; those of a class may lie in folders of their own.

    Args:
        argument: the folder; ``~`` is the home folder.
        cache: not used, nothing is downloaded.

    Raises:
        BadInput: no such folder, no images, fewer than two classes, or a layout that can be read in two ways.
    """
    root = _existing(argument)
    files, others = _visible_files(root)
    depth = 2 if _has_splits(files, root) else 1
    kept = [file for file in files if len(file.parts) > depth]
    names = _class_names(kept, files, depth, root)
    splits = [SPLITS[file.parts[0].lower()] if depth == 2 else "" for file in kept]
    if depth == 2 and "train" not in splits:
        raise BadInput(f"data must have images below train, got only {_listed(files)} in {root}; add {root / 'train'}")
    labels = [names.index(file.parts[depth - 1]) for file in kept]
    return Source(
        name=root.name or "folder",
        class_names=classes.checked([as_text(name) for name in names], root),
        table=source_table([file.id for file in kept], labels, splits),
        read=lambda row: open_image(kept[row].path),
        fingerprint=fingerprint(str(root), names, [(file.id, *stamp(file.path)) for file in kept]),
        notes=_notes(others, len(files) - len(kept)),
    )


def _existing(argument: str) -> Path:
    root = existing(argument, "folder:PATH", "images")
    if not root.is_dir():
        raise BadInput(f"data must be a folder, got the file {root}; give the folder that holds a folder per class")
    return root.resolve()


def _visible_files(root: Path) -> tuple[list[_File], int]:
    """Image files in path order, and how many other files there are; hidden ones count as neither."""
    images, others = below(root, "data")
    if not images:
        raise BadInput(f"data must hold images ({' '.join(SUFFIXES)}), got none in {root}; expected {LAYOUT}")
    return [_File(path, *_named(path, root)) for path in images], others


def below(root: Path, argument: str) -> tuple[list[Path], int]:
    """Image files below a folder in path order, and how many other files there are; hidden ones count as neither.

    Links to folders are followed.

    Args:
        root: the folder.
        argument: that named it.

    Raises:
        BadInput: a folder in it cannot be read.
    """
    found = list(_walk(root, argument))
    images = [path for path in found if path.suffix.lower() in SUFFIXES]
    return sorted(images, key=lambda path: _named(path, root)), len(found) - len(images)


def _named(path: Path, root: Path) -> tuple[str, tuple[str, ...]]:
    parts = path.relative_to(root).parts
    return as_text("/".join(parts)), parts


def _walk(root: Path, argument: str) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise BadInput(
            f"{argument} must be a folder that can be read, got {error.filename}: {error.strerror}; allow reading"
        )

    for folder, below, names in os.walk(root, followlinks=True, onerror=refuse):
        real = Path(folder).resolve()
        # A link to a folder above itself would go round for ever.
        below[:] = [d for d in below if d[0] != "." and not real.is_relative_to(Path(folder, d).resolve())]
        yield from (Path(folder, name) for name in names if name[0] != ".")


def _has_splits(files: list[_File], root: Path) -> bool:
    tops = {file.parts[0] for file in files if len(file.parts) > 1}
    splits = {top for top in tops if top.lower() in SPLITS}
    if splits == tops:
        return bool(splits)
    # A class may be called train (among vehicles), but then its images lie directly in it.
    direct = {file.parts[0] for file in files if len(file.parts) == 2}
    if splits - direct:
        got = f"{', '.join(sorted(splits))} beside {', '.join(sorted(tops - splits))}"
        raise BadInput(f"data must be {LAYOUT}, got {got} in {root}; move the others away")
    return False


def _class_names(kept: list[_File], files: list[_File], depth: int, root: Path) -> tuple[str, ...]:
    names = tuple(sorted({file.parts[depth - 1] for file in kept}))
    if len(names) < 2:
        got = f"only {listed(names)}" if names else f"no class folder around {files[0].id}"
        raise BadInput(f"data must have at least two classes with images, got {got} in {root}; expected {LAYOUT}")
    return names


def _listed(files: list[_File]) -> str:
    return ", ".join(sorted({file.parts[0] for file in files if len(file.parts) > 1}))


def _notes(others: int, loose: int) -> tuple[str, ...]:
    said = {f"files ignored because their suffix is not that of an image: {others:,}": others}
    said[f"images ignored because they lie outside any class folder: {loose:,}"] = loose
    return tuple(line for line, count in said.items() if count)
