"""The map of images: what is alike lies close, on every run, and who comes later lies amid their like."""

import numpy as np
import numpy.typing as npt
import pytest

from steelyard.models.report import image_map

WIDTHS = (8, 24)


def clusters(each: int = 40, seed: int = 0) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Images of three kinds, each with features of its own."""
    rng, kinds = np.random.default_rng(seed), np.repeat([0, 1, 2], each)
    centres = np.random.default_rng(9).normal(0, 3, (3, sum(WIDTHS)))
    return (centres[kinds] + rng.normal(size=(len(kinds), sum(WIDTHS)))).astype(np.float32), kinds


@pytest.fixture(scope="module")
def places() -> npt.NDArray[np.float32]:
    return image_map.laid_out(clusters()[0], WIDTHS)


def near(at: npt.NDArray[np.float32], places: npt.NDArray[np.float32], kinds: npt.NDArray[np.int64]) -> list[int]:
    """The kind of the nearest image that lies elsewhere."""
    far = np.linalg.norm(at[:, None] - places, axis=2)
    far[far == 0] = np.inf
    return kinds[far.argmin(axis=1)].tolist()


def test_images_of_a_kind_lie_together(places: npt.NDArray[np.float32]) -> None:
    kinds = clusters()[1]
    assert places.shape == (120, 2) and places.dtype == np.float32
    assert near(places, places, kinds) == kinds.tolist()


def test_a_map_is_the_same_on_every_run(places: npt.NDArray[np.float32]) -> None:
    np.testing.assert_array_equal(image_map.laid_out(clusters()[0], WIDTHS), places)


def test_images_that_come_later_lie_amid_their_like(places: npt.NDArray[np.float32]) -> None:
    known, kinds = clusters()
    new, of = clusters(5, seed=1)
    assert near(image_map.placed(known, places, new, WIDTHS), places, kinds) == of.tolist()


@pytest.mark.parametrize("count", [image_map.LEAST, 50])
def test_few_images_and_features_that_never_change_have_a_map(count: int) -> None:
    features = np.random.default_rng(0).random((count, 32), np.float32)
    features[:, :4] = 1
    assert np.isfinite(image_map.laid_out(features, WIDTHS)).all()


def test_what_is_drawn_is_drawn_again() -> None:
    rows = np.arange(100, 200)
    some = image_map.drawn(rows, 10)
    assert some.tolist() == sorted(set(some.tolist())) == image_map.drawn(rows, 10).tolist()
    assert image_map.drawn(rows, 200).tolist() == rows.tolist()
