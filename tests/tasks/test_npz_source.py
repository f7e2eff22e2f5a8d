"""What an archive with MedMNIST's keys is read as, and that nothing but what is needed is read."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from steelyard.models.errors import BadInput
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import load, read_manifest
from steelyard.tasks.sources import Source, open_source

Arrays = dict[str, npt.NDArray[Any]]
SHAPES = [(9, 7), (9, 7, 1), (9, 7, 3), (9, 7, 4)]


def arrays(*shape: int, sizes: dict[str, int] | None = None, kind: str = "uint8") -> Arrays:
    """Noise and alternating labels 0, 1, 2 for each part; no two images are equal."""
    rng = np.random.default_rng(0)
    found: Arrays = {}
    for split, size in (sizes or {"train": 40, "val": 13, "test": 11}).items():
        found[f"{split}_images"] = rng.integers(0, 256, (size, *(shape or (9, 7))), dtype=np.uint8)
        found[f"{split}_labels"] = (np.arange(size) % 3).astype(kind)[:, None]
    return found


def saved(folder: Path, content: Arrays, compressed: bool = True) -> Path:
    path = folder / "cells.npz"
    (np.savez_compressed if compressed else np.savez)(path, **content)  # type: ignore[arg-type]  # no keyword is taken
    return path


def opened(folder: Path, content: Arrays, names: str = "", compressed: bool = True) -> Source:
    return open_source(f"npz:{saved(folder, content, compressed)}", Path("unused"), names)


def test_parts_are_the_split_and_numbers_the_classes(tmp_path: Path) -> None:
    source = opened(tmp_path, arrays())
    assert (source.name, source.class_names, source.numbered, source.notes) == ("cells", ("0", "1", "2"), True, ())
    assert source.table["id"].is_monotonic_increasing
    assert source.table["id"].iloc[[0, 10, 11, -1]].tolist() == ["test/00", "test/10", "train/00", "val/12"]
    assert source.table["split"].value_counts().to_dict() == {"train": 40, "val": 13, "test": 11}
    assert source.table["label"].tolist() == [*np.arange(11) % 3, *np.arange(40) % 3, *np.arange(13) % 3]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("compressed", [True, False])
def test_each_row_is_the_image_that_numpy_loads(tmp_path: Path, shape: tuple[int, ...], compressed: bool) -> None:
    source = opened(tmp_path, arrays(*shape), compressed=compressed)
    with np.load(tmp_path / "cells.npz") as loaded:
        expected = [image for split in ("test", "train", "val") for image in loaded[f"{split}_images"]]
    for row in np.random.default_rng(0).permutation(len(expected)):
        np.testing.assert_array_equal(np.asarray(source.read(int(row))), expected[row].reshape(9, 7, -1).squeeze())


def test_an_image_set_of_it_holds_every_image_beside_its_label(tmp_path: Path) -> None:
    content = arrays(8, 8, sizes={"train": 900, "test": 300})
    image_set = load(extract_images(opened(tmp_path, content), 8, tmp_path / "cache", False))
    pixels = np.concatenate([content["test_images"], content["train_images"]])
    np.testing.assert_array_equal(image_set.images[..., 0], pixels)
    np.testing.assert_array_equal(image_set.table["label"], np.concatenate([np.arange(300) % 3, np.arange(900) % 3]))


@pytest.mark.parametrize("parts", [("train",), ("train", "test"), ("train", "val")])
def test_val_and_test_may_be_missing(tmp_path: Path, parts: tuple[str, ...]) -> None:
    assert set(opened(tmp_path, arrays(sizes=dict.fromkeys(parts, 5))).table["split"]) == set(parts)


@pytest.mark.parametrize("kind", ["int8", "uint8", "int32", "uint32", "int64"])
@pytest.mark.parametrize("flat", [True, False])
def test_labels_are_any_whole_numbers_in_a_row_or_a_column(tmp_path: Path, kind: str, flat: bool) -> None:
    content = arrays(kind=kind)
    labels = content["train_labels"] * 5 + 2
    source = opened(tmp_path, content | {"train_labels": labels.reshape(-1) if flat else labels})
    assert source.class_names == ("0", "1", "2", "7", "12")
    assert source.table.loc[source.table["split"] == "train", "label"].tolist()[:3] == [2, 3, 4]


def test_names_are_given_in_the_order_of_the_numbers(tmp_path: Path) -> None:
    plain, named = opened(tmp_path, arrays()), opened(tmp_path, arrays(), "benign, malignant,unclear")
    assert named.class_names == ("benign", "malignant", "unclear")
    assert named.table.equals(plain.table)
    assert named.fingerprint != plain.fingerprint


def test_other_keys_are_ignored_and_named(tmp_path: Path) -> None:
    content = arrays() | {"train_weights": np.ones(40), "about": np.array({"a": 1}, dtype=object)}
    assert opened(tmp_path, content).notes == ("keys ignored: train_weights, about",)


def test_the_fingerprint_holds_until_the_file_may_have_changed(tmp_path: Path) -> None:
    first = opened(tmp_path, arrays())
    data, path = f"npz:{tmp_path / 'cells.npz'}", tmp_path / "cells.npz"
    os.utime(path, ns=(1, 1))
    touched = open_source(data, Path("unused")).fingerprint
    assert open_source(data, Path("unused")).fingerprint == touched
    content = arrays()
    content["val_images"][3, 2, 1] ^= 1
    saved(tmp_path, content)
    os.utime(path, ns=(1, 1))
    assert len({first.fingerprint, touched, open_source(data, Path("unused")).fingerprint}) == 3


def test_damage_inside_is_told_with_the_images_it_takes(tmp_path: Path) -> None:
    path = saved(tmp_path, arrays(64, 64), compressed=False)
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("train_images.npy").header_offset
    whole = bytearray(path.read_bytes())
    whole[start + 5000] ^= 1
    path.write_bytes(whole)
    with pytest.raises(BadInput, match=r"1 unreadable: train/39 \(Bad CRC-32 for file 'train_images.npy'\)"):
        extract_images(open_source(f"npz:{path}", Path("unused")), 8, tmp_path / "cache", False)
    set_ = extract_images(open_source(f"npz:{path}", Path("unused")), 8, tmp_path / "cache", True)
    why = "unreadable: Bad CRC-32 for file 'train_images.npy'"
    assert read_manifest(set_).unusable == {"train/39": why}


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    for key in ("train_images", "train_labels"):
        trap = np.empty(40, dtype=object)
        trap[:] = [Trap() for _ in range(40)]
        with pytest.raises(BadInput, match="object"):
            opened(tmp_path, arrays() | {key: trap})
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("compressed", [True, False])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, compressed: bool) -> None:
    labels = np.arange(1600, dtype=np.uint8) % 3
    pixels = np.broadcast_to(labels[:, None, None, None], (1600, 224, 224, 3))
    path = saved(tmp_path, {"train_images": np.ascontiguousarray(pixels), "train_labels": labels}, compressed)
    script = """
import resource, sys
from pathlib import Path
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.sources import open_source
largest = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, source = largest(), open_source(sys.argv[1], Path("unused"))
extract_images(source, 8, Path(sys.argv[2]), False)
print(largest() - before)
"""
    command = [sys.executable, "-c", script, f"npz:{path}", str(tmp_path / "cache")]
    grown = float(subprocess.check_output(command, text=True))
    assert grown < 120, f"MiB, for images of {1600 * 224 * 224 * 3 >> 20} MiB"


def test_a_label_below_0_is_refused_as_no_class(tmp_path: Path) -> None:
    content = arrays(kind="int8")
    content["train_labels"][[3, 5]] = -1
    with pytest.raises(BadInput, match=r"got -1 among 2 below 0 in train_labels, the first in row 3 of "):
        opened(tmp_path, content)
