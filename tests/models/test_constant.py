"""The mock model against scikit-learn's dummy: same scores for every image, nothing learnt, and what that is worth."""

import numpy as np
import pytest
import torch
from cpu_trial import cpu_trial
from sklearn.dummy import DummyClassifier

from steelyard.models.handlings.index_stream import draw
from steelyard.models.handlings.parse import resolve
from steelyard.models.spec.recipes import RECIPES
from steelyard.models.spec.trial import Partition, Trial
from steelyard.models.train import collapse, trainer
from steelyard.models.train.learner import Data
from steelyard.models.train.networks import Constant
from steelyard.models.train.trainer import Epoch

SIZES = pytest.mark.parametrize("sizes", [(30, 10), (10, 30), (37, 3)])
RECIPE = pytest.mark.parametrize("recipe", list(RECIPES))


def trial(sizes: tuple[int, int], recipe: str = "sound", seed: int = 1) -> Trial:
    return cpu_trial(
        partition=Partition(positive="dog", negative="cat"),
        handling=resolve("constant", sizes),
        seed=seed,
        recipe=RECIPES[recipe].model_copy(update={"epochs": 2, "batch": 16}),
    )


def data(of: Trial, sizes: tuple[int, int]) -> Data:
    """Train of these sizes, then a val of 10 and 10."""
    labels = np.repeat([0, 1, 0, 1], [*sizes, 10, 10])
    images = np.random.default_rng(0).integers(0, 256, (len(labels), 8, 8, 1), dtype=np.uint8)
    train = sum(sizes)
    plan = torch.from_numpy(draw(labels[:train], of.handling, of.seed, of.recipe))
    return Data(torch.from_numpy(images), torch.from_numpy(labels), plan, torch.arange(train, train + 20))


def fitted(of: Trial, sizes: tuple[int, int]) -> tuple[Constant, list[Epoch], np.ndarray]:
    """The mock model, its epochs, and its scores of val."""
    seen = data(of, sizes)
    network = trainer.build(of, seen)
    assert isinstance(network, Constant)
    epochs = list(trainer.fit(network, seen, of))
    return network, epochs, trainer.probabilities(trainer.score(network, seen.inputs, seen.val))


@SIZES
@RECIPE
def test_scores_are_the_share_of_positives_in_train_as_scikit_learns_dummy_has_it(
    sizes: tuple[int, int], recipe: str
) -> None:
    _, epochs, scores = fitted(trial(sizes, recipe), sizes)
    dummy = DummyClassifier(strategy="prior").fit(np.zeros((sum(sizes), 1)), np.repeat([0, 1], sizes))
    np.testing.assert_allclose(scores, dummy.predict_proba(np.zeros((20, 1))), rtol=1e-6)
    called = dummy.predict(np.zeros((20, 1)))
    assert epochs[-1].metrics["val/recall"] == called[10:].mean()
    assert epochs[-1].metrics["val/accuracy"] == np.mean(called == np.repeat([0, 1], 10))


@SIZES
@RECIPE
def test_accuracy_is_the_share_of_the_majority_and_the_areas_know_nothing(sizes: tuple[int, int], recipe: str) -> None:
    for epoch in fitted(trial(sizes, recipe), sizes)[1]:
        assert epoch.metrics["train/accuracy"] == pytest.approx(max(sizes) / sum(sizes))
        assert epoch.metrics["val/accuracy"] == 0.5
        assert epoch.metrics["train/roc_auc"] == epoch.metrics["val/roc_auc"] == 0.5


def test_the_all_cat_model_of_the_tutorial() -> None:
    _, epochs, _ = fitted(trial((40, 10), "tutorial"), (40, 10))
    metrics = epochs[-1].metrics
    assert (metrics["train/accuracy"], metrics["val/accuracy"]) == (0.8, 0.5)
    assert metrics["val/recall"] == metrics["val/precision"] == 0


@SIZES
@RECIPE
def test_nothing_is_learnt_nothing_is_flagged_and_the_loss_is_the_entropy_of_train(
    sizes: tuple[int, int], recipe: str
) -> None:
    spec = trial(sizes, recipe)
    network, epochs, scores = fitted(spec, sizes)
    share = np.array(sizes) / sum(sizes)
    torch.testing.assert_close(network.state_dict()["logits"], torch.tensor(share, dtype=torch.float32).log())
    losses = [epoch.metrics["train/loss"] for epoch in epochs]
    assert losses == pytest.approx([-(share * np.log(share)).sum()] * 2, rel=1e-5)
    assert [epoch.flags for epoch in epochs] == [(), ()]
    assert collapse.flags(spec, losses, sizes, {"val": scores}) == ()


def test_no_seed_changes_it() -> None:
    first, second = (fitted(trial((30, 10), seed=seed), (30, 10))[2] for seed in (1, 2))
    np.testing.assert_array_equal(first, second)
