"""The store of image sets: what is in one, when it is the same, and what is refused."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from extracting import extracted, noise, sets
from PIL import Image

from steelyard.models.errors import BadInput
from steelyard.tasks import progress
from steelyard.tasks.images.decode import Decoded
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import Sides, load, read_manifest
from steelyard.tasks.images.pack import AHEAD, MOST_THREADS, PIECE, decode_in_order
from steelyard.tasks.preview import proposal, too_small
from steelyard.tasks.sources import open_source

if TYPE_CHECKING:
    from conftest import Pictures

FITS = (None, "pad", "crop", "stretch")
PADDED = [0, 0, 200, 200, 200, 200, 0, 0]


def test_a_set_is_a_memory_map_two_tables_and_a_manifest(pets: Pictures, cache: Path) -> None:
    path = extracted(pets, cache)
    image_set = load(path)
    assert path == cache / "image_sets" / image_set.content_hash
    files = ["images.npy", "looks.parquet", "manifest.json", "table.parquet"]
    assert sorted(file.name for file in path.iterdir()) == files
    assert isinstance(image_set.images, np.memmap)
    assert (image_set.images.shape, image_set.images.dtype) == ((5, 8, 8, 1), np.uint8)
    assert image_set.table.columns.tolist() == ["id", "label", "split", "group", "digest"]
    assert (image_set.name, image_set.class_names) == ("pets", ("cat", "dog"))


def test_what_is_written_to_a_loaded_set_reaches_nobody_else(pets: Pictures, cache: Path) -> None:
    path = extracted(pets, cache)
    mine, before = load(path).images, load(path).images.copy()
    mine[:] = 0
    assert before.any()
    np.testing.assert_array_equal(load(path).images, before)


def test_each_row_holds_the_image_of_its_id(pictures: Pictures, cache: Path) -> None:
    for number in range(100):
        pictures.add(f"{'cat' if number % 3 else 'dog'}/{number}.png", noise(8, 8, seed=number))
    image_set = load(extracted(pictures, cache))
    for pixels, name in zip(image_set.images, image_set.table["id"], strict=True):
        np.testing.assert_array_equal(pixels[..., 0], np.asarray(Image.open(pictures.root / name)))


def test_the_manifest_counts_classes_per_split(pictures: Pictures, cache: Path) -> None:
    for name in ("train/cat/1.png", "train/cat/2.png", "train/dog/1.png", "test/dog/2.png"):
        pictures.add(name)
    manifest = read_manifest(extracted(pictures, cache))
    assert manifest.counts == {"test": {"cat": 0, "dog": 1}, "train": {"cat": 2, "dog": 1}}
    assert (manifest.images, manifest.size, manifest.channels, manifest.bits) == (4, 8, 1, 8)


def test_one_colour_image_gives_all_three_channels(pets: Pictures, cache: Path) -> None:
    pets.add("cat/colour.png", noise(8, 8, 3))
    images = load(extracted(pets, cache)).images
    assert images.shape == (6, 8, 8, 3)
    np.testing.assert_array_equal(images[0, ..., 0], images[0, ..., 2])
    np.testing.assert_array_equal(images[3], np.asarray(noise(8, 8, 3)))


def test_grey_saved_as_rgb_gives_one_channel(pets: Pictures, cache: Path) -> None:
    pets.add("cat/grey.png", noise(8, 8).convert("RGB"))
    assert load(extracted(pets, cache)).images.shape == (6, 8, 8, 1)


@pytest.mark.parametrize(("top", "bits"), [(200, 8), (4096, 12), (65536, 16)])
def test_deep_images_share_the_smallest_scale_that_holds_them(
    pictures: Pictures, cache: Path, top: int, bits: int
) -> None:
    dim = np.full((8, 8), top // 4, dtype=np.uint16)
    bright = np.full((8, 8), top - 1, dtype=np.uint16)
    pictures.add("cat/dim.png", Image.fromarray(dim))
    pictures.add("dog/bright.png", Image.fromarray(bright))
    path = extracted(pictures, cache)
    scale = 255 / (2**bits - 1)
    assert read_manifest(path).bits == bits
    assert load(path).images[:, 0, 0, 0].tolist() == [round(top // 4 * scale), round((top - 1) * scale)]
    assert f"values of {bits} bits" in read_manifest(path).notes[-1]


def test_eight_bit_images_beside_deep_ones_keep_their_values(pets: Pictures, cache: Path) -> None:
    pets.add("cat/0.png", noise(8, 8))
    pets.add("dog/deep.png", noise(8, 8, top=4096))
    np.testing.assert_array_equal(load(extracted(pets, cache)).images[0, ..., 0], np.asarray(noise(8, 8)))


def test_exact_duplicates_are_counted_and_kept(pets: Pictures, cache: Path) -> None:
    shutil.copy(pets.root / "cat" / "a.png", pets.root / "cat" / "copy.png")
    path = extracted(pets, cache)
    assert read_manifest(path).duplicates == 1
    table = load(path).table.set_index("id")
    digests = table["digest"].to_dict()
    assert digests["cat/a.png"] == digests["cat/copy.png"]
    assert table["digest"].nunique() == 5


def test_the_same_source_again_opens_no_image(pets: Pictures, cache: Path) -> None:
    def refuse(row: int) -> Image.Image:
        raise AssertionError(f"row {row} was read again")

    first = extracted(pets, cache)
    again = dataclasses.replace(open_source(pets.data, cache), read=refuse)
    assert extract_images(again, 8, cache, False) == first


def test_another_size_is_another_set(pets: Pictures, cache: Path) -> None:
    assert extracted(pets, cache, size=8) != extracted(pets, cache, size=9)
    assert len(sets(cache)) == 2


def test_each_fit_that_is_asked_for_is_a_set_of_its_own(pets: Pictures, cache: Path) -> None:
    source = open_source(pets.data, cache)
    paths = {fit: extract_images(source, 8, cache, False, fit) for fit in FITS}
    assert len(set(paths.values())) == 4, "the same pixels, but further images would be seen in another way"
    assert [read_manifest(path).fit for path in paths.values()] == list(paths)
    assert extract_images(source, 8, cache, False, "crop") == paths["crop"]


def test_a_long_image_is_padded_unless_something_else_is_asked_for(pets: Pictures, cache: Path) -> None:
    pets.add("cat/0.png", Image.new("L", (32, 16), 200))
    source = open_source(pets.data, cache)
    columns = {fit: load(extract_images(source, 8, cache, False, fit)).images[0, :, 0, 0].tolist() for fit in FITS}
    assert columns == {None: PADDED, "pad": PADDED, "crop": [200] * 8, "stretch": [200] * 8}


def test_the_images_own_sizes_are_kept_and_said(pictures: Pictures, cache: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for number, (width, height) in enumerate([(103, 103), (300, 200), (220, 200), (632, 400)]):
        pictures.add(f"{'cat' if number % 2 else 'dog'}/{number}.png", noise(height, width))
    noise(500, 100).save(pictures.root / "cat" / "turned.png", exif=exif)
    manifest = read_manifest(extracted(pictures, cache, size=32))
    expected = {"shorter": (100, 400), "longer": (103, 632), "median": 300, "padded": 3, "cropped": 0, "stretched": 1}
    assert manifest.sides == Sides(**expected, strain=1.1)
    assert manifest.summary == "pets: 5 images of 2 classes, 100 to 632 pixels, grey"
    assert manifest.sides and manifest.sides.said == "100 to 632 pixels"
    assert manifest.notes[-1] == (
        "of 5 images 3 padded to a square and 1 stretched to a square by up to 1.10 to 1: --fit"
    )
    assert too_small(manifest, 32, "--size") == [
        "half of the images have 300 pixels or more on their longer side, of which a network sees 32: small defects "
        "are gone; --size 128 shows them, at about 16 times the work"
    ]
    assert too_small(manifest, 75, "--size") == [] and proposal(manifest) == ""


@pytest.mark.parametrize(
    ("fit", "says"), [("crop", "1 cropped to a square"), ("stretch", "1 stretched to a square by")]
)
def test_what_was_asked_for_is_said_of_the_images_that_were_not_square(
    pets: Pictures, cache: Path, fit: str, says: str
) -> None:
    for number, path in enumerate(pets.root.rglob("*.png")):
        noise(64, 64, seed=number).save(path)
    source = open_source(pets.data, cache)
    manifest = read_manifest(extract_images(source, 64, cache, False, fit))
    assert manifest.sides and (manifest.notes, manifest.sides.said) == ((), "64 pixels")
    assert proposal(manifest).startswith("no image has more than 64 pixels per side")
    pets.add("cat/z.png", noise(64, 65, seed=9))
    manifest = read_manifest(extract_images(open_source(pets.data, cache), 64, cache, False, fit))
    assert manifest.notes[-1].startswith(f"of 6 images {says}")
    assert proposal(manifest) == ""


def test_a_manifest_of_before_sizes_were_looked_at_still_loads(pets: Pictures, cache: Path) -> None:
    path = extracted(pets, cache)
    written = json.loads((path / "manifest.json").read_text())
    del written["sides"], written["fit"]
    (path / "manifest.json").write_text(json.dumps(written))
    manifest = read_manifest(path)
    assert manifest.summary == "pets: 5 images of 2 classes, 8 x 8 pixels, grey"
    assert (too_small(manifest, 8, "--size"), proposal(manifest)) == ([], "")


def test_progress_is_told_to_the_end(pets: Pictures, cache: Path) -> None:
    news: list[progress.News] = []
    with progress.listening(news.append):
        extracted(pets, cache)
    assert news[-1] == progress.Extracting(5, 5)


def test_no_more_images_are_decoded_ahead_than_the_bound(pictures: Pictures, cache: Path) -> None:
    source = open_source("digits", cache)
    read: list[int] = []

    def counted(row: int) -> Image.Image:
        read.append(row)
        return source.read(row)

    for done, _ in enumerate(decode_in_order(dataclasses.replace(source, read=counted), 8, None)):
        assert len(read) <= done + PIECE * (AHEAD * MOST_THREADS + 1)
    assert sorted(read) == list(range(1797))


def test_rows_are_decoded_in_the_order_asked_for_and_no_other_is_read(cache: Path) -> None:
    source, rows = open_source("digits", cache), [1500, 3, 3, *range(700, 750)]
    found = list(decode_in_order(source, 8, None, rows))
    assert [np.asarray(image.pixels).tolist() for image in found if isinstance(image, Decoded)] == [
        np.asarray(source.read(row)).tolist() for row in rows
    ]
    assert list(decode_in_order(source, 8, None, [])) == []


def test_a_cache_that_cannot_be_written_is_one_line(pets: Pictures, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match=r"cache must be a folder that can be written, with room, got .*Not a directory"):
        extracted(pets, tmp_path / "file" / "cache")
