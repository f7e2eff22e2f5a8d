"""From a sweep to its cells: what resolves to the same numbers is compared once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from models.cells import default_weights, expand, resolve
from models.spec import Sweep
from models.trial import Handling


def labels(cells: tuple[Handling, ...]) -> list[str]:
    return [cell.label for cell in cells]


def test_by_default_the_odds_are_sqrt_r_r_and_two_r() -> None:
    assert labels(expand(Sweep(), ratio=4)) == ["none", "weights 0.6667", "weights 0.8", "weights 0.8889"]


@given(st.floats(0.01, 1000))
def test_default_weights_have_these_odds(ratio: float) -> None:
    odds = [weight / (1 - weight) for weight in default_weights(ratio)]
    np.testing.assert_allclose(odds, [ratio**0.5, ratio, 2 * ratio], rtol=2e-3)


def test_the_baseline_comes_first_then_handlings_then_weights_as_given() -> None:
    sweep = Sweep(handling="upsample,downsample", weights="0.9,0.7")
    assert labels(expand(sweep, 4)) == ["none", "upsample", "downsample", "weights 0.9", "weights 0.7"]


def test_balanced_is_weights_at_the_class_ratio_and_runs_once() -> None:
    cells = expand(Sweep(handling="balanced", weights="0.7,0.8"), ratio=4)
    assert labels(cells) == ["none", "weights 0.8", "weights 0.7"]
    assert resolve("balanced", 4) == Handling(name="weights", class_weights=(0.2, 0.8))


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_balanced_equals_scikit_learn(negatives: int, positives: int) -> None:
    theirs = compute_class_weight("balanced", classes=np.array([0, 1]), y=np.repeat([0, 1], [negatives, positives]))
    found = resolve("balanced", negatives / positives).class_weights
    np.testing.assert_allclose(found, theirs / theirs.sum(), atol=1e-6)


@pytest.mark.parametrize(
    ("handling", "weights", "ratio"),
    [("", "0.5", 4), ("none", "0.5,0.5", 4), ("balanced", "0.5", 1), ("none,none", "0.5", 2)],
)
def test_even_weights_are_the_baseline(handling: str, weights: str, ratio: float) -> None:
    assert expand(Sweep(handling=handling, weights=weights), ratio) == (Handling(name="none"),)


def test_without_imbalance_two_of_the_default_weights_are_the_baseline() -> None:
    assert labels(expand(Sweep(), ratio=1)) == ["none", "weights 0.6667"]


def test_more_positives_than_negatives_weigh_the_positive_class_down() -> None:
    assert labels(expand(Sweep(), ratio=0.25)) == ["none", "weights 0.3333", "weights 0.2"]


@given(st.sets(st.sampled_from(["none", "downsample", "upsample", "balanced"])), st.floats(0.05, 50))
def test_cells_are_distinct_and_their_weights_sum_to_one(names: set[str], ratio: float) -> None:
    cells = expand(Sweep(handling=",".join(sorted(names))), ratio)
    assert cells[0] == Handling(name="none")
    assert len(set(cells)) == len(cells)
    assert all(sum(cell.class_weights) == pytest.approx(1, abs=1e-12) and min(cell.class_weights) > 0 for cell in cells)
