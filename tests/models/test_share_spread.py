"""Shares of several seeds, and of groups of images, as counts of fewer images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.statistics.bootstrap import bootstrap
from steelyard.models.statistics.intervals import share_interval
from steelyard.models.statistics.sampled import Sampled
from steelyard.models.statistics.share_spread import effective_images, of_a_part, share_spreads
from steelyard.models.statistics.spread import Spread, spreads
from steelyard.models.statistics.variance_parts import MANY


def shares(hits: list[list[int]], n: int, seed: int = 0) -> list[Sampled]:
    """Recalls of cells' seeds on the same n positives; of two seeds the lower's hits are among the higher's."""
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), 400)
    found = [np.array([np.arange(n) < count for count in cell], np.float64) for cell in hits]
    return [Sampled(of.mean(axis=1), drawn @ of.T / n) for of in found]


@given(st.integers(0, 60), st.integers(60, 500))
def test_one_seed_alone_is_counted_in_its_own_images(hits: int, n: int) -> None:
    [spread] = share_spreads(shares([[hits]], n), [n], n)
    assert effective_images(spread, n) == pytest.approx(n)
    assert effective_images(spread, n, factor=3) == pytest.approx(3 * n)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.5, 0.95, 0.99, 1.0])
def test_what_seeds_cost_does_not_depend_on_the_share(share: float) -> None:
    n = 200
    [_, spread] = share_spreads(shares([[60, 100, 140], [round(share * n)] * 3], n), [n, n], n)
    [_, half] = share_spreads(shares([[60, 100, 140], [n // 2] * 3], n), [n, n], n)
    assert effective_images(spread, n) == pytest.approx(effective_images(half, n), rel=0.35)
    assert effective_images(spread, n) < n / 2


def test_an_interval_of_a_share_of_0_or_1_forgets_neither_seeds_nor_groups() -> None:
    n = 100
    for groups in (None, 10):
        [_, none] = share_spreads(shares([[20, 50, 80], [0, 0, 0]], n), [n, n], n, groups)
        _, high = share_interval(0.0, effective_images(none, n))
        assert high > 2 * share_interval(0.0, n)[1]


def test_groups_that_answer_as_one_count_as_one_image_each() -> None:
    groups = np.repeat(np.arange(40), 10)
    labels = np.ones(401, np.int64)
    labels[-1] = 0
    scores = np.append(np.repeat(np.random.default_rng(1).random(40) < 0.6, 10).astype(float), 0.0)[None]
    found = bootstrap(labels, scores, {"at": scores >= 0.5}, groups=np.append(groups, 0), samples=4000)["at/recall"]
    [spread] = share_spreads([found], [400], 400, 40)
    assert 25 < effective_images(spread, 400) < 45


def test_one_group_says_nothing_of_others() -> None:
    [spread] = share_spreads(shares([[50, 60, 70]], 100), [100], 100, groups=1)
    low, high = share_interval(spread.mean, effective_images(spread, 100))
    assert high - low > 0.9
    [difference] = spreads(shares([[90, 90, 90]], 100), 100, groups=1)
    assert difference.p > 0.5


def test_all_of_the_images_are_a_part_and_fewer_are_less_sure() -> None:
    whole = Spread(mean=0.6, deviation=0.1, seeds=3, images=0.002, between=0.003, between_freedom=4.0, groups=12)
    same = of_a_part(whole, 150, 0.6, 150)
    assert (same.images, same.between) == pytest.approx((whole.images, whole.between))
    part = of_a_part(whole, 150, 0.6, 15)
    assert effective_images(part, 15) < effective_images(whole, 150) / 2
    assert effective_images(of_a_part(whole, 150, 0.0, 15), 15) == pytest.approx(effective_images(part, 15), rel=0.3)


def test_nothing_counted_is_no_image() -> None:
    assert effective_images(Spread(0.0, 0.0, 1, 0.0, 0.0, MANY), 0) == 0
