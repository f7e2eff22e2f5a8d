"""A folder of images: one folder per class, optionally below train, val and test."""

from collections.abc import Sequence
from pathlib import Path

from steelyard.models.errors import BadInput
from steelyard.models.names import listed
from steelyard.tasks.sources.helpers.files import SUFFIXES, as_text, images_below, open_image, stamp
from steelyard.tasks.sources.helpers.source import SPLITS, Kind, Source, checked_classes, fingerprint, source_table

LAYOUT = "one folder of images per class, optionally below train, val and test"
Parts = tuple[str, ...]
"""Of a file's path, from the folder on."""


def open_folder(path: Path) -> Source:
    """Images below a folder; those of a class may lie in folders of their own.

    Raises:
        BadInput: no images, fewer than two classes, or a layout that can be read in two ways.
    """
    root = path.resolve()
    images, others = images_below(root, "data")
    if not images:
        raise BadInput(f"data must hold images ({' '.join(SUFFIXES)}), got none in {root}; expected {LAYOUT}")
    files = [image.relative_to(root).parts for image in images]
    depth = 2 if _has_splits(files, root) else 1
    kept = [file for file in files if len(file) > depth]
    names = _class_names(kept, files, depth, root)
    splits = [SPLITS[file[0].lower()] if depth == 2 else "" for file in kept]
    if depth == 2 and "train" not in splits:
        tops = ", ".join(sorted({file[0] for file in files if len(file) > 1}))
        raise BadInput(f"data must have images below train, got only {tops} in {root}; add {root / 'train'}")
    ids, paths = [_id(file) for file in kept], [root.joinpath(*file) for file in kept]
    return Source(
        name=root.name or "folder",
        class_names=checked_classes([as_text(name) for name in names], root),
        table=source_table(ids, [names.index(file[depth - 1]) for file in kept], splits),
        read=lambda row: open_image(paths[row]),
        fingerprint=fingerprint(
            str(root), names, [(name, *stamp(file)) for name, file in zip(ids, paths, strict=True)]
        ),
        notes=_notes(others, len(files) - len(kept)),
    )


KIND = Kind("folder:PATH", open_folder, place=1, example="images")


def _has_splits(files: Sequence[Parts], root: Path) -> bool:
    tops = {file[0] for file in files if len(file) > 1}
    splits = {top for top in tops if top.lower() in SPLITS}
    if splits == tops:
        return bool(splits)
    # A class may be called train (among vehicles), but then its images lie directly in it.
    direct = {file[0] for file in files if len(file) == 2}
    if splits - direct:
        got = f"{', '.join(sorted(splits))} beside {', '.join(sorted(tops - splits))}"
        raise BadInput(f"data must be {LAYOUT}, got {got} in {root}; move the others away")
    return False


def _class_names(kept: Sequence[Parts], files: Sequence[Parts], depth: int, root: Path) -> tuple[str, ...]:
    names = tuple(sorted({file[depth - 1] for file in kept}))
    if len(names) < 2:
        got = f"only {listed(names)}" if names else f"no class folder around {_id(files[0])}"
        raise BadInput(f"data must have at least two classes with images, got {got} in {root}; expected {LAYOUT}")
    return names


def _id(file: Parts) -> str:
    return as_text("/".join(file))


def _notes(others: int, loose: int) -> tuple[str, ...]:
    said = {f"files ignored because their suffix is not that of an image: {others:,}": others}
    said[f"images ignored because they lie outside any class folder: {loose:,}"] = loose
    return tuple(line for line, count in said.items() if count)
