"""Files and folders that a source is read from: they are there, can be read and fit in memory, and show a change."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from steelyard.models.errors import BadInput
from steelyard.models.names import printable

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp")
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""Of an image, whatever its file is called: Pillow starts Ghostscript on an EPS."""

MOST_IMAGES = 10_000_000  # Of one file: a few KB can say that they hold any number of them.
LARGEST_UNSEEN = 64_000_000  # Bytes of a column in a group of rows, up to which it needs no look.
MOST_DENSE = 100  # Bytes that one byte of the file may become beyond.


def existing(argument: str, form: str, example: str) -> Path:
    """The FILE or PATH of a form, a folder, that was given as ``argument``; ``~`` is the home folder.

    Raises:
        BadInput: no path, or nothing of that kind with something in it is there.
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
    if what == "PATH" and not path.is_dir():
        raise BadInput(f"data must be a folder, got the file {path}; give the folder that holds a folder per class")
    if what == "FILE":
        _refuse_no_file(path)
    return path


def named(text: str, argument: str, noun: str) -> Path:
    """The ``file`` or ``folder`` that an argument names, absolute; ``~`` is the home folder.

    Raises:
        BadInput: nothing of that kind is there.
    """
    try:
        path = Path(text).expanduser().absolute()
        there = path.is_dir() if noun == "folder" else path.is_file()
    except (OSError, RuntimeError, ValueError):  # A name that is too long, a user who is not there, a NUL.
        path, there = Path(text), False
    if not there:
        raise BadInput(f"{argument} must be a {noun} that exists, got {printable(path)}; check the path")
    return path


def _refuse_no_file(path: Path) -> None:
    if path.is_dir():
        raise BadInput(f"data must be a file, got the folder {printable(path)}; for images alone, write folder:PATH")
    if not path.is_file():
        raise BadInput(f"data must be a file, got {printable(path)}, which is a device or a pipe; give a file")
    if not path.stat().st_size:
        raise BadInput(f"data must be a file with something in it, got {printable(path)} of 0 bytes; write it again")


@contextmanager
def told(path: Path, argument: str = "data") -> Iterator[None]:
    """Say in one line that the file cannot be read: a ``BadInput`` in place of an ``OSError``."""
    try:
        yield
    except OSError as error:
        why = printable(error.strerror or str(error))
        raise BadInput(f"{argument} must be a file that can be read, got {printable(path)}: {why}; mend it") from None


def refuse_too_many(images: int, path: Path) -> None:
    """Refuse a file that says it has more than ``MOST_IMAGES``, before there is memory for their labels."""
    if images > MOST_IMAGES:
        raise BadInput(
            f"data must have at most {MOST_IMAGES:,} images, got {images:,} in {printable(path)}; check what wrote it"
        )


@contextmanager
def opened_parquet(path: Path, repeating: Sequence[str] = ()) -> Iterator[Any]:
    """The file as ``pyarrow.parquet.ParquetFile``, which is read piece by piece.

    Columns of text that are ``repeating`` stay as they lie in the file, each text once.

    Raises:
        BadInput: it is not Parquet, or damaged, or says that it holds more than can be meant.
    """
    try:
        # Without reading ahead, what is in memory is bounded by a page of each column.
        with (
            told(path),
            pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20, read_dictionary=list(repeating)) as file,
        ):
            refuse_too_many(file.metadata.num_rows, path)
            _refuse_dense(file.metadata, path)
            yield file
    except (pa.ArrowException, UnicodeDecodeError, MemoryError) as error:
        why = " ".join(printable(str(error)).split())[:200]
        raise BadInput(f"data must be a whole Parquet file, got {printable(path)} ({why}); write it again") from None


def _refuse_dense(metadata: Any, path: Path) -> None:
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    for column in (group.column(number) for group in groups for number in range(group.num_columns)):
        size, stored = column.total_uncompressed_size, column.total_compressed_size
        if size > LARGEST_UNSEEN and size > MOST_DENSE * stored:
            raise BadInput(
                f"data must not grow more than {MOST_DENSE} times when it is read, got {size:,} bytes from {stored:,} "
                f"in the column {printable(column.path_in_schema)} of {printable(path)}; check what wrote it"
            )


def images_below(root: Path, argument: str) -> tuple[list[Path], int]:
    """Image files below a folder in path order, and how many other files there are; hidden ones count as neither.

    Links to folders are followed.

    Raises:
        BadInput: a folder in it cannot be read; the line begins with the ``argument`` that named it.
    """
    files = list(_walk(root, argument))
    images = [path for path in files if path.suffix.lower() in SUFFIXES]
    in_order = sorted(images, key=lambda path: (as_text(path.relative_to(root).as_posix()), path))
    return in_order, len(files) - len(images)


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


def as_text(name: str) -> str:
    """A file name as tables have it: a byte that is no UTF-8, which no table can store, is escaped."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def open_image(path: Path) -> Image.Image:
    """Open an image file of one of ``FORMATS``; a pipe is not waited for, nor a device read.

    Raises:
        OSError: also where the path is no file; Pillow raises others too.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError("not a file")
    return Image.open(path, formats=FORMATS)


def stamp(path: Path) -> tuple[int, int]:
    """Size in bytes and time of the last change in ns; 0 and 0 for a broken link."""
    try:
        status = path.stat()
    except OSError:  # Told as unreadable when it is read.
        return 0, 0
    return status.st_size, status.st_mtime_ns
