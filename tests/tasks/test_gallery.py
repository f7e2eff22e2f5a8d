"""The pictures of a report: as people took them where that can still be read, as the network saw them where not."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from steelyard.models.data.image_set import ImageSet
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import load, read_manifest
from steelyard.tasks.report import error_pictures
from steelyard.tasks.report.page.error_gallery import Shot
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source

if TYPE_CHECKING:
    from conftest import Pictures


def noise(*shape: int, top: int = 256, seed: int = 0) -> Image.Image:
    dtype = np.uint8 if top <= 256 else np.uint16
    return Image.fromarray(np.random.default_rng(seed).integers(0, top, shape).astype(dtype))


def extracted(pictures: Pictures, cache: Path, size: int = 32) -> tuple[ImageSet, int]:
    path = extract_images(open_source(pictures.data, cache), size, cache, False)
    return load(path), read_manifest(path).bits


def opened(pictures: Pictures, cache: Path, sets: tuple[ImageSet, int], *ids: str) -> list[Image.Image]:
    files = error_pictures.picture(ids, *sets, Sweep(data=pictures.data), Settings(cache=cache))
    return [Image.open(BytesIO(file)) for file in files]


def test_a_photograph_is_shown_as_it_was_taken_not_as_the_network_saw_it(pets: Pictures, cache: Path) -> None:
    pets.add("cat/large.jpg", noise(40, 60, 3).resize((900, 600)))
    pets.add("cat/wide.png", noise(90, 300, 3))
    large, wide, small = opened(pets, cache, extracted(pets, cache), "cat/large.jpg", "cat/wide.png", "dog/a.png")
    assert (large.format, large.size) == ("JPEG", (480, 320))
    assert (wide.size, small.size) == ((300, 90), (12, 10))
    assert small.format == "PNG"
    np.testing.assert_array_equal(np.asarray(small), np.asarray(Image.open(pets.root / "dog" / "a.png")))


def test_an_image_is_shown_upright(pets: Pictures, cache: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    noise(30, 50).save(pets.root / "cat" / "lying.png", exif=exif)
    assert opened(pets, cache, extracted(pets, cache), "cat/lying.png")[0].size == (30, 50)


def test_a_deep_image_is_scaled_as_the_image_set_scales_it(pictures: Pictures, cache: Path) -> None:
    for name in ("cat/dim", "cat/b", "dog/bright"):
        pictures.add(f"{name}.png", noise(8, 8, top=1000 if name == "cat/dim" else 4096, seed=len(name)))
    sets = extracted(pictures, cache, size=8)
    dim = opened(pictures, cache, sets, "cat/dim.png")[0]
    assert sets[1] == 12 and np.asarray(dim).max() < 64
    np.testing.assert_array_equal(np.asarray(dim), sets[0].images[1, ..., 0])


@pytest.mark.parametrize("damage", ["gone", "changed", "broken", "all gone"])
def test_what_the_source_no_longer_has_is_shown_as_the_network_saw_it(pets: Pictures, cache: Path, damage: str) -> None:
    pets.add("dog/z.png", noise(90, 90))
    sets, file = extracted(pets, cache), pets.root / "dog" / "z.png"
    if damage == "all gone":
        shutil.rmtree(pets.root)
    elif damage == "gone":
        file.unlink()
    else:
        file.write_bytes(b"") if damage == "broken" else noise(90, 90, seed=1).save(file)
    found = opened(pets, cache, sets, "dog/z.png", "cat/a.png")
    np.testing.assert_array_equal(np.asarray(found[0]), sets[0].images[5, ..., 0])
    assert found[1].size == ((32, 32) if damage == "all gone" else (12, 10))


def test_all_pictures_together_stay_small_whatever_is_in_them(
    pets: Pictures, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_pictures, "MOST", 100_000)
    names = [str(pets.add(f"cat/{number}.png", noise(700, 500, 3, seed=number)).name) for number in range(4)]
    found = opened(pets, cache, extracted(pets, cache), *(f"cat/{name}" for name in names))
    sizes = [image.fp.seek(0, 2) for image in found if image.fp]
    assert sum(sizes) <= 100_000 and all(160 <= max(image.size) < 480 for image in found)


def test_no_error_asks_nothing_of_the_source(pets: Pictures, cache: Path) -> None:
    sets = extracted(pets, cache)
    assert error_pictures.picture([], *sets, Sweep(data="folder:/nowhere"), Settings(cache=cache)) == []


@pytest.mark.parametrize(("side", "form", "small"), [(159, "PNG", True), (160, "JPEG", False)])
def test_pictures_smaller_than_the_page_shows_them_are_shown_pixel_by_pixel(side: int, form: str, small: bool) -> None:
    file = BytesIO()
    noise(7, side).save(file, form)
    shot = Shot.of(file.getvalue())
    assert (shot.small, shot.width, shot.height) == (small, side, 7)
    assert shot.src.startswith(f"data:image/{form.lower()};base64,")
