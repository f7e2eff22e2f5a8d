"""What the best of several looks at the same test owes to luck, against draws, and how it is told."""

import numpy as np
import pytest

from steelyard.models.verdict.cell_verdict import Estimate
from steelyard.models.verdict.looks import Looks, optimism


def estimate(low: float, high: float) -> Estimate:
    return Estimate(value=(low + high) / 2, low=low, high=high)


@pytest.mark.parametrize("looks", [2, 3, 10, 50])
def test_it_is_the_expected_largest_of_so_many_draws(looks: int) -> None:
    drawn = np.random.default_rng(0).normal(scale=0.05, size=(200_000 // looks, looks)).max(axis=1).mean()
    wide = 0.05 * 1.959964
    assert optimism(estimate(0.8 - wide, 0.8 + wide), looks) == pytest.approx(drawn, rel=0.05)


def test_one_look_owes_nothing_and_gates_are_looks_too() -> None:
    assert optimism(estimate(0.7, 0.9), 1) == 0
    assert Looks(sweeps=2, gates=3).all == 5
