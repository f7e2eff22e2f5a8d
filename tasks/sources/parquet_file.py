"""Columns of a Parquet file: opened, refused where it cannot be, and read as text."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from steelyard.models.errors import BadInput
from steelyard.models.names import printable
from steelyard.tasks.sources import columns
from steelyard.tasks.sources.files import refuse_too_many, told

MOST_TEXT = 2_000_000_000
"""Bytes of a column of text; a text that repeats takes a file a few bytes each time."""

LARGEST_UNSEEN, MOST_DENSE = 64_000_000, 100
"""Bytes of a column in a group of rows that need no look, and how many bytes one byte of the file may become beyond."""


@contextmanager
def opened(path: Path, repeating: Sequence[str] = ()) -> Iterator[Any]:
    """The file as ``pyarrow.parquet.ParquetFile``, which is read piece by piece.

    Args:
        path: a file that is there.
        repeating: columns of text to keep as they lie in the file, each text once.

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


def read_parquet(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """The columns that are used, as text, and the names of all.

    Args:
        path: a file that is there.

    Returns:
        A row per image, indexed from 0 (``index.name`` is "row"); the names.

    Raises:
        BadInput: not Parquet, a column that is missing, or one that is neither text nor whole numbers.
    """
    with opened(path) as file:
        schema = file.schema_arrow
        kept = columns.used(schema.names, path)
        for name in kept:
            _refuse_other_types(name, schema.field(name).type, path)
    with opened(path, kept) as file:
        table = file.read(columns=kept)
        table.validate(full=True)
        _refuse_long_texts(table, path)
        texts = {name: table[name].cast(pa.string()).fill_null("").to_pylist() for name in kept}
    return pd.DataFrame(texts, index=pd.RangeIndex(table.num_rows, name="row"), dtype=str), list(schema.names)


def _refuse_long_texts(table: Any, path: Path) -> None:
    for name in table.column_names:
        size = sum(_decoded(chunk) for chunk in table[name].chunks)
        if size > MOST_TEXT:
            raise BadInput(
                f"data must have at most {MOST_TEXT:,} bytes in a column, got {size:,} in {printable(name)} of "
                f"{printable(path)}; check what wrote it"
            )


def _decoded(chunk: Any) -> int:
    """Bytes of the text of a column, each repetition counted."""
    if not types.is_dictionary(chunk.type):
        return int(chunk.nbytes)
    if not (types.is_string(chunk.type.value_type) or types.is_large_string(chunk.type.value_type)):
        return len(chunk)
    return int(pc.sum(pc.binary_length(chunk.dictionary).take(chunk.indices)).as_py() or 0)


def _refuse_other_types(name: str, kind: Any, path: Path) -> None:
    inner = kind.value_type if types.is_dictionary(kind) else kind
    text = str(inner) in ("string", "large_string", "string_view")  # pyarrow 15 has no test for the last.
    if not (text or (name != "path" and (types.is_integer(inner) or types.is_boolean(inner)))):
        needed = "text" if name == "path" else "text or whole numbers"
        raise BadInput(
            f"data must have {needed} in the column {printable(name)}, got {inner} in {printable(path)}; convert it"
        )
