"""All images that cannot be used: refused at once, with counts and a list of them, or left out."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from extracting import extracted, noise, refusal
from PIL import Image

from steelyard.models.errors import BadInput
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import load, read_manifest
from steelyard.tasks.sources import Source, open_source

if TYPE_CHECKING:
    from conftest import Pictures

GOOD = ("cat/a.png", "cat/b.png", "cat/c.png", "dog/a.png", "dog/b.png")
BAD = ("../pets.png", "cat/link.png", "cat/none.png", "cat/text.png", "dog/twin.png")


@pytest.fixture
def mixed(pets: Pictures) -> Path:
    """A list of five images that can be used but for one's twin, and of one image for each thing that can be wrong."""
    pets.add_text("cat/text.png")
    shutil.copy(pets.root / "cat" / "a.png", pets.root / "dog" / "twin.png")
    shutil.copy(pets.root / "cat" / "a.png", pets.root.parent / "pets.png")
    (pets.root / "cat" / "link.png").symlink_to(pets.root.parent / "pets.png")
    rows = [(name, "dog" if "dog" in name else "cat") for name in GOOD + BAD]
    pd.DataFrame(rows, columns=["path", "label"]).to_csv(pets.root / "list.csv", index=False)
    return pets.root


def opened(root: Path, **asked: str) -> Source:
    return open_source(f"csv:{root}/list.csv", Path("unused"), **asked)


def test_everything_that_is_wrong_is_told_at_once(mixed: Path, cache: Path) -> None:
    with pytest.raises(BadInput) as caught:
        extract_images(opened(mixed), 8, cache, False)
    assert str(caught.value) == (
        "data must hold images that can be used (BMP, GIF, JPEG, PNG, PPM, TIFF, WEBP), got 6 of 10 that cannot: 1 "
        f"outside {mixed}, 1 through a link out of the folder, 1 missing in {mixed}, 1 unreadable, 2 under two labels, "
        "such as ../pets.png, cat/link.png, cat/none.png (No such file or directory), cat/text.png (not an image), "
        f"cat/a.png (cat here, dog in dog/twin.png); all are in {cache}/unusable-list.csv: mend or remove them, or "
        "leave them out with --skip-unusable"
    )


def test_a_file_in_the_cache_lists_all_of_them(mixed: Path, cache: Path) -> None:
    with pytest.raises(BadInput):
        extract_images(opened(mixed), 8, cache, False)
    listed = pd.read_csv(cache / "unusable-list.csv").set_index("path")["why"].to_dict()
    assert listed == {
        "../pets.png": f"outside {mixed}",
        "cat/link.png": "through a link out of the folder",
        "cat/none.png": f"missing in {mixed}: No such file or directory",
        "cat/text.png": "unreadable: not an image",
        "cat/a.png": "under two labels: cat here, dog in dog/twin.png",
        "dog/twin.png": "under two labels: dog here, cat in cat/a.png",
    }


def test_what_is_left_is_the_set_without_them(mixed: Path, cache: Path) -> None:
    path = extract_images(opened(mixed), 8, cache, True)
    assert load(path).table["id"].tolist() == list(GOOD[1:])
    manifest = read_manifest(path)
    assert (manifest.images, sorted(manifest.unusable)) == (4, sorted(["cat/a.png", *BAD]))
    assert manifest.notes[-1].startswith(f"unusable images left out: 1 outside {mixed}, 1 through a link")
    (mixed / "list.csv").write_text("path,label\n" + "".join(f"{name},{name[:3]}\n" for name in GOOD[1:]))
    assert extract_images(opened(mixed), 8, cache, False) == path


def test_pixels_are_those_of_the_images_that_are_left(pictures: Pictures, cache: Path) -> None:
    for number in range(6):
        pictures.add(f"{'cat' if number % 2 else 'dog'}/{number}.png", noise(8, 8, seed=number))
    shutil.copy(pictures.root / "cat" / "3.png", pictures.root / "dog" / "3.png")
    images = load(extracted(pictures, cache, skip=True))
    assert images.table["id"].tolist() == ["cat/1.png", "cat/5.png", "dog/0.png", "dog/2.png", "dog/4.png"]
    for pixels, name in zip(images.images, images.table["id"], strict=True):
        np.testing.assert_array_equal(pixels[..., 0], np.asarray(Image.open(pictures.root / name)))


def test_what_is_left_out_has_no_say_in_how_the_others_are_kept(pets: Pictures, cache: Path) -> None:
    pets.add("cat/deep.png", noise(8, 8, top=4096))
    plain = extracted(pets, cache)
    for name in ("cat/z.png", "dog/z.png"):
        pets.add(name, noise(8, 8, 3))
        pets.add(name.replace("z", "deeper"), noise(8, 8, top=65536))
    assert extracted(pets, cache, skip=True) == plain
    assert (read_manifest(plain).channels, read_manifest(plain).bits) == (1, 12)


def test_all_images_of_one_picture_under_two_labels_are_named_with_another(pets: Pictures, cache: Path) -> None:
    for name in ("cat/z.png", "dog/y.png", "dog/z.png", "eel/z.png"):
        pets.add(name, noise(8, 8))
    assert "4 under two labels, such as cat/z.png (cat here, dog in dog/y.png and eel in" in refusal(pets, cache)
    assert set(read_manifest(extracted(pets, cache, skip=True)).unusable.items()) == {
        ("cat/z.png", "under two labels: cat here, dog in dog/y.png and eel in eel/z.png"),
        ("dog/y.png", "under two labels: dog here, cat in cat/z.png and eel in eel/z.png"),
        ("dog/z.png", "under two labels: dog here, cat in cat/z.png and eel in eel/z.png"),
        ("eel/z.png", "under two labels: eel here, cat in cat/z.png and dog in dog/y.png"),
    }


def test_copies_under_one_label_can_be_used(pets: Pictures, cache: Path) -> None:
    shutil.copy(pets.root / "cat" / "a.png", pets.root / "cat" / "copy.png")
    assert read_manifest(extracted(pets, cache)).unusable == {}


def test_a_list_of_nothing_that_is_there_reads_no_image(mixed: Path, cache: Path) -> None:
    rows = pd.DataFrame({"path": ["cat/x.png", "dog/x.png"], "label": ["cat", "dog"]})
    rows.to_csv(mixed / "list.csv", index=False)
    (mixed.parent / "relabel.csv").write_text("path,proposed\ncat/x.png,dog\n")
    source = opened(mixed, group_by="^(.)", labels=str(mixed.parent / "relabel.csv"))
    with pytest.raises(BadInput, match=r"got 2 of 2 that cannot: 2 missing in "):
        extract_images(source, 8, cache, False)
    with pytest.raises(BadInput, match=r"images that can be used, got none; left out: 2; mend them"):
        extract_images(source, 8, cache, True)


def test_labels_and_groups_are_those_of_what_is_left(mixed: Path, cache: Path) -> None:
    (mixed.parent / "relabel.csv").write_text("path,proposed\ndog/twin.png,cat\ncat/none.png,dog\n")
    asked = {"labels": str(mixed.parent / "relabel.csv"), "group_by": r"([abc])\.png"}
    images = load(extract_images(opened(mixed, **asked), 8, cache, True))
    assert images.table["id"].tolist() == [*GOOD, "dog/twin.png"]
    assert images.table["group"].tolist() == ["a", "b", "c", "a", "b", ""]


@pytest.mark.parametrize("name", ["a/b", "ä", "x" * 300])
def test_the_list_of_them_is_a_file_whatever_the_source_is_called(pets: Pictures, cache: Path, name: str) -> None:
    source = dataclasses.replace(open_source(pets.data, cache), name=name, unusable={"x.png": "missing: gone"})
    with pytest.raises(BadInput, match=r"1 missing: x.png \(gone\); all are in "):
        extract_images(source, 8, cache, False)
    assert len(list(cache.glob("unusable-*.csv"))) == 1


def test_a_set_of_before_there_were_reasons_is_found_again(pets: Pictures, cache: Path) -> None:
    pets.add_text("cat/aa.png")
    path = extracted(pets, cache, skip=True)
    for file in (path / "manifest.json", *(cache / "image_sets" / "requests").iterdir()):
        written = json.loads(file.read_text())
        written["unreadable"] = list(written.pop("unusable"))
        file.write_text(json.dumps(written))
    changed = (path / "images.npy").stat().st_mtime_ns
    assert extracted(pets, cache, skip=True) == path and (path / "images.npy").stat().st_mtime_ns == changed
    assert read_manifest(path).unusable == {"cat/aa.png": "unreadable"}
