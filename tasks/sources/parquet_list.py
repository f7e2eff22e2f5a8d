"""A list of images as a Parquet file: refused where it cannot be read, and read as text."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from steelyard.models.errors import BadInput
from steelyard.models.names import printable
from steelyard.tasks.sources.helpers.files import opened_parquet
from steelyard.tasks.sources.helpers.image_list import listed_source, used_columns
from steelyard.tasks.sources.helpers.source import Kind, Source

# Bytes of a column of text; a text that repeats takes a file a few bytes each time.
MOST_TEXT = 2_000_000_000


def open_parquet(path: Path, root: Path | None = None) -> Source:
    """Images that a Parquet file lists; their paths count from the folder ``root``, or from the file's.

    Raises:
        BadInput: not Parquet, a column that is neither text nor whole numbers, or as ``listed_source``.
    """
    with opened_parquet(path) as file:
        schema = file.schema_arrow
        kept = used_columns(schema.names, path)
        for name in kept:
            _refuse_other_types(name, schema.field(name).type, path)
    with opened_parquet(path, kept) as file:
        table = file.read(columns=kept)
        table.validate(full=True)
        _refuse_long_texts(table, path)
        texts = {name: table[name].cast(pa.string()).fill_null("").to_pylist() for name in kept}
    rows = pd.DataFrame(texts, index=pd.RangeIndex(table.num_rows, name="row"), dtype=str)
    return listed_source(path, rows, schema.names, root)


KIND = Kind(
    "parquet:FILE", open_parquet, place=3, example="images.parquet", suffixes=(".parquet",), open_from=open_parquet
)


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
