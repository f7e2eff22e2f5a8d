"""Bootstrap samples, and what is counted in them, against loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ties import Scored, scored

from steelyard.models.statistics import resampling
from steelyard.models.statistics.resampling import called_above, draw, samples_of


@given(scored(), st.lists(st.integers(-1, 12), min_size=1, max_size=6))
def test_what_is_called_in_each_sample_is_what_a_loop_counts(data: Scored, places: list[int]) -> None:
    labels, scores = data[0], data[1].astype(np.float64)
    thresholds = np.sort(np.array(places) / 10)[::-1]
    weights = np.random.default_rng(0).integers(0, 4, (len(labels), 7)).astype(np.float32)
    for found, label in zip(called_above(labels == 1, scores, thresholds, weights), (1, 0), strict=True):
        for place, threshold in enumerate(thresholds):
            rows = (labels == label) & (scores >= threshold)
            assert found[place].tolist() == weights[rows].sum(axis=0).tolist()


@given(scored(), st.booleans())
def test_every_sample_has_both_classes_and_as_many_images(data: Scored, within: bool) -> None:
    labels = data[0]
    weights = draw(labels, None, within)
    assert (weights.sum(axis=0) == len(labels)).all()
    for label in (0, 1):
        of_class = weights[labels == label].sum(axis=0)
        assert (of_class > 0).all()
        assert not within or (of_class == (labels == label).sum()).all()


@pytest.mark.parametrize("within", [True, False])
def test_groups_are_drawn_whole_and_both_classes_stay(within: bool) -> None:
    groups = np.repeat(np.arange(8), 4)
    labels = (groups == 3).astype(int)  # One group has all the positives.
    weights = draw(labels, groups, within)
    assert (weights[labels == 1].sum(axis=0) > 0).all() and (weights[labels == 0].sum(axis=0) > 0).all()
    for group in range(8):
        assert (weights[groups == group] == weights[groups == group][0]).all()


def test_of_many_classes_a_rare_one_may_be_missing() -> None:
    labels = np.array([0] * 20 + [1] * 20 + [2])
    assert (draw(labels, np.arange(41), within_classes=False)[-1] == 0).any()
    assert (draw(labels, None, within_classes=True)[-1] == 1).all()


def test_the_same_seed_draws_the_same_samples_and_another_seed_others() -> None:
    labels = np.tile([0, 1], 30)
    assert np.array_equal(draw(labels, None, True, seed=3), draw(labels, None, True, seed=3))
    assert not np.array_equal(draw(labels, None, True, seed=3), draw(labels, None, True, seed=4))


def test_very_many_images_are_drawn_fewer_times() -> None:
    assert samples_of(1000) == resampling.SAMPLES
    assert samples_of(10**7) == resampling.LEAST
    assert samples_of(200_000) == resampling.WEIGHTS // 200_000
