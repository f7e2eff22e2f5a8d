"""Columns of a Parquet file: opened, refused where it cannot be, and read as text."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import types

from models.errors import BadInput
from models.names import printable
from tasks.sources import columns
from tasks.sources.files import told


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file as ``pyarrow.parquet.ParquetFile``, which is read piece by piece.

    Raises:
        BadInput: it is not Parquet, or damaged.
    """
    try:
        # Without reading ahead, what is in memory is bounded by a page of each column.
        with told(path), pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
            yield file
    except (pa.ArrowException, UnicodeDecodeError) as error:
        why = " ".join(printable(str(error)).split())[:200]
        raise BadInput(f"data must be a whole Parquet file, got {printable(path)} ({why}); write it again") from None


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
        table = file.read(columns=kept)
        table.validate(full=True)
        texts = {name: table[name].cast(pa.string()).fill_null("").to_pylist() for name in kept}
    return pd.DataFrame(texts, index=pd.RangeIndex(table.num_rows, name="row"), dtype=str), list(schema.names)


def _refuse_other_types(name: str, kind: Any, path: Path) -> None:
    inner = kind.value_type if types.is_dictionary(kind) else kind
    text = str(inner) in ("string", "large_string", "string_view")  # pyarrow 15 has no test for the last.
    if not (text or (name != "path" and (types.is_integer(inner) or types.is_boolean(inner)))):
        needed = "text" if name == "path" else "text or whole numbers"
        raise BadInput(
            f"data must have {needed} in the column {printable(name)}, got {inner} in {printable(path)}; convert it"
        )
