"""Near-copies: found among real-looking pictures, never among flat, tiny or merely similar ones."""

import io

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance
from sklearn.datasets import load_digits

from steelyard.models.data import near_copies
from steelyard.models.data.near_copies import LEAST_DETAIL, LENGTH, LIMIT, clusters, hashes

Pixels = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]


def pictures(number: int, seed: int = 0, side: int = 32, channels: int = 3) -> Pixels:
    """Pictures of blurred patches, no two alike."""
    patches = np.random.default_rng(seed).integers(0, 256, (number, 6, 6, channels), dtype=np.uint8)
    return np.stack([resized(patch, side) for patch in patches])


def resized(picture: Pixels, side: int) -> Pixels:
    image = Image.fromarray(picture if picture.shape[-1] == 3 else picture[..., 0])
    return np.asarray(image.resize((side, side), Image.Resampling.BILINEAR)).reshape(side, side, -1)


def clusters_of(images: Pixels) -> Rows:
    return clusters(hashes(images, np.arange(len(images))))


def brute_force(found: npt.NDArray[np.int16]) -> Rows:
    """The oracle: every pair in turn, and labels handed on until none changes."""
    numbers, first = found.astype(int), np.arange(len(found))
    near = ((numbers[:, None] - numbers[None]) ** 2).sum(axis=2) <= LENGTH**2 // LIMIT**2
    near &= numbers.any(axis=1)[:, None]
    np.fill_diagonal(near, True)
    for _ in first:
        first = np.array([first[row].min() for row in near])
    return first


@given(st.integers(0, 999), st.integers(0, 40), st.integers(1, 60))
def test_clusters_are_those_of_every_pair_compared(seed: int, number: int, noise: int) -> None:
    rng = np.random.default_rng(seed)
    near = pictures(8, seed)[rng.integers(0, 8, number)].astype(int)
    images = np.clip(near + rng.integers(-noise, noise + 1, near.shape), 0, 255).astype(np.uint8)
    found = hashes(images, np.arange(number))
    assert np.array_equal(clusters(found), brute_force(found))


@given(st.integers(0, 999))
def test_what_is_near_does_not_depend_on_the_order_of_the_images(seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = np.concatenate([pictures(12, seed), pictures(12, seed) // 2])[rng.permutation(24)]
    order = rng.permutation(24)
    plain, moved = clusters_of(images), clusters_of(images[order])
    assert np.array_equal(plain[order][:, None] == plain[order], moved[:, None] == moved)


def test_pieces_and_lists_of_rows_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.concatenate([pictures(20), pictures(20) // 2])
    whole = hashes(images, np.arange(40))
    for piece in (1, 10_000):
        monkeypatch.setattr(near_copies, "PIECE", piece)
        assert np.array_equal(hashes(images, np.arange(40)), whole)
        assert np.array_equal(clusters(whole), np.tile(np.arange(20), 2))
    odd = np.concatenate([images, pictures(9, seed=5)])
    assert np.array_equal(hashes(odd[np.r_[0:40:2]], np.arange(20)), hashes(odd, np.arange(0, 40, 2)))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [8, 13, 32, 50])
def test_a_brighter_darker_or_flatter_picture_is_a_near_copy(side: int, channels: int) -> None:
    plain = pictures(30, side=side, channels=channels)
    for changed in (plain // 10 * 9, plain // 2 + 60, 255 - (255 - plain) // 10 * 9):
        assert np.array_equal(clusters_of(np.concatenate([plain, changed])), np.tile(np.arange(30), 2))


def test_a_picture_resized_and_back_is_a_near_copy() -> None:
    plain = pictures(30, side=64)
    small = np.stack([resized(resized(picture, 32), 64) for picture in plain])
    assert np.array_equal(clusters_of(np.concatenate([plain, small])), np.tile(np.arange(30), 2))


def test_handwritten_digits_of_8_pixels_are_no_near_copies_of_each_other() -> None:
    digits = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)[..., None]
    assert len(set(clusters_of(digits).tolist())) == len(digits)


def as_jpeg(picture: Pixels) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(picture[..., 0]).save(file, "JPEG", quality=60)
    return np.asarray(Image.open(file))[..., None]


def brighter(picture: Pixels) -> Pixels:
    return np.asarray(ImageEnhance.Brightness(Image.fromarray(picture[..., 0])).enhance(1.15))[..., None]


def test_handwritten_digits_saved_as_jpeg_or_made_brighter_are_near_copies_of_their_own_original_alone() -> None:
    digits = np.rint(load_digits().images[:300] * (255 / 16)).astype(np.uint8)[..., None]
    plain = np.stack([resized(digit, 16) for digit in digits])
    copies = [np.stack([copy(picture) for picture in plain]) for copy in (as_jpeg, brighter)]
    assert np.array_equal(clusters_of(np.concatenate([plain, *copies])), np.tile(np.arange(300), 3))


def test_pictures_without_detail_are_near_to_none() -> None:
    flat = np.random.default_rng(0).integers(100, 100 + LEAST_DETAIL, (30, 32, 32, 1), dtype=np.uint8)
    assert not hashes(flat, np.arange(30)).any()
    assert np.array_equal(clusters_of(np.zeros((9, 16, 16, 1), np.uint8)), np.arange(9))


def test_what_all_pictures_show_makes_none_a_near_copy() -> None:
    scene = pictures(1, side=64).astype(int)
    parts = np.stack([resized(part, 64) for part in pictures(40, seed=1, side=8)]).astype(int)
    images = np.clip(scene + (parts - 128) // 6, 0, 255).astype(np.uint8)
    assert np.array_equal(clusters_of(images), np.arange(40))


def test_a_hash_is_as_long_as_the_others() -> None:
    found = hashes(pictures(50), np.arange(50)).astype(float)
    assert np.linalg.norm(found, axis=1) == pytest.approx(LENGTH, rel=0.005)


def test_a_hash_is_the_same_whole_numbers_everywhere() -> None:
    images = (np.arange(4 * 16 * 16).reshape(4, 16, 16, 1) * 7919 % 251).astype(np.uint8)
    assert hashes(images, np.arange(4))[0, :8].tolist() == [-92, 50, 294, -23, 119, -198, 47, -475]


def test_no_images_and_one_image_are_no_clusters() -> None:
    assert clusters_of(pictures(1)).tolist() == [0]
    assert clusters(np.zeros((0, 64), np.int16)).tolist() == []
