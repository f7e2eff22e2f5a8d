"""What makes an image set another: content and what is asked for, not names, places and times."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from extracting import extracted, sets
from PIL import Image

from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import load
from steelyard.tasks.images.pixels import RESIZERS
from steelyard.tasks.sources import Source, open_source

if TYPE_CHECKING:
    from conftest import Pictures


def test_touched_but_equal_content_is_the_same_set(pets: Pictures, cache: Path) -> None:
    first = extracted(pets, cache)
    os.utime(pets.root / "cat" / "a.png", ns=(1, 1))
    assert extracted(pets, cache) == first
    assert len(sets(cache)) == 1


def test_the_set_does_not_depend_on_where_the_folder_lies(pets: Pictures, cache: Path, tmp_path: Path) -> None:
    first = extracted(pets, cache)
    shutil.copytree(pets.root, tmp_path / "elsewhere" / "pets")
    assert extracted(pets.beside(tmp_path / "elsewhere" / "pets"), cache) == first


def test_equal_content_under_another_name_is_told_under_the_name_asked_for(
    pets: Pictures, cache: Path, tmp_path: Path
) -> None:
    first = extracted(pets, cache)
    shutil.copytree(pets.root, tmp_path / "animals")
    assert extracted(pets.beside(tmp_path / "animals"), cache) == first
    assert load(first).name == "animals"
    extracted(pets, cache)
    assert load(first).name == "pets"


def test_a_changed_image_is_another_set(pets: Pictures, cache: Path) -> None:
    first = extracted(pets, cache)
    pets.add("cat/a.png")
    assert extracted(pets, cache) != first


@pytest.mark.parametrize("column", ["id", "label", "split", "group", "slice_place"])
def test_the_content_hash_covers_each_column(pets: Pictures, cache: Path, column: str) -> None:
    source = open_source(pets.data, cache)
    table = source.table.assign(slice_place="here")
    changed = table.copy()
    changed.loc[0, column] = 1 if column == "label" else "train"
    paths = [_with_table(source, one, cache) for one in (table, changed)]
    assert paths[0] != paths[1]


def _with_table(source: Source, table: pd.DataFrame, cache: Path) -> Path:
    other = dataclasses.replace(source, table=table, fingerprint=str(table.to_dict()))
    return extract_images(other, 8, cache, False)


def test_the_content_hash_covers_the_pixels(pets: Pictures, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = extracted(pets, cache)
    # The same files and digests, stretched in another way.
    monkeypatch.setitem(RESIZERS, "bilinear", Image.Resampling.NEAREST)
    os.utime(pets.root / "cat" / "a.png", ns=(1, 1))
    assert extracted(pets, cache) != first


def test_the_content_hash_covers_the_class_names(pets: Pictures, cache: Path) -> None:
    source = open_source(pets.data, cache)
    renamed = dataclasses.replace(source, class_names=("kitten", "puppy"), fingerprint="renamed")
    assert extract_images(source, 8, cache, False) != extract_images(renamed, 8, cache, False)


@pytest.mark.parametrize("file", ["images.npy", "table.parquet", "looks.parquet", "manifest.json"])
@pytest.mark.parametrize("damage", ["gone", "empty", "half"])
def test_a_damaged_set_is_extracted_again(pets: Pictures, cache: Path, file: str, damage: str) -> None:
    path = extracted(pets, cache)
    whole = (path / file).read_bytes()
    (path / file).unlink()
    if damage != "gone":
        (path / file).write_bytes(whole[: len(whole) // 2] if damage == "half" else b"")
    assert extracted(pets, cache) == path
    assert (path / file).read_bytes() == whole
