"""The contract of every handling in training, on pixels and on features: finite, repeatable, seeds where they count."""

import math

import numpy as np
import pytest
import torch
from cpu_trial import cpu_trial
from heads import basis_of, features_of
from torch import Tensor

from steelyard.models.handlings.index_stream import draw
from steelyard.models.handlings.parse import resolve
from steelyard.models.handlings.registry import METHODS
from steelyard.models.handlings.weighing import weighted
from steelyard.models.spec.recipes import RECIPES
from steelyard.models.spec.trial import Handling, Partition, Trial
from steelyard.models.train import trainer
from steelyard.models.train.head import Head
from steelyard.models.train.learner import Data
from steelyard.models.train.trainer import Epoch

TRAIN = np.arange(48)
VAL = torch.arange(48, 64)
COUNTS = {2: (36, 12), 4: (24, 12, 8, 4)}
"""Images of each class in train."""

NAMES = ("loss", "recall", "precision", "accuracy", "f1", "roc_auc", "average_precision")
VARIANTS = (
    "weights",
    "effective_number:beta=0.9",
    "focal:gamma=0.5",
    "logit_adjusted:tau=2",
    "balanced_sampling:power=0.5",
    "deferred:by=sampling",
    "deferred:after=0.5:by=sampling",
    "mixup:alpha=1",
)
WRITTEN = (*METHODS, *VARIANTS)

EVERY = pytest.mark.parametrize("written", WRITTEN)
KINDS = pytest.mark.parametrize("recipe", ["sound", "features"], ids=["pixels", "features"])
CLASSES = pytest.mark.parametrize("classes", [2, 4])


def labels_of(classes: int) -> np.ndarray:
    """Train, then a val of as many of each class."""
    rng = np.random.default_rng(0)
    val = np.repeat(np.arange(classes), 16 // classes)
    return np.concatenate([rng.permutation(np.repeat(np.arange(classes), COUNTS[classes])), val])


def handling_of(written: str, classes: int) -> Handling:
    if written != "weights":
        return resolve(written, COUNTS[classes])
    return weighted(0.85) if classes == 2 else Handling(name="weights", class_weights=(0.1, 0.2, 0.3, 0.4))


def trial(written: str, recipe: str, classes: int, seed: int = 1) -> Trial:
    return cpu_trial(
        partition=Partition(positive="dog" if classes == 2 else ""),
        handling=handling_of(written, classes),
        seed=seed,
        recipe=RECIPES[recipe].model_copy(update={"epochs": 2, "batch": 16}),
    )


def data(of: Trial, classes: int) -> Data:
    labels = labels_of(classes)
    plan = torch.from_numpy(draw(labels[TRAIN], of.handling, of.seed, of.recipe))
    if of.recipe.name == "features":
        found = features_of(labels)
        return Data(torch.from_numpy(found), torch.from_numpy(labels), plan, VAL, basis_of(found, TRAIN, labels))
    images = np.random.default_rng(0).integers(0, 200, (64, 8, 8, 1)) + 12 * labels[:, None, None, None]
    return Data(torch.from_numpy(images.astype(np.uint8)), torch.from_numpy(labels), plan, VAL)


def fitted(of: Trial, classes: int) -> tuple[Tensor, list[Epoch]]:
    """Logits of val at the end, and the epochs."""
    seen = data(of, classes)
    network = trainer.build(of, seen)
    epochs = list(trainer.fit(network, seen, of))
    return trainer.score(network, seen.inputs, VAL), epochs


@EVERY
@KINDS
@CLASSES
def test_every_handling_trains_finite_repeats_its_seed_and_needs_another_only_where_it_says_so(
    written: str, recipe: str, classes: int
) -> None:
    of = trial(written, recipe, classes)
    logits, epochs = fitted(of, classes)
    assert logits.shape == (16, classes) and bool(torch.isfinite(logits).all())
    numbers = [epoch.number for epoch in epochs]
    assert numbers == sorted(set(numbers)) and numbers[0] >= 1
    for epoch in epochs:
        assert [name for name in epoch.metrics if name.endswith("loss")] == ["train/loss", "val/loss"]
        assert all(type(value) is float and math.isfinite(value) for value in epoch.metrics.values())
    torch.manual_seed(7)
    np.random.seed(7)
    again, epochs_again = fitted(of, classes)
    assert torch.equal(logits, again)
    assert [epoch.metrics for epoch in epochs] == [epoch.metrics for epoch in epochs_again]
    other = trial(written, recipe, classes, seed=2)
    same = not of.seeded or of.handling.name == "constant"
    assert torch.equal(logits, fitted(other, classes)[0]) == same


@EVERY
@KINDS
def test_a_seed_counts_but_for_heads_of_a_fixed_loss(written: str, recipe: str) -> None:
    streamed = written.partition(":")[0] in {"downsample", "upsample", "balanced_sampling", "deferred", "mixup"}
    assert trial(written, recipe, 2).seeded == (streamed or recipe != "features")


@EVERY
@KINDS
def test_each_epoch_has_exactly_the_metrics_of_the_contract(written: str, recipe: str) -> None:
    _, epochs = fitted(trial(written, recipe, 2), 2)
    for epoch in epochs:
        assert list(epoch.metrics) == [f"{part}/{name}" for part in ("train", "val") for name in NAMES]


@EVERY
@CLASSES
def test_a_head_learns_to_tell_classes_apart_whatever_the_handling(written: str, classes: int) -> None:
    of = trial(written, "features", classes)
    seen = data(of, classes)
    network = trainer.build(of, seen)
    list(trainer.fit(network, seen, of))
    logits = trainer.score(network, seen.inputs, VAL)
    recalled = torch.stack(
        [(logits.argmax(1) == label)[seen.labels[VAL] == label].float().mean() for label in range(classes)]
    )
    if written == "constant":
        assert not isinstance(network, Head)
    else:
        assert isinstance(network, Head)
        assert float(recalled.mean()) > 1 / classes


@EVERY
@CLASSES
def test_the_last_epoch_of_a_head_is_what_the_kept_scores_say(written: str, classes: int) -> None:
    of = trial(written, "features", classes)
    logits, epochs = fitted(of, classes)
    told = trainer.summary("val", logits, data(of, classes).labels[VAL])
    assert {name: epochs[-1].metrics[name] for name in told} == pytest.approx(told)


@KINDS
def test_a_learner_moves_only_the_network_and_never_what_it_is_shown(recipe: str) -> None:
    of = trial("mixup", recipe, 2)
    seen = data(of, 2)
    before = seen.inputs.clone()
    list(trainer.fit(trainer.build(of, seen), seen, of))
    assert torch.equal(seen.inputs, before)
