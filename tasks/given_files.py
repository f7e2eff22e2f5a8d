"""Files of images that a command is given: images, folders of images, and lists of images with their slices."""

import stat
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from steelyard.models.data.image_set import SLICE_PREFIX
from steelyard.models.errors import BadInput
from steelyard.models.names import listed, printable
from steelyard.tasks.sources.helpers.csv_rows import read_rows
from steelyard.tasks.sources.helpers.files import SUFFIXES, as_text, images_below

LISTS = (".csv", ".tsv")


class NothingNew(BadInput):
    """There is no image, or none that is new; a schedule waits for some."""


def files_of(paths: Sequence[Path]) -> pd.DataFrame:
    """Images, all those below folders, in path order, and those of lists.

    A list is a CSV file with the column ``path``, which counts from its folder, and maybe ``slice_NAME``.

    Returns:
        A row per image: ``file``, and columns ``slice_NAME`` of text, "" where it is not known.

    Raises:
        BadInput: a path is not there, or as ``read_rows``.
        NothingNew: there is no image.
    """
    tables = [_of(path) for path in paths]
    if sum(map(len, tables)):
        return pd.concat(tables, ignore_index=True).fillna("")
    known = f"{' '.join(SUFFIXES)}, or lists: {' '.join(LISTS)}"
    raise NothingNew(f"path must be images or folders of images ({known}), got none in {', '.join(map(str, paths))}")


def _of(path: Path) -> pd.DataFrame:
    try:
        status = path.stat()
    except OSError as error:
        shown, why = as_text(str(path)), error.strerror
        raise BadInput(f"path must be an image or a folder that exists, got {shown} ({why}); correct it") from None
    if stat.S_ISDIR(status.st_mode):
        return pd.DataFrame({"file": list(images_below(path, "path")[0])}, dtype=object)
    return _listed(path) if path.suffix.lower() in LISTS else pd.DataFrame({"file": [path]}, dtype=object)


def _listed(path: Path) -> pd.DataFrame:
    rows, _ = read_rows(path, _used, ("path",), "path")
    files = pd.DataFrame({"file": [path.parent / text.strip() for text in rows["path"]]}, index=rows.index)
    slices = {printable(name): rows[name].str.strip() for name in map(str, rows) if name != "path"}
    return files.assign(**slices)


def _used(header: Sequence[str], path: Path) -> list[str]:
    if "path" not in header:
        raise BadInput(
            f"path must be a list with the column path, got {listed(header) or 'none'} in {printable(path)}; name it "
            "so in the header"
        )
    return ["path", *(name for name in dict.fromkeys(header) if name.removeprefix(SLICE_PREFIX) not in ("", name))]
