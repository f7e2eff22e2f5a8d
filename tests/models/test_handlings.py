"""The contract of every handling, each in its default and with every option at another value."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.data.partition import divide
from steelyard.models.handlings.index_stream import draw
from steelyard.models.handlings.losses import loss_of
from steelyard.models.handlings.parse import parse, resolve
from steelyard.models.handlings.registry import METHODS
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Handling, Part, Partition, Recipe

Labels = npt.NDArray[np.int64]

OF_NUMBERS = {name: method.options for name, method in METHODS.items() if method.options and not method.resolve}
"""Methods whose options are numbers of theirs, of which 0 does nothing."""

NEUTRAL = {
    "none": "none",
    "effective_number": "effective_number:beta=0",
    "deferred": "deferred:after=1",
    "mixup": "mixup:alpha=0",
} | {name: ":".join([name, *(f"{key}=0" for key in options)]) for name, options in OF_NUMBERS.items()}
"""What makes a method do nothing, so that plain cross-entropy on the plain stream is left."""

WITHOUT_NEUTRAL = {
    "constant": "learns nothing, whatever the images",
    "downsample": "always draws as many of each class",
    "upsample": "always draws as many of each class",
    "balanced": "always weighs by the class ratio",
}

VARIANTS = (
    "effective_number:beta=0.9",
    "focal:gamma=0.5",
    "logit_adjusted:tau=2",
    "deferred:by=sampling",
    "deferred:after=0.5:by=sampling",
    "deferred:after=0.5",
    "deferred:after=0",
    "mixup:alpha=1",
    *(f"{name}:{key}={option.default / 2}" for name, options in OF_NUMBERS.items() for key, option in options.items()),
)

EVERY = pytest.mark.parametrize("written", [*METHODS, *VARIANTS])
SIZES = st.tuples(st.integers(1, 30), st.integers(1, 30))
SEEDS = st.integers(0, 2**32 - 1)


def labels_of(negatives: int, positives: int) -> Labels:
    """Class 0 and class 1 in mixed order."""
    return np.random.default_rng(0).permutation(np.repeat([0, 1], [negatives, positives]))


def resolved(written: str, labels: Labels) -> Handling:
    return resolve(written, (int(np.sum(labels == 0)), int(np.sum(labels == 1))))


def stream(written: str, labels: Labels, seed: int = 1, **recipe: object) -> npt.NDArray[np.int64]:
    return draw(labels, resolved(written, labels), seed, Recipe.model_validate({"epochs": 3} | recipe))


def test_the_names_of_the_registry_are_what_the_command_line_accepts() -> None:
    assert Sweep(handling=",".join(METHODS))
    assert f": {', '.join(METHODS)}." in str(Sweep.model_fields["handling"].description)


def test_every_method_is_listed_with_its_neutral_value_or_as_having_none() -> None:
    assert NEUTRAL.keys() | WITHOUT_NEUTRAL.keys() == METHODS.keys()
    assert not NEUTRAL.keys() & WITHOUT_NEUTRAL.keys()


def test_every_option_is_tried_at_another_value_than_its_default() -> None:
    tried = {
        (name, key) for name, values in map(parse, VARIANTS) for key in values if values[key] != parse(name)[1][key]
    }
    assert tried == {(name, key) for name, method in METHODS.items() for key in method.options}


@pytest.mark.parametrize("name", list(METHODS))
def test_every_method_says_where_it_comes_from(name: str) -> None:
    assert METHODS[name].source.strip()


@EVERY
@given(sizes=SIZES, seed=SEEDS)
def test_in_the_sound_recipe_an_epoch_is_n_valid_positions(written: str, sizes: tuple[int, int], seed: int) -> None:
    labels = labels_of(*sizes)
    rows = stream(written, labels, seed)
    assert (rows.shape, rows.dtype) == ((3, len(labels)), np.int64)
    assert rows.min() >= 0 and rows.max() < len(labels)


@EVERY
@given(sizes=SIZES, seed=SEEDS, own_stream=st.booleans(), fixed_order=st.booleans(), epochs=st.integers(1, 12))
def test_in_any_recipe_a_stream_is_repeatable_and_leaves_the_labels_alone(
    written: str, sizes: tuple[int, int], seed: int, own_stream: bool, fixed_order: bool, epochs: int
) -> None:
    labels = labels_of(*sizes)
    recipe = {"own_stream": own_stream, "fixed_order": fixed_order, "epochs": epochs}
    rows = stream(written, labels, seed, **recipe)
    assert len(rows) == epochs and set(rows.ravel().tolist()) <= set(range(len(labels)))
    np.testing.assert_array_equal(stream(written, labels, seed, **recipe), rows)
    np.testing.assert_array_equal(labels, labels_of(*sizes))


@EVERY
def test_another_seed_gives_another_stream_and_the_global_seed_does_not(written: str) -> None:
    labels, streams = labels_of(40, 10), set()
    for seed in range(20):
        np.random.seed(seed)
        first = stream(written, labels, seed)
        np.random.seed(seed + 1)
        np.testing.assert_array_equal(stream(written, labels, seed), first)
        streams.add(first.tobytes())
    assert len(streams) == 20


@EVERY
def test_both_classes_are_drawn_in_every_epoch_each_in_an_order_of_its_own(written: str) -> None:
    labels = labels_of(40, 10)
    rows = stream(written, labels, epochs=10)
    assert len({row.tobytes() for row in rows}) == 10
    assert all(0 < labels[row].sum() < len(row) for row in rows)


@EVERY
@pytest.mark.parametrize("validate_on", ["val", "test"])
def test_val_and_test_are_untouched(written: str, validate_on: Part) -> None:
    ids = [f"{row:03d}" for row in range(200)]
    table = pd.DataFrame({"id": ids, "label": labels_of(150, 50), "split": "", "group": "", "digest": ids})
    parts = divide(table, ("cat", "dog"), Partition(positive="dog", validate_on=validate_on))
    val, test, labels = parts.val.copy(), parts.test.copy(), parts.labels.copy()
    rows = parts.train[stream(written, parts.labels[parts.train])]
    assert set(rows.ravel().tolist()) <= set(parts.train.tolist())
    assert not np.isin(rows, np.concatenate([val, test])).any()
    for before, after in ((val, parts.val), (test, parts.test), (labels, parts.labels)):
        np.testing.assert_array_equal(before, after)


@EVERY
@given(sizes=SIZES)
def test_a_resolved_handling_is_a_value_that_reads_back_from_its_json(written: str, sizes: tuple[int, int]) -> None:
    found = resolve(written, sizes)
    assert Handling.model_validate_json(found.model_dump_json()) == found == resolve(written, sizes)
    assert sum(found.class_weights) == pytest.approx(1, abs=1e-12) and min(found.class_weights) > 0


@EVERY
@pytest.mark.parametrize("late", [False, True])
def test_every_loss_has_a_finite_gradient_and_is_blind_to_the_order_of_the_images(written: str, late: bool) -> None:
    loss = loss_of(resolve(written, (48, 12)), late, torch.device("cpu"))
    logits = torch.randn(32, 2, generator=torch.Generator().manual_seed(0)).mul(5).requires_grad_()
    labels = torch.from_numpy(labels_of(24, 8))
    value = loss(logits, labels)
    (gradient,) = torch.autograd.grad(value, logits)
    assert value.shape == () and float(value.detach()) > 0
    assert bool(torch.isfinite(gradient).all()) and bool(gradient.any())
    torch.testing.assert_close(loss(logits.flip(0), labels.flip(0)), value)


@pytest.mark.parametrize("written", NEUTRAL.values())
@given(sizes=SIZES)
def test_at_the_neutral_value_a_handling_is_the_baseline(written: str, sizes: tuple[int, int]) -> None:
    assert resolve(written, sizes) == Handling(name="none")


@pytest.mark.parametrize("written", NEUTRAL.values())
def test_at_the_neutral_value_loss_and_gradient_are_plain_cross_entropy(written: str) -> None:
    logits = torch.randn(32, 2, generator=torch.Generator().manual_seed(0)).requires_grad_()
    labels = torch.from_numpy(labels_of(24, 8))
    ours, plain = (
        loss_of(resolve(written, (48, 12)), True, torch.device("cpu"))(logits, labels),
        F.cross_entropy(logits, labels),
    )
    torch.testing.assert_close(ours, plain)
    torch.testing.assert_close(torch.autograd.grad(ours, logits), torch.autograd.grad(plain, logits))


@pytest.mark.parametrize("name", WITHOUT_NEUTRAL)
def test_a_method_without_a_neutral_value_takes_no_options_and_always_does_something(name: str) -> None:
    assert not METHODS[name].options
    assert resolve(name, (48, 12)) != Handling(name="none")
