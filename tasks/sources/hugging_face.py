"""One Parquet file in the layout of Hugging Face's image data sets: encoded images and labels side by side."""

import json
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from PIL import Image
from pyarrow import compute, types

from steelyard.models.errors import BadInput
from steelyard.models.names import listed, printable
from steelyard.tasks.sources.helpers.files import FORMATS, opened_parquet, stamp
from steelyard.tasks.sources.helpers.random_access import Forward
from steelyard.tasks.sources.helpers.source import Kind, Source, checked_classes, fingerprint, row_ids, source_table

LARGEST = 2**63 - 1
AT_ONCE = 16  # Images read at a time; the encoded bytes of more would only wait.


def open_hugging_face(path: Path) -> Source:
    """Images that lie in a Parquet file; none is read yet.

    Raises:
        BadInput: not Parquet, or without a column of images or of labels that are whole numbers from 0 on.
    """
    with opened_parquet(path) as file:
        image, (label, known) = _image_column(file.schema_arrow, path), _label_column(file.schema_arrow, path)
        values = _values(file, label, path)
    numbers, labels = np.unique(values, return_inverse=True)
    names = _named(numbers.tolist(), known, path)
    encoded = Forward(partial(_encoded, path, image))
    return Source(
        name=printable(path.stem),
        class_names=checked_classes(names, path),
        table=source_table(row_ids(len(values)), labels.tolist()),
        read=lambda row: _image(encoded[row]),
        fingerprint=fingerprint(str(path), stamp(path), names),
        numbered=not known,
    )


KIND = Kind("hf:FILE", open_hugging_face, place=5, example="train.parquet")


def _image_column(schema: Any, path: Path) -> str:
    found = [field.name for field in schema if types.is_struct(field.type) and _has_bytes(field.type)]
    if len(found) != 1:
        raise BadInput(
            f"data must have one column of images, {{bytes, path}}, got {listed(found) or 'none'} of the columns "
            f"{listed(schema.names)} in {printable(path)}; for a list of paths write parquet:FILE"
        )
    return str(found[0])


def _has_bytes(kind: Any) -> bool:
    fields = {field.name: field.type for field in kind}
    binary = fields.get("bytes")
    return "path" in fields and binary is not None and (types.is_binary(binary) or types.is_large_binary(binary))


def _label_column(schema: Any, path: Path) -> tuple[str, list[str]]:
    """The column of labels, and the names of the numbers 0, 1, ... in it; none where the file has none."""
    named = _class_labels(schema.metadata or {})
    found = [name for name in schema.names if name in named] or [name for name in schema.names if name == "label"]
    if len(found) != 1:
        raise BadInput(
            f"data must have one column of labels, called label or described as a ClassLabel, got "
            f"{listed(found) or 'none'} of the columns {listed(schema.names)} in {printable(path)}; keep one"
        )
    kind = schema.field(found[0]).type
    if not types.is_integer(kind):
        raise BadInput(
            f"data must have whole numbers in the column {printable(found[0])}, got {kind} in {printable(path)}; "
            "number the classes"
        )
    return found[0], named.get(found[0], [])


def _class_labels(metadata: dict[bytes, bytes]) -> dict[str, list[str]]:
    """Column -> names, of the columns that the ``datasets`` library describes as a ClassLabel."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        labels = {name: each["names"] for name, each in features.items() if each.get("_type") == "ClassLabel"}
        return {str(name): [str(one) for one in names] for name, names in labels.items()}
    except (KeyError, ValueError, TypeError, AttributeError):  # Not written by that library, or not as it does now.
        return {}


def _values(file: Any, label: str, path: Path) -> npt.NDArray[np.int64]:
    column = file.read(columns=[label])[label]
    if (largest := compute.max(column).as_py() or 0) > LARGEST:
        raise BadInput(f"data must have labels up to {LARGEST}, got {largest} in {printable(path)}; number the classes")
    column = column.cast(pa.int64())
    if not len(column):
        raise BadInput(f"data must hold images, got no row in {printable(path)}; write them again")
    numbers = column.fill_null(-1).to_numpy()
    unlabelled = np.flatnonzero(numbers < 0)
    if len(unlabelled):
        raise BadInput(
            f"data must have a label from 0 on in each row, got -1 or none in {len(unlabelled):,}, the first in row "
            f"{unlabelled[0]} of {printable(path)}; leave those rows out"
        )
    return np.asarray(numbers, dtype=np.int64)


def _named(numbers: list[int], known: list[str], path: Path) -> list[str]:
    if known and numbers[-1] >= len(known):
        raise BadInput(
            f"data must have labels below {len(known)}, as many as there are names, got {numbers[-1]} in "
            f"{printable(path)}; name it or leave its rows out"
        )
    return [known[number] if known else str(number) for number in numbers]


def _encoded(path: Path, image: str) -> Iterator[bytes | None]:
    with opened_parquet(path) as file:
        for batch in file.iter_batches(AT_ONCE, columns=[f"{image}.bytes"], use_threads=False):
            yield from batch.column(0).flatten()[0].to_pylist()


def _image(encoded: bytes | None) -> Image.Image:
    if encoded is None:
        raise OSError("a path alone, without bytes")
    return Image.open(BytesIO(encoded), formats=FORMATS)
