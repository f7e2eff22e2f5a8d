"""Every handling with more than two classes."""

import numpy as np
import pytest
import torch
from cpu_trial import cpu_trial
from scipy.stats import entropy

from steelyard.models.handlings.index_stream import Effect, draw
from steelyard.models.handlings.losses import loss_of
from steelyard.models.handlings.parse import resolve
from steelyard.models.handlings.registry import METHODS
from steelyard.models.metrics.metrics import Scores
from steelyard.models.spec.trial import Handling, Partition, Recipe
from steelyard.models.train.collapse import constant_loss, flags

COUNTS = (60, 30, 10)
LABELS = np.repeat(np.arange(3), COUNTS)
RECIPE = Recipe(epochs=5)
CPU = torch.device("cpu")


def effect(written: str) -> Effect:
    handling = resolve(written, COUNTS)
    return Effect.of(LABELS, draw(LABELS, handling, 1, RECIPE), np.arange(100), handling)


@pytest.mark.parametrize("name", METHODS)
def test_every_handling_has_numbers_for_three_classes_and_a_finite_loss(name: str) -> None:
    handling = resolve(name, COUNTS)
    assert (handling.classes, len(handling.prior)) == (3, 3 if METHODS[name].prior else 0)
    assert sum(handling.class_weights) == pytest.approx(1)
    loss = loss_of(handling, True, CPU)(torch.randn(6, 3), torch.tensor([0, 1, 2, 0, 1, 2]))
    assert torch.isfinite(loss)
    assert sum(effect(name).prior) == pytest.approx(1)


@pytest.mark.parametrize(
    ("written", "prior"),
    [
        ("none", (0.6, 0.3, 0.1)),
        ("balanced", (1 / 3, 1 / 3, 1 / 3)),
        ("logit_adjusted", (1 / 3, 1 / 3, 1 / 3)),
        ("deferred", (1 / 3, 1 / 3, 1 / 3)),
        ("downsample", (1 / 3, 1 / 3, 1 / 3)),
        ("upsample", (1 / 3, 1 / 3, 1 / 3)),
    ],
)
def test_the_prior_that_the_loss_sees_is_even_where_the_handling_balances(
    written: str, prior: tuple[float, ...]
) -> None:
    assert effect(written).prior == pytest.approx(prior, abs=0.04)


def test_downsampling_takes_each_class_to_the_smallest_and_upsampling_to_the_largest() -> None:
    down, up = (
        draw(LABELS, resolve(name, COUNTS), 1, Recipe(epochs=1, own_stream=True))[0] for name in METHODS_OF_ROWS
    )
    assert np.bincount(LABELS[down]).tolist() == [10, 10, 10]
    assert np.bincount(LABELS[up]).tolist() == [60, 60, 60]
    assert len(np.unique(down)) == 30
    assert len(np.unique(up)) == 100


METHODS_OF_ROWS = ("downsample", "upsample")


def test_balanced_sampling_draws_classes_evenly() -> None:
    assert effect("balanced_sampling").after == pytest.approx((33.3, 33.3, 33.3), abs=8)


def test_equal_counts_leave_balanced_and_effective_numbers_to_the_baseline() -> None:
    assert {resolve(name, (20, 20, 20)).name for name in ("none", "balanced", "effective_number")} == {"none"}


@pytest.mark.parametrize(
    ("beta", "expected"),
    [(0.999, (0.1812, 0.1894, 0.2157, 0.2729, 0.3785, 0.5606, 0.8688, 1.3862, 2.2584, 3.6883))],
)
def test_effective_numbers_of_cifar10_lt_are_the_published_ones(beta: float, expected: tuple[float, ...]) -> None:
    counts = (5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50)
    found = resolve(f"effective_number:beta={beta}", counts)
    assert [10 * weight for weight in found.class_weights] == pytest.approx(expected, abs=1e-4)
    assert found.label == "effective_number:beta=0.999"


@pytest.mark.parametrize("written", ["none", "balanced", "logit_adjusted", "focal"])
def test_the_loss_of_a_constant_predictor_is_the_lowest_that_constants_reach(written: str) -> None:
    handling = resolve(written, COUNTS)
    found = constant_loss(handling, COUNTS, softmax=False)
    shares = np.multiply(COUNTS, handling.class_weights)
    if written != "focal":
        assert found == pytest.approx(entropy(shares), abs=1e-4)
    loss, labels = loss_of(handling, True, CPU), torch.from_numpy(LABELS)
    for seed in range(20):
        outputs = 2 * torch.randn(3, generator=torch.Generator().manual_seed(seed))
        assert found <= float(loss(outputs.expand(100, 3), labels)) + 1e-5


def one_class(scores: Scores) -> tuple[str, ...]:
    trial = cpu_trial(image_set="", partition=Partition(positive=""), handling=resolve("none", COUNTS), recipe=RECIPE)
    return flags(trial, [0.9, 0.5, 0.3], COUNTS, {"val": scores, "test": scores}, ("cat", "dog", "fox"))


def test_a_network_that_calls_everything_one_class_is_flagged_by_its_name() -> None:
    scores = np.tile(np.array([[0.2, 0.5, 0.3]], dtype=np.float32), (4, 1))
    assert one_class(scores) == ("collapsed: every image gets the same scores and is called dog",)
    scores[0, 0], scores[0, 2] = 0.3, 0.2
    assert one_class(scores) == ("at argmax every image is called dog",)
    scores[0] = (0.6, 0.3, 0.1)
    assert one_class(scores) == ()


def test_weights_by_name_are_told_in_the_label() -> None:
    named = Handling(name="weights", options="dog=4", class_weights=(0.2, 0.6, 0.2))
    assert named.label == "weights:dog=4"
