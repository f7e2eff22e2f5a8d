"""What each stream draws, beyond the contract of all: counts, repeats, order and length."""

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare
from torch.utils.data import WeightedRandomSampler

from steelyard.models.handlings.index_stream import draw
from steelyard.models.handlings.registry import METHODS
from steelyard.models.handlings.selections import by_class_share, fewer_of_the_majority, more_of_the_minority
from steelyard.models.spec.trial import Handling, Recipe

Labels = npt.NDArray[np.int64]

RESAMPLED = pytest.mark.parametrize("name", ["downsample", "upsample"])
SIZES = st.tuples(st.integers(1, 30), st.integers(1, 30))
NONE = Handling(name="none")
SAMPLED = Handling(name="balanced_sampling", numbers={"sampling_power": 1})


def labels_of(negatives: int, positives: int) -> Labels:
    """Class 0 and class 1 in mixed order."""
    return np.random.default_rng(0).permutation(np.repeat([0, 1], [negatives, positives]))


def stream(handling: Handling | str, labels: Labels, seed: int = 1, **recipe: object) -> npt.NDArray[np.int64]:
    of = Handling(name=handling) if isinstance(handling, str) else handling
    return draw(labels, of, seed, Recipe.model_validate({"epochs": 3} | recipe))


def later(after: float, by: Handling) -> Handling:
    return by.model_copy(update={"name": "deferred", "deferred_after": after})


@pytest.mark.parametrize("name", ["none", "weights", "focal", "logit_adjusted", "mixup", "constant"])
def test_without_resampling_an_epoch_is_every_image_once_in_the_same_order_for_all(name: str) -> None:
    rows = stream(name, labels_of(30, 7), epochs=4)
    np.testing.assert_array_equal(np.sort(rows, axis=1), np.tile(np.arange(37), (4, 1)))
    np.testing.assert_array_equal(rows, stream(NONE, labels_of(30, 7), epochs=4))


@pytest.mark.parametrize("handling", ["none", "downsample", "upsample", SAMPLED])
def test_a_longer_budget_begins_like_the_shorter(handling: Handling | str) -> None:
    labels = labels_of(40, 10)
    np.testing.assert_array_equal(stream(handling, labels, epochs=5)[:2], stream(handling, labels, epochs=2))


@RESAMPLED
@given(size=st.integers(1, 20))
def test_balanced_data_is_left_as_it_is(name: str, size: int) -> None:
    rows = stream(name, labels_of(size, size))
    np.testing.assert_array_equal(np.sort(rows, axis=1), np.tile(np.arange(2 * size), (3, 1)))


@RESAMPLED
@given(sizes=SIZES)
def test_what_resampling_selects_is_balanced(name: str, sizes: tuple[int, int]) -> None:
    labels = labels_of(*sizes)
    selection = METHODS[name].selection(Handling(name=name))
    assert selection
    chosen = selection.rows(labels, np.random.default_rng(0))
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


@pytest.mark.parametrize("power", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("sizes", [(480, 120), (30, 570)])
def test_a_class_is_drawn_by_its_count_to_one_minus_power_and_its_images_evenly(
    power: float, sizes: tuple[int, int]
) -> None:
    labels, rng = labels_of(*sizes), np.random.default_rng(0)
    drawn = np.concatenate([by_class_share(labels, power, rng) for _ in range(200)])
    shares = np.power(sizes, 1 - power) / np.power(sizes, 1 - power).sum()
    expected = (shares / sizes)[labels] * len(drawn)
    assert chisquare(np.bincount(drawn, minlength=600), expected).pvalue > 0.001
    assert np.bincount(labels[drawn]) / len(drawn) == pytest.approx(shares, abs=0.006)


def test_balanced_sampling_draws_the_class_shares_of_torchs_weighted_sampler() -> None:
    labels = labels_of(480, 120)
    weights = (1 / np.bincount(labels))[labels].tolist()
    theirs = list(WeightedRandomSampler(weights, 100_000, generator=torch.Generator().manual_seed(0)))
    ours = stream(SAMPLED, labels, epochs=167).ravel()
    assert labels[ours].mean() == pytest.approx(labels[theirs].mean(), abs=0.01)
    assert len(set(ours[:600].tolist())) < 600, "with replacement"
