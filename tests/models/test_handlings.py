"""The contract of every handling, and what each promises beyond it."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cells import resolve
from models.handlings import names_known
from models.handlings.registry import METHODS, fewer_of_the_majority, more_of_the_minority
from models.handlings.stream import draw, effective_prior

Labels = npt.NDArray[np.int64]

EVERY_NAME = pytest.mark.parametrize("name", list(METHODS))
RESAMPLED = pytest.mark.parametrize("name", ["downsample", "upsample"])
SIZES = st.tuples(st.integers(1, 30), st.integers(1, 30))


def labels_of(negatives: int, positives: int) -> Labels:
    """Class 0 and class 1 in mixed order."""
    return np.random.default_rng(0).permutation(np.repeat([0, 1], [negatives, positives]))


def stream(name: str, labels: Labels, seed: int = 1, epochs: int = 3) -> npt.NDArray[np.int64]:
    """What a trial with this handling sees, by the name the handling resolves to."""
    ratio = float(np.sum(labels == 0) / np.sum(labels == 1))
    return draw(labels, resolve(name, ratio).name, seed, epochs)


def test_the_names_of_the_registry_are_what_the_command_line_accepts() -> None:
    assert names_known() == tuple(METHODS) == ("none", "downsample", "upsample", "balanced")


@EVERY_NAME
@given(sizes=SIZES, seed=st.integers(0, 2**32 - 1))
def test_an_epoch_is_n_valid_positions(name: str, sizes: tuple[int, int], seed: int) -> None:
    labels = labels_of(*sizes)
    rows = stream(name, labels, seed)
    assert rows.shape == (3, len(labels))
    assert rows.dtype == np.int64
    assert rows.min() >= 0 and rows.max() < len(labels)


@EVERY_NAME
@given(sizes=SIZES)
def test_both_classes_are_drawn(name: str, sizes: tuple[int, int]) -> None:
    labels = labels_of(*sizes)
    assert set(labels[stream(name, labels)].ravel().tolist()) == {0, 1}


@EVERY_NAME
@given(sizes=SIZES, seed=st.integers(0, 2**32 - 1))
def test_the_same_seed_gives_the_same_stream_and_leaves_the_labels_alone(
    name: str, sizes: tuple[int, int], seed: int
) -> None:
    labels = labels_of(*sizes)
    before = labels.copy()
    np.testing.assert_array_equal(stream(name, labels, seed), stream(name, labels, seed))
    np.testing.assert_array_equal(labels, before)


@EVERY_NAME
def test_another_seed_gives_another_stream(name: str) -> None:
    labels = labels_of(40, 10)
    streams = [stream(name, labels, seed).tobytes() for seed in range(20)]
    assert len(set(streams)) == 20


@EVERY_NAME
def test_the_global_seed_plays_no_part(name: str) -> None:
    np.random.seed(1)
    first = stream(name, labels_of(20, 5))
    np.random.seed(2)
    np.testing.assert_array_equal(stream(name, labels_of(20, 5)), first)


@EVERY_NAME
def test_each_epoch_has_an_order_of_its_own(name: str) -> None:
    rows = stream(name, labels_of(40, 10), epochs=10)
    assert len({row.tobytes() for row in rows}) == 10


@EVERY_NAME
def test_a_longer_budget_begins_like_the_shorter(name: str) -> None:
    labels = labels_of(40, 10)
    np.testing.assert_array_equal(stream(name, labels, epochs=5)[:2], stream(name, labels, epochs=2))


@EVERY_NAME
@given(size=st.integers(1, 20))
def test_balanced_data_is_left_as_it_is(name: str, size: int) -> None:
    rows = stream(name, labels_of(size, size))
    np.testing.assert_array_equal(np.sort(rows, axis=1), np.tile(np.arange(2 * size), (3, 1)))
    assert resolve(name, 1.0).class_weights == (0.5, 0.5)


@EVERY_NAME
@pytest.mark.parametrize("sizes", [(48, 12), (12, 48)])
def test_the_loss_sees_the_share_of_train_or_one_half(name: str, sizes: tuple[int, int]) -> None:
    labels, ratio = labels_of(*sizes), sizes[0] / sizes[1]
    drawn = np.bincount(labels[stream(name, labels, epochs=200)].ravel())
    prior = effective_prior((drawn[0], drawn[1]), resolve(name, ratio).class_weights)
    assert prior == pytest.approx(sizes[1] / 60 if name == "none" else 0.5, abs=0.01)


@pytest.mark.parametrize("name", ["none", "weights"])
def test_without_resampling_an_epoch_is_every_image_once(name: str) -> None:
    rows = draw(labels_of(30, 7), name, seed=1, epochs=4)
    np.testing.assert_array_equal(np.sort(rows, axis=1), np.tile(np.arange(37), (4, 1)))


@RESAMPLED
@given(sizes=SIZES)
def test_what_resampling_selects_is_balanced(name: str, sizes: tuple[int, int]) -> None:
    labels = labels_of(*sizes)
    chosen = METHODS[name].select(labels, np.random.default_rng(0))
    expected = min(sizes) if name == "downsample" else max(sizes)
    assert np.bincount(labels[chosen]).tolist() == [expected, expected]


@given(sizes=SIZES)
def test_downsample_repeats_nothing_and_keeps_the_smaller_class(sizes: tuple[int, int]) -> None:
    labels = labels_of(*sizes)
    chosen = fewer_of_the_majority(labels, np.random.default_rng(0))
    assert len(set(chosen.tolist())) == len(chosen)
    small = int(sizes[1] < sizes[0])
    assert set(np.flatnonzero(labels == small).tolist()) <= set(chosen.tolist()) or sizes[0] == sizes[1]


@pytest.mark.parametrize("sizes", [(45, 15), (15, 45)])
def test_downsample_balances_each_epoch_and_redraws_the_majority(sizes: tuple[int, int]) -> None:
    labels, majority = labels_of(*sizes), int(sizes[1] > sizes[0])
    rows = stream("downsample", labels, epochs=8)
    assert [np.bincount(labels[epoch]).tolist() for epoch in rows] == [[30, 30]] * 8
    kept = [frozenset(epoch[labels[epoch] == majority].tolist()) for epoch in rows]
    assert {len(rows_kept) for rows_kept in kept} == {15}
    assert len(set(kept)) == 8
    assert len(frozenset().union(*kept)) > 40, "over the epochs nearly all of it is seen"


@given(sizes=SIZES)
def test_upsample_repeats_evenly_and_leaves_nothing_out(sizes: tuple[int, int]) -> None:
    labels = labels_of(*sizes)
    repeats = np.bincount(more_of_the_minority(labels, np.random.default_rng(0)), minlength=len(labels))
    large = int(sizes[1] > sizes[0])
    assert set(repeats[labels == large].tolist()) == {1}
    assert np.ptp(repeats[labels == 1 - large]) <= 1


@given(sizes=SIZES)
def test_upsample_shows_no_image_of_the_majority_twice_in_an_epoch(sizes: tuple[int, int]) -> None:
    labels = labels_of(*sizes)
    for epoch in stream("upsample", labels):
        repeats = np.bincount(epoch, minlength=len(labels))
        large = int(sizes[1] > sizes[0])
        assert repeats[labels == large].max() == 1
        assert repeats.max() <= -(-max(sizes) // min(sizes))
