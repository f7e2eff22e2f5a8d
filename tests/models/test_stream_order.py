"""When a deferred handling sets in, and what a recipe with an order or a stream of its own sees."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from steelyard.models.handlings.index_stream import draw
from steelyard.models.handlings.parse import resolve
from steelyard.models.spec.trial import Handling, Recipe

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1], [48, 12]))
AFTER = st.floats(0, 1, exclude_max=True)


def stream(written: str, **recipe: object) -> npt.NDArray[np.int64]:
    return draw(LABELS, resolve(written, (48, 12)), 1, Recipe.model_validate({"epochs": 10} | recipe))


@given(after=AFTER, epochs=st.integers(1, 10_000))
@example(after=math.nextafter(1, 0), epochs=10)
@example(after=1 - 1e-10, epochs=1)
def test_a_deferred_handling_has_at_least_one_epoch_of_any_budget(after: float, epochs: int) -> None:
    begins = Handling(name="deferred", deferred_after=after).begins(epochs)
    assert 0 <= begins < epochs
    assert begins <= after * epochs + 1e-6


@pytest.mark.parametrize(
    ("after", "epochs", "begins"),
    [(0, 10, 0), (0.8, 10, 8), (0.8, 1, 0), (0.29, 100, 29), (0.7, 10, 7), (0.99, 10, 9), (0.8, 30, 24)],
)
def test_it_begins_after_this_share_of_the_budget_rounded_down(after: float, epochs: int, begins: int) -> None:
    assert Handling(name="deferred", deferred_after=after).begins(epochs) == begins


@pytest.mark.parametrize("quirks", [{}, {"fixed_order": True}, {"own_stream": True}])
def test_before_it_begins_deferred_sampling_sees_what_the_baseline_sees(quirks: dict[str, bool]) -> None:
    deferred = stream("deferred:after=0.8:by=sampling", **quirks)
    np.testing.assert_array_equal(deferred[:8], stream("none", **quirks)[:8])
    assert all(len(set(epoch.tolist())) < 60 for epoch in deferred[8:]), "with replacement from then on"
    assert 0.3 < LABELS[deferred[8:]].mean() < 0.7


@pytest.mark.parametrize("quirks", [{}, {"fixed_order": True}, {"own_stream": True}])
def test_deferred_weights_see_what_the_baseline_sees_throughout(quirks: dict[str, bool]) -> None:
    np.testing.assert_array_equal(stream("deferred:after=0.8:by=weights", **quirks), stream("none", **quirks))


@pytest.mark.parametrize("written", ["none", "downsample", "upsample", "balanced_sampling", "mixup"])
@pytest.mark.parametrize("own_stream", [False, True])
def test_a_fixed_order_repeats_the_first_epoch(written: str, own_stream: bool) -> None:
    rows = stream(written, fixed_order=True, own_stream=own_stream)
    np.testing.assert_array_equal(rows, np.tile(rows[0], (10, 1)))
    np.testing.assert_array_equal(rows[0], stream(written, own_stream=own_stream)[0])
    assert not np.array_equal(rows[0], np.sort(rows[0])), "shuffled once"


@pytest.mark.parametrize(
    ("written", "length", "positives"),
    [("none", 60, 12), ("downsample", 24, 12), ("upsample", 96, 48), ("balanced", 60, 12), ("mixup", 60, 12)],
)
@pytest.mark.parametrize("fixed_order", [False, True])
def test_a_stream_of_its_own_is_what_the_handling_selects_once(
    written: str, length: int, positives: int, fixed_order: bool
) -> None:
    rows = stream(written, own_stream=True, fixed_order=fixed_order)
    assert rows.shape == (10, length)
    assert LABELS[rows].sum(axis=1).tolist() == [positives] * 10
