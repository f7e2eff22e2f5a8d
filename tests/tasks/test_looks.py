"""How images look: what is measured of each, and that it is kept beside the set without being part of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from extracting import extracted, noise
from PIL import Image, ImageFilter

from steelyard.tasks.images import looks
from steelyard.tasks.images.looks import COLUMNS
from steelyard.tasks.images.measures import LEVELS, PLACES

if TYPE_CHECKING:
    from conftest import Pictures


def looked(image: Image.Image, bits: int = 8) -> pd.Series:
    found = looks.Looks()
    found.add(looks.reduced(image, image.tobytes()))
    return found.table(np.array([bits]), [image.size]).iloc[0]


def test_a_small_image_is_measured_exactly() -> None:
    image = noise(32, 24, 3)
    found, pixels = looked(image), np.asarray(image) / 255
    grey = pixels @ (0.299, 0.587, 0.114)
    expected = {"width": 24, "height": 32, "mean": grey.mean(), "std": grey.std()}
    expected |= dict(zip(("red", "green", "blue"), pixels.mean(axis=(0, 1)), strict=True))
    expected |= {
        "saturation": np.ptp(pixels, axis=2).mean(),
        "top_mean": grey[:1].mean(),
        "right_std": grey[:, -1].std(),
    }
    expected |= {"bottom_left_mean": grey[-3:, :3].mean(), "top_right_std": grey[:3, -3:].std()}
    assert found[list(expected)].to_dict() == pytest.approx(expected, abs=1e-5)
    assert found[["p05", "p95"]].tolist() == pytest.approx(np.quantile(grey, (0.05, 0.95)), abs=0.01)


def test_grey_saved_as_three_channels_has_equal_means_and_no_saturation() -> None:
    found = looked(noise(16, 16))
    assert found["red"] == found["green"] == found["blue"] == found["mean"]
    assert found["saturation"] == 0


def test_an_even_image_is_without_contrast_and_sharpness() -> None:
    found = looked(Image.new("RGB", (300, 200), (51, 51, 51)))
    assert found[["mean", "p05", "top_mean", "bottom_right_mean"]].tolist() == pytest.approx([0.2] * 4)
    assert found[["std", "left_std", "top_left_std", "sharpness"]].tolist() == pytest.approx([0] * 4, abs=1e-6)


@pytest.mark.parametrize("side", [48, 120, 500])
def test_blur_takes_sharpness_and_dimming_does_not(side: int) -> None:
    sharp = noise(side // 4, side // 4).resize((side, side), Image.Resampling.BICUBIC)
    clear = looked(sharp)["sharpness"]
    assert looked(sharp.filter(ImageFilter.GaussianBlur(side / 30)))["sharpness"] < 0.7 * clear
    assert looked(sharp.point(lambda level: level // 2))["sharpness"] == pytest.approx(clear, rel=0.03)


def test_a_border_of_less_than_a_pixel_is_not_a_number() -> None:
    edges, corners = [f"{place}_mean" for place in PLACES[:4]], [f"{place}_mean" for place in PLACES[4:]]
    tiny, small = looked(noise(7, 7)), looked(noise(8, 12))
    assert tiny[edges + corners].isna().all() and small[edges].isna().all() and small[corners].notna().all()
    assert looked(noise(1, 1))[["std", "sharpness"]].tolist() == [0, 0]


@pytest.mark.parametrize("side", [10, 100, 300])
def test_levels_of_deep_images_are_shares_of_the_largest_that_their_bits_hold(side: int) -> None:
    deep = noise(side, side, top=4096).convert("I")
    found = looked(deep, bits=12)
    assert found[["mean", "red"]].tolist() == pytest.approx([np.asarray(deep).mean() / 4095] * 2, rel=1e-3)
    assert found["sharpness"] == pytest.approx(looked(deep, bits=16)["sharpness"])


def test_how_an_image_looks_does_not_depend_on_those_beside_it() -> None:
    images = [noise(8 + number % 3, 9, 3, seed=number) for number in range(2 * looks.AT_ONCE + 3)]
    together = looks.Looks()
    for image in images:
        together.add(looks.reduced(image, image.tobytes()))
    table = together.table(np.full(len(images), 8), [image.size for image in images])
    for row in (0, 64, 100, len(images) - 1):
        np.testing.assert_allclose(table.iloc[row], looked(images[row]), rtol=1e-4, atol=1e-6)


def test_a_set_keeps_a_row_per_image_in_the_order_of_its_table(pets: Pictures, cache: Path) -> None:
    pets.add_text("cat/aa.png")
    pets.add("dog/0.png", Image.new("L", (30, 20), 102))
    pets.add("dog/deep.png", Image.new("I;16", (9, 9), 2**11))
    path = extracted(pets, cache, skip=True)
    found, ids = looks.load(path), pd.read_parquet(path / "table.parquet")["id"].tolist()
    assert (found.columns.tolist(), set(found.dtypes)) == (list(COLUMNS), {np.dtype(np.float32)})
    assert len(found) == len(ids) == 7
    row, deep = found.iloc[ids.index("dog/0.png")], found.iloc[ids.index("dog/deep.png")]
    assert row[["width", "height", "mean"]].tolist() == pytest.approx([30, 20, 0.4])
    assert deep["mean"] == pytest.approx(2**11 / (2**12 - 1))


def test_a_set_that_was_written_before_looks_is_written_again_under_the_same_hash(pets: Pictures, cache: Path) -> None:
    path = extracted(pets, cache)
    before = looks.load(path)
    (path / looks.FILE).unlink()
    assert extracted(pets, cache) == path
    pd.testing.assert_frame_equal(looks.load(path), before)


def test_looks_do_not_depend_on_the_size_that_images_are_fitted_to(pets: Pictures, cache: Path) -> None:
    small, large = (looks.load(extracted(pets, cache, size)) for size in (8, 32))
    pd.testing.assert_frame_equal(small, large)
    assert small[list(LEVELS)].isna().sum().sum() == 5 * 8, "of 12 x 10 pixels only corners have whole ones"
