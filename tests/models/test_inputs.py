"""Augmentation against crops of an image that numpy has padded by reflection, and mixing against its formula."""

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from steelyard.models.spec.trial import Recipe
from steelyard.models.train import inputs
from steelyard.models.train.inputs import mix

Image = npt.NDArray[np.uint8]


def noise(count: int, height: int, width: int, channels: int = 1) -> Tensor:
    """(count, height, width, channels) uint8."""
    shape, generator = (count, height, width, channels), torch.Generator().manual_seed(0)
    return torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)


def augmented(images: Tensor, shift: int, flip: bool = True, seed: int = 0) -> Tensor:
    recipe, generator = Recipe(crop=shift, flip=flip), torch.Generator().manual_seed(seed)
    return inputs.augmented(images, recipe, generator)


def crops(image: Image, shift: int, flip: bool) -> set[bytes]:
    """Every image that may come out, as bytes."""
    height, width, _ = image.shape
    padded = np.pad(image, ((shift, shift), (shift, shift), (0, 0)), mode="reflect")
    moves = range(2 * shift + 1)
    upright = [padded[down : down + height, right : right + width] for down in moves for right in moves]
    return {crop.tobytes() for crop in (*upright, *([crop[:, ::-1] for crop in upright] if flip else []))}


@given(
    st.integers(2, 9), st.integers(2, 9), st.sampled_from([1, 3]), st.integers(0, 4), st.booleans(), st.integers(0, 999)
)
def test_what_comes_out_is_a_crop_of_the_reflected_image_mirrored_or_not(
    height: int, width: int, channels: int, shift: int, flip: bool, seed: int
) -> None:
    shift = min(shift, height - 1, width - 1)
    images = noise(4, height, width, channels)
    out = augmented(images, shift, flip, seed)
    assert (out.shape, out.dtype) == (images.shape, torch.uint8)
    for before, after in zip(images.numpy(), out.numpy(), strict=True):
        assert after.tobytes() in crops(before, shift, flip)


@given(st.integers(0, 999))
def test_each_pixel_is_one_of_the_inputs(seed: int) -> None:
    for before, after in zip(noise(6, 7, 5), augmented(noise(6, 7, 5), 3, seed=seed), strict=True):
        assert set(after.unique().tolist()) <= set(before.unique().tolist())


def test_without_shift_and_flip_nothing_changes() -> None:
    assert torch.equal(augmented(noise(8, 6, 6, 3), shift=0, flip=False), noise(8, 6, 6, 3))


@pytest.mark.parametrize(("shift", "flip"), [(1, False), (1, True), (2, True)])
def test_every_crop_comes_out_in_time(shift: int, flip: bool) -> None:
    image = noise(1, 6, 6)
    out = augmented(image.expand(2000, -1, -1, -1), shift, flip)
    assert {after.tobytes() for after in out.numpy()} == crops(image[0].numpy(), shift, flip)


def test_half_of_the_images_are_mirrored() -> None:
    images = noise(1, 4, 4).expand(4000, -1, -1, -1)
    mirrored = (augmented(images, shift=0) == images.flip(2)).flatten(1).all(dim=1)
    assert float(mirrored.float().mean()) == pytest.approx(0.5, abs=0.03)


def test_the_generator_alone_decides() -> None:
    torch.manual_seed(1)
    first = augmented(noise(9, 8, 8), 2, seed=4)
    torch.manual_seed(2)
    assert torch.equal(augmented(noise(9, 8, 8), 2, seed=4), first)
    assert not torch.equal(augmented(noise(9, 8, 8), 2, seed=5), first)


def test_the_input_is_left_alone() -> None:
    images = noise(4, 8, 8)
    augmented(images, 2)
    assert torch.equal(images, noise(4, 8, 8))


@given(st.floats(0, 1), st.integers(1, 6))
def test_mixing_is_a_weighted_mean_of_two_images(share: float, count: int) -> None:
    images, others = noise(count, 5, 4, 3), noise(count + 1, 5, 4, 3)[1:]
    out = mix(images, others, share)
    expected = share * images.numpy().astype(np.float64) + (1 - share) * others.numpy().astype(np.float64)
    assert (out.shape, out.dtype) == (images.shape, torch.float32)
    np.testing.assert_allclose(out.numpy(), expected, atol=1e-4)
    torch.testing.assert_close(mix(others, images, 1 - share), out)


def test_a_whole_share_leaves_one_of_the_two_exactly() -> None:
    images, others = noise(3, 5, 5), noise(6, 5, 5)[3:]
    assert torch.equal(mix(images, others, 1), images.float())
    assert torch.equal(mix(images, others, 0), others.float())
