"""Images that show the same once cropped or turned a little are found, and others are not."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageFilter

from steelyard.models.findings.look_alikes import look_alikes

Pixels = npt.NDArray[np.uint8]


def scenes(count: int, side: int = 64) -> list[Image.Image]:
    """Blobs at random, each scene unlike the others."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (count, side // 10, side // 10), dtype=np.uint8)
    drawn = (Image.fromarray(of).resize((side, side), Image.Resampling.BICUBIC) for of in noise)
    return [of.filter(ImageFilter.GaussianBlur(1)) for of in drawn]


def stacked(images: list[Image.Image], side: int = 32) -> Pixels:
    return np.stack([np.asarray(of.resize((side, side), Image.Resampling.BILINEAR)) for of in images])[..., None]


def found(images: Pixels) -> set[tuple[int, int]]:
    pairs = look_alikes(images, np.arange(len(images)))
    return set(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True))


COPIES = {
    "crop to 95 %": lambda image: image.crop((1, 1, 62, 62)),
    "crop to 90 %": lambda image: image.crop((3, 3, 61, 61)),
    "turn by 3 degrees": lambda image: image.rotate(3, Image.Resampling.BILINEAR),
    "turn by 4 degrees the other way": lambda image: image.rotate(-4, Image.Resampling.BILINEAR),
    "brighter": lambda image: image.point(lambda value: min(255, round(1.15 * value))),
    "smaller": lambda image: image.resize((24, 24), Image.Resampling.BILINEAR),
}


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_tied_to_its_original_and_nothing_else_is_told(copy: str) -> None:
    images = scenes(80)
    assert found(stacked([*images, *map(COPIES[copy], images[:8])])) == {(place, 80 + place) for place in range(8)}


def test_what_is_turned_far_mirrored_or_another_scene_is_no_copy() -> None:
    images = scenes(60)
    far = [images[0].rotate(30), images[1].transpose(Image.Transpose.FLIP_LEFT_RIGHT), images[2].crop((0, 0, 40, 40))]
    assert found(stacked([*images, *far])) == set()


def test_flat_images_and_a_frame_that_all_share_say_nothing() -> None:
    images = stacked(scenes(40))
    images[:, :6], images[:, -6:] = 255, 255
    flat = np.full((5, 32, 32, 1), 90, np.uint8)
    assert found(np.concatenate([images, flat])) == set()


def test_only_the_rows_that_are_asked_for_are_looked_at() -> None:
    images = scenes(30)
    both = stacked([*images, images[4].crop((1, 1, 62, 62))])
    assert len(look_alikes(both, np.arange(30)).one) == 0
    pairs = look_alikes(both, np.arange(4, 31))
    assert (pairs.one.tolist(), pairs.other.tolist()) == ([0], [26]) and pairs.likeness[0] > 0.975


def test_colour_and_images_smaller_than_what_is_compared_will_do() -> None:
    images = scenes(40)
    small = stacked([*images, images[3]], side=16)
    assert found(np.repeat(small, 3, axis=3)) == {(3, 40)}
