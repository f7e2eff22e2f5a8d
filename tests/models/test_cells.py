"""From a sweep to its cells: what resolves to the same numbers is compared once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.handlings.registry import METHODS
from steelyard.models.spec.cells import default_weights, expand
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Handling


def labels(cells: tuple[Handling, ...]) -> list[str]:
    return [cell.label for cell in cells]


def test_by_default_the_odds_are_sqrt_r_r_and_two_r() -> None:
    assert labels(expand(Sweep(), (48, 12))) == ["none", "weights 0.6667", "weights 0.8", "weights 0.8889"]


@given(st.floats(0.01, 1000))
def test_default_weights_have_these_odds_and_one_is_beyond_balance(ratio: float) -> None:
    odds = [weight / (1 - weight) for weight in default_weights(ratio)]
    np.testing.assert_allclose(odds, [ratio**0.5, ratio, 2 * ratio if ratio >= 1 else ratio / 2], rtol=4e-3)


def test_the_baseline_comes_first_then_handlings_then_weights_as_given() -> None:
    sweep = Sweep(handling="upsample,downsample", weights="0.9,0.7")
    assert labels(expand(sweep, (48, 12))) == ["none", "upsample", "downsample", "weights 0.9", "weights 0.7"]


def test_balanced_is_weights_at_the_class_ratio_and_runs_once() -> None:
    cells = expand(Sweep(handling="balanced", weights="0.7,0.8"), (48, 12))
    assert labels(cells) == ["none", "weights 0.8", "weights 0.7"]
    assert cells[1] == Handling(name="weights", class_weights=(0.2, 0.8))


@pytest.mark.parametrize(
    ("handling", "weights", "counts"),
    [
        ("", "0.5", (8, 2)),
        ("none", "0.5,0.5", (8, 2)),
        ("balanced", "0.5", (5, 5)),
        ("none,none", "0.5", (6, 3)),
        ("focal:gamma=0,deferred:after=1,mixup:alpha=0", "0.5", (8, 2)),
    ],
)
def test_even_weights_are_the_baseline(handling: str, weights: str, counts: tuple[int, int]) -> None:
    assert expand(Sweep(handling=handling, weights=weights), counts) == (Handling(name="none"),)


def test_what_resolves_to_the_same_numbers_runs_once_whatever_it_is_called() -> None:
    written = "deferred:after=0:by=sampling,balanced_sampling,balanced_sampling:power=1,focal,focal:gamma=2.0"
    cells = expand(Sweep(handling=written, weights="0.8"), (48, 12))
    assert labels(cells) == ["none", "balanced_sampling:power=1", "focal:gamma=2", "weights 0.8"]


def test_a_weight_of_one_is_a_cell_of_the_tutorial() -> None:
    cells = expand(Sweep(recipe="tutorial", weights="1"), (48, 12))
    assert cells[1].class_weights == (0, 1)
    assert labels(cells) == ["none", "weights 1"]


def test_without_imbalance_two_of_the_default_weights_are_the_baseline() -> None:
    assert labels(expand(Sweep(), (30, 30))) == ["none", "weights 0.6667"]


def test_more_positives_than_negatives_weigh_the_positive_class_down() -> None:
    assert labels(expand(Sweep(), (12, 48))) == ["none", "weights 0.3333", "weights 0.2", "weights 0.1111"]


@given(st.sets(st.sampled_from(sorted(METHODS))), st.tuples(st.integers(1, 5000), st.integers(1, 5000)))
def test_cells_are_distinct_and_their_weights_sum_to_one(names: set[str], counts: tuple[int, int]) -> None:
    cells = expand(Sweep(handling=",".join(sorted(names))), counts)
    assert cells[0] == Handling(name="none")
    assert len(set(cells)) == len(cells)
    assert all(sum(cell.class_weights) == pytest.approx(1, abs=1e-12) and min(cell.class_weights) > 0 for cell in cells)
