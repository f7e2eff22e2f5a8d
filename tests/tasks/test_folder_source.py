"""What a folder of images is read as, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from refusing import refusal

from steelyard.tasks.sources import Source, open_source

if TYPE_CHECKING:
    from conftest import Pictures


def opened(pictures: Pictures) -> Source:
    return open_source(pictures.data, Path("unused"))


def test_each_folder_is_a_class_and_rows_are_in_path_order(pets: Pictures) -> None:
    source = opened(pets)
    assert (source.name, source.class_names) == ("pets", ("cat", "dog"))
    assert source.table["id"].tolist() == ["cat/a.png", "cat/b.png", "cat/c.png", "dog/a.png", "dog/b.png"]
    assert source.table["label"].tolist() == [0, 0, 0, 1, 1]
    assert set(source.table["split"]) == set(source.table["group"]) == {""}
    assert (source.positive, source.imbalance, source.notes) == ("", None, ())


def test_a_row_reads_the_file_that_its_id_names(pets: Pictures) -> None:
    from PIL import Image, ImageChops

    source = opened(pets)
    for row, name in enumerate(source.table["id"]):
        with source.read(row) as read, Image.open(pets.root / name) as expected:
            assert ImageChops.difference(read, expected).getbbox() is None


@pytest.mark.parametrize(
    ("folder", "split"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("val", "val"),
        ("valid", "val"),
        ("validation", "val"),
        ("test", "test"),
    ],
)
def test_folders_above_the_classes_are_the_split(pictures: Pictures, folder: str, split: str) -> None:
    for name in ("train/cat/1.png", "train/dog/1.png", f"{folder}/cat/2.png", f"{folder}/dog/2.png"):
        pictures.add(name)
    table = opened(pictures).table
    assert set(table.loc[table["id"].str.startswith(folder), "split"]) == {split}
    assert opened(pictures).class_names == ("cat", "dog")


def test_folders_below_a_class_belong_to_it(pictures: Pictures) -> None:
    for name in ("cat/young/1.png", "cat/2.png", "dog/old/grey/1.png"):
        pictures.add(name)
    assert opened(pictures).table["label"].tolist() == [0, 0, 1]


def test_a_class_may_be_called_train_when_its_images_lie_in_it(pictures: Pictures) -> None:
    for name in ("train/1.png", "bus/1.png"):
        pictures.add(name)
    assert opened(pictures).class_names == ("bus", "train")


def test_hidden_files_are_ignored_and_others_counted(pets: Pictures) -> None:
    pets.add("cat/.hidden.png")
    pets.add(".thumbnails/dog/a.png")
    pets.add_text("cat/Readme.txt")
    pets.add("loose.png")
    source = opened(pets)
    assert len(source.table) == 5
    assert source.notes == (
        "files ignored because their suffix is not that of an image: 1",
        "images ignored because they lie outside any class folder: 1",
    )


def test_the_suffix_may_be_upper_case(pets: Pictures) -> None:
    pets.add("cat/D.PNG")
    assert len(opened(pets).table) == 6


def test_a_link_to_a_folder_above_ends(pets: Pictures) -> None:
    (pets.root / "cat" / "loop").symlink_to(pets.root)
    assert len(opened(pets).table) == 5


def test_a_linked_class_is_followed(pets: Pictures, tmp_path: Path) -> None:
    birds = pets.beside(tmp_path / "elsewhere")
    birds.add("1.png")
    (pets.root / "bird").symlink_to(birds.root)
    assert opened(pets).class_names == ("bird", "cat", "dog")


def test_a_file_name_that_is_not_text_gets_an_id_that_is(pets: Pictures) -> None:
    try:
        (pets.root / "cat" / "a.png").rename(os.fsdecode(os.fsencode(pets.root / "cat") + b"/\xff.png"))
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    assert "cat/\\xff.png" in opened(pets).table["id"].tolist()


def test_the_fingerprint_holds_until_a_file_changes(pets: Pictures) -> None:
    before = opened(pets).fingerprint
    assert opened(pets).fingerprint == before
    os.utime(pets.root / "cat" / "a.png", ns=(1, 1))
    touched = opened(pets).fingerprint
    pets.add("cat/d.png")
    assert len({before, touched, opened(pets).fingerprint}) == 3


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(f"folder:{tmp_path / 'none'}") == (
        f"data must be a folder that exists, got {tmp_path / 'none'}; check the path after folder:"
    )


def test_a_folder_without_a_path_is_refused() -> None:
    assert "data must be folder:PATH with a path, got 'folder:'" in refusal("folder:")


def test_a_file_in_place_of_a_folder_is_refused(pets: Pictures) -> None:
    assert "data must be a folder, got the file" in refusal(f"{pets.data}/cat/a.png")


def test_an_empty_folder_is_refused(pictures: Pictures) -> None:
    assert f"got none in {pictures.root}; expected one folder of images per class" in refusal(pictures.data)


def test_folders_without_images_are_refused(pictures: Pictures) -> None:
    pictures.add_text("cat/1.txt")
    pictures.add_text("dog/1.txt")
    assert "data must hold images" in refusal(pictures.data)


def test_one_class_is_refused(pictures: Pictures) -> None:
    pictures.add("cat/1.png")
    (pictures.root / "dog").mkdir()
    assert "data must have at least two classes with images, got only cat" in refusal(pictures.data)


def test_images_without_class_folders_are_refused(pictures: Pictures) -> None:
    pictures.add("1.png")
    assert "got no class folder around 1.png" in refusal(pictures.data)


def test_a_split_without_train_is_refused(pictures: Pictures) -> None:
    pictures.add("test/cat/1.png")
    pictures.add("test/dog/1.png")
    assert "data must have images below train, got only test" in refusal(pictures.data)


def test_split_folders_beside_class_folders_are_refused(pets: Pictures) -> None:
    pets.add("train/cat/1.png")
    assert "got train beside cat, dog" in refusal(pets.data)


def test_a_class_whose_name_breaks_the_line_is_shown_in_one(pets: Pictures) -> None:
    pets.add("a\nb/1.png")
    pets.add(os.fsdecode(b"\xff\x1b/1.png"))
    assert opened(pets).class_names == ("a\\nb", "cat", "dog", "\\xff\\x1b")


def test_two_classes_that_look_the_same_are_refused(pets: Pictures) -> None:
    pets.add("a\nb/1.png")
    pets.add("a\\nb/1.png")
    assert "data must have classes of different names, got a\\nb more than once" in refusal(pets.data)


@pytest.mark.parametrize("path", ["~nobody-here", "a" * 5000, "a\0b"])
def test_a_path_that_cannot_be_is_refused(path: str) -> None:
    assert "data must be a folder that exists, got" in refusal(f"folder:{path}")
