"""What a Parquet file in Hugging Face's layout of images is read as."""

from __future__ import annotations

import json
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import refusing
from PIL import Image

from steelyard.models.errors import BadInput
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import load
from steelyard.tasks.sources import Source, open_source

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
LABELS = [1, 0, 1, 2, 0, 1]


def encoded(number: int, form: str = "PNG") -> bytes:
    pixels = np.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, form)
    return file.getvalue()


def saved(
    folder: Path, columns: dict[str, Any], names: dict[str, list[str]] | None = None, row_group_size: int | None = None
) -> Path:
    """A Parquet file, with what the ``datasets`` library writes into its schema where ``names`` are given."""
    features = {name: {"names": each, "_type": "ClassLabel"} for name, each in (names or {}).items()}
    table = pa.table(columns)
    if names is not None:
        told = json.dumps({"info": {"features": {"image": {"_type": "Image"}} | features}})
        table = table.replace_schema_metadata({"huggingface": told})
    path = folder / "train-00000-of-00001.parquet"
    pq.write_table(table, path, row_group_size=row_group_size)
    return path


def columns(labels: list[int | None] | None = None, label: str = "label", kind: Any = None) -> dict[str, Any]:
    labels = LABELS if labels is None else labels
    images = [{"bytes": encoded(number), "path": f"{number}.png"} for number in range(len(labels))]
    return {"image": pa.array(images, IMAGE), label: pa.array(labels, kind or pa.int64())}


def opened(path: Path, names: str = "") -> Source:
    return open_source(f"hf:{path}", Path("unused"), names)


def refusal(path: Path, names: str = "") -> str:
    return refusing.refusal(f"hf:{path}", names)


def test_labels_are_named_by_the_schema(tmp_path: Path) -> None:
    source = opened(saved(tmp_path, columns(), {"label": ["cat", "dog", "eel"]}))
    assert (source.name, source.class_names) == ("train-00000-of-00001", ("cat", "dog", "eel"))
    assert source.table["id"].tolist() == ["0", "1", "2", "3", "4", "5"]
    assert source.table["label"].tolist() == LABELS
    assert (set(source.table["split"]), source.numbered) == ({""}, False)


def test_only_classes_with_images_are_classes(tmp_path: Path) -> None:
    source = opened(saved(tmp_path, columns([3, 1, 3]), {"label": ["cat", "dog", "eel", "fox"]}))
    assert (source.class_names, source.table["label"].tolist()) == (("dog", "fox"), [1, 0, 1])


def test_without_names_numbers_are_the_classes_and_can_be_named(tmp_path: Path) -> None:
    path = saved(tmp_path, columns())
    assert opened(path).class_names == ("0", "1", "2")
    assert opened(path, "cat,dog,eel").class_names == ("cat", "dog", "eel")


def test_a_class_label_of_another_name_is_the_label(tmp_path: Path) -> None:
    path = saved(tmp_path, columns(label="species"), {"species": ["cat", "dog", "eel"]})
    assert opened(path).class_names == ("cat", "dog", "eel")


@pytest.mark.parametrize("told", [b"", b"{", b"[]", b'{"info": {"features": {"label": {"_type": "ClassLabel"}}}}'])
def test_a_schema_that_says_it_otherwise_says_nothing(tmp_path: Path, told: bytes) -> None:
    path = tmp_path / "train.parquet"
    pq.write_table(pa.table(columns()).replace_schema_metadata({b"huggingface": told}), path)
    assert opened(path).class_names == ("0", "1", "2")


@pytest.mark.parametrize("row_group_size", [1, 7, 100, 1000])
def test_every_image_lies_beside_its_label_whatever_the_row_groups(tmp_path: Path, row_group_size: int) -> None:
    labels: list[int | None] = [number % 3 for number in range(300)]
    path = saved(tmp_path, columns(labels), row_group_size=row_group_size)
    image_set = load(extract_images(opened(path), 8, tmp_path / "cache", False))
    assert image_set.table["label"].tolist() == labels
    expected = np.stack([np.asarray(Image.open(BytesIO(encoded(number)))) for number in range(300)])
    np.testing.assert_array_equal(image_set.images, expected)


def test_an_image_without_bytes_is_unreadable(tmp_path: Path) -> None:
    broken = columns()
    images = broken["image"].to_pylist()
    images[2], images[4] = None, {"bytes": None, "path": "4.png"}
    path = saved(tmp_path, broken | {"image": pa.array(images, IMAGE)})
    with pytest.raises(BadInput, match=r" 2 unreadable: 2 \(a path alone, without bytes\), 4 \(a path alone"):
        extract_images(opened(path), 8, tmp_path / "cache", False)


def test_the_fingerprint_holds_until_the_file_may_have_changed(tmp_path: Path) -> None:
    path = saved(tmp_path, columns())
    first = opened(path).fingerprint
    assert opened(path).fingerprint == first
    os.utime(path, ns=(1, 1))
    assert opened(path).fingerprint != first


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"image": pa.array(["a.png"] * 6)}, "data must have one column of images, {bytes, path}, got none of the"),
        ({"other": columns()["image"]}, "data must have one column of images, {bytes, path}, got image, other of the"),
        ({"label": pa.array([0.0] * 6)}, "data must have whole numbers in the column label, got double in"),
        ({"label": pa.array(["cat"] * 6)}, "data must have whole numbers in the column label, got string in"),
        (
            {"label": pa.array([0, 1, -1, 0, -1, 1])},
            "data must have a label from 0 on in each row, got -1 or none in 2, ",
        ),
        (
            {"label": pa.array([0, 1, None, 0, 1, 1])},
            "data must have a label from 0 on in each row, got -1 or none in 1, ",
        ),
        ({"label": pa.array([1] * 6)}, "data must have at least two classes, got only 1 in"),
    ],
)
def test_other_columns_are_refused(tmp_path: Path, change: dict[str, Any], line: str) -> None:
    assert refusal(saved(tmp_path, columns() | change)).startswith(line)


def test_labels_beyond_the_names_are_refused(tmp_path: Path) -> None:
    message = refusal(saved(tmp_path, columns(), {"label": ["cat", "dog"]}))
    assert message.startswith("data must have labels below 2, as many as there are names, got 2 in")


def test_two_columns_of_labels_are_refused(tmp_path: Path) -> None:
    names = {"label": ["cat", "dog", "eel"], "coarse": ["pet", "fish", "other"]}
    message = refusal(saved(tmp_path, columns() | {"coarse": columns()["label"]}, names))
    assert "got label, coarse of the columns image, label, coarse" in message


def test_names_of_its_own_are_not_replaced(tmp_path: Path) -> None:
    message = refusal(saved(tmp_path, columns(), {"label": ["cat", "dog", "eel"]}), "a,b,c")
    assert message.startswith("class-names must be left out for hf:")
    assert message.endswith("which names its classes itself (cat, dog, eel), got a, b, c; use those")


def test_no_row_is_refused(tmp_path: Path) -> None:
    assert refusal(saved(tmp_path, columns([]))).startswith("data must hold images, got no row in")


def test_a_label_beyond_64_bits_is_refused_with_its_number(tmp_path: Path) -> None:
    path = saved(tmp_path, columns([0, 1, 2**63, 0], kind=pa.uint64()))
    assert f"data must have labels up to {2**63 - 1}, got {2**63} in " in refusal(path)
