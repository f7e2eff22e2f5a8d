"""The trainer: what it yields, what its scores depend on, and that it learns."""

import math

import numpy as np
import pytest
import torch
from cpu_trial import cpu_trial
from torch import Tensor, nn

from steelyard.models.handlings.index_stream import draw
from steelyard.models.metrics import metrics
from steelyard.models.spec.trial import Compute, Handling, Precision, Recipe, Trial
from steelyard.models.train import trainer
from steelyard.models.train.learner import Data, Learner
from steelyard.models.train.trainer import Epoch

NAMES = ("loss", "recall", "precision", "accuracy", "f1", "roc_auc", "average_precision")
BASELINE = Handling(name="none")
WEIGHTED = Handling(name="weights", class_weights=(0.15, 0.85))


def trial(seed: int = 1, handling: Handling = BASELINE, precision: Precision = "float32", **recipe: object) -> Trial:
    return cpu_trial(
        handling=handling,
        seed=seed,
        recipe=Recipe.model_validate({"epochs": 2, "batch": 16} | recipe),
        compute=Compute(device="cpu", threads=1, precision=precision),
    )


def spots(of: Trial, count: int = 56, size: int = 8) -> Data:
    """Grey noise, where a quarter has a bright spot somewhere; the last two sevenths are val."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 160, (count, size, size, 1), dtype=np.uint8)
    labels = (np.arange(count) % 4 == 0).astype(np.int64)
    for row in np.flatnonzero(labels):
        down, right = rng.integers(0, size - 3, 2)
        images[row, down : down + 3, right : right + 3] = 255
    train = count * 5 // 7
    plan = draw(labels[:train], of.handling, of.seed, of.recipe)
    return Data(torch.from_numpy(images), torch.from_numpy(labels), torch.from_numpy(plan), torch.arange(train, count))


def fitted(of: Trial, data: Data | None = None) -> tuple[Tensor, list[Epoch], nn.Module]:
    """Logits of val after the last epoch, the epochs, and the network."""
    data = data or spots(of)
    network = trainer.build(of, data)
    epochs = list(trainer.fit(network, data, of))
    return trainer.score(network, data.inputs, data.val), epochs, network


@pytest.mark.parametrize("network", ["residual", "plain"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_same_spec_gives_the_same_scores_bit_for_bit(network: str, precision: Precision) -> None:
    spec = trial(handling=WEIGHTED, precision=precision, network=network)
    torch.manual_seed(1)
    np.random.seed(1)
    first, epochs, _ = fitted(spec)
    torch.manual_seed(2)
    np.random.seed(2)
    again, epochs_again, _ = fitted(spec)
    assert torch.equal(first, again)
    assert [epoch.metrics for epoch in epochs] == [epoch.metrics for epoch in epochs_again]


def test_another_seed_gives_other_scores() -> None:
    assert not torch.equal(fitted(trial(seed=1))[0], fitted(trial(seed=2))[0])


@pytest.mark.parametrize(
    ("field", "value"), [("crop", 1), ("flip", False), ("weight_decay", 0.5), ("learning_rate", 1e-3), ("batch", 8)]
)
def test_every_choice_of_the_recipe_plays_a_part(field: str, value: float) -> None:
    changed = trial().model_copy(update={"recipe": trial().recipe.model_copy(update={field: value})})
    assert not torch.equal(fitted(trial())[0], fitted(changed)[0])


def test_weights_change_the_loss_and_pull_towards_the_positive_class() -> None:
    plain, weighted = fitted(trial()), fitted(trial(handling=WEIGHTED))
    assert plain[1][0].metrics["train/loss"] != weighted[1][0].metrics["train/loss"]
    assert trainer.probabilities(weighted[0])[:, 1].mean() > trainer.probabilities(plain[0])[:, 1].mean()


def test_each_epoch_yields_exactly_the_metrics_of_the_contract_all_finite() -> None:
    _, epochs, _ = fitted(trial(epochs=3))
    assert [epoch.number for epoch in epochs] == [1, 2, 3]
    for epoch in epochs:
        assert list(epoch.metrics) == [f"{part}/{name}" for part in ("train", "val") for name in NAMES]
        assert all(type(value) is float and math.isfinite(value) for value in epoch.metrics.values())
        assert epoch.seconds > 0 and epoch.images_per_second > 0


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_last_val_metrics_are_plain_cross_entropy_and_argmax_of_the_kept_float32_scores(
    precision: Precision,
) -> None:
    spec = trial(handling=WEIGHTED, precision=precision)
    logits, epochs, _ = fitted(spec)
    labels = spots(spec).labels[spots(spec).val]
    expected = metrics.summary(labels.numpy(), logits.softmax(1).numpy())
    expected |= {"loss": float(torch.nn.functional.cross_entropy(logits, labels))}
    assert {name: epochs[-1].metrics[f"val/{name}"] for name in NAMES} == pytest.approx(expected)
    assert trainer.summary("test", logits, labels) == {f"test/{name}": pytest.approx(expected[name]) for name in NAMES}


def test_train_metrics_accumulate_over_the_images_as_drawn() -> None:
    spec = trial(handling=WEIGHTED, batch=13, epochs=1)
    data = spots(spec)
    network = trainer.build(spec, data)
    learner = Learner(network, data, spec, steps=4)
    seen = [learner.step(rows) for rows in torch.split(data.plan[0], 13)]
    assert [len(step.labels) for step in seen] == [13, 13, 13, 1]
    logits, labels = torch.cat([step.logits for step in seen]), data.labels[data.plan[0]]
    expected = metrics.summary(labels.numpy(), logits.softmax(1).numpy())
    expected |= {"loss": sum(float(step.loss) * len(step.labels) for step in seen) / 40}
    found = fitted(spec)[1][0].metrics
    assert {name: found[f"train/{name}"] for name in NAMES} == pytest.approx(expected)


def test_a_budget_of_one_step_works() -> None:
    _, epochs, _ = fitted(trial(epochs=1, batch=40))
    assert len(epochs) == 1


def test_a_last_batch_of_one_image_works() -> None:
    assert len(fitted(trial(batch=13))[1]) == 2


def test_an_easy_set_is_learnt() -> None:
    spec = trial(epochs=8)
    _, epochs, _ = fitted(spec, spots(spec, count=280, size=12))
    assert epochs[-1].metrics["val/roc_auc"] > 0.9
    assert epochs[-1].metrics["train/loss"] < epochs[0].metrics["train/loss"]


def test_scoring_changes_nothing_and_does_not_depend_on_the_batch() -> None:
    spec = trial()
    _, _, network = fitted(spec)
    images = spots(spec, count=600).inputs
    before = {name: value.clone() for name, value in network.state_dict().items()}
    rows = torch.randperm(600, generator=torch.Generator().manual_seed(0))
    logits = trainer.score(network, images, rows)
    whole = trainer.score(network, images, torch.arange(600))
    torch.testing.assert_close(logits, whole[rows])
    assert (logits.dtype, logits.requires_grad) == (torch.float32, False)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_the_first_weights_come_from_the_seed_alone() -> None:
    plain = trainer.build(trial(), spots(trial())).state_dict()
    weighted = trainer.build(trial(handling=WEIGHTED), spots(trial())).state_dict()
    assert all(torch.equal(plain[name], weighted[name]) for name in plain)
    other = trainer.build(trial(seed=2), spots(trial())).state_dict()
    assert not any(torch.equal(plain[name], other[name]) for name in plain if "0.weight" in name)


def test_probabilities_are_the_softmax() -> None:
    found = trainer.probabilities(torch.tensor([[0.0, 0.0], [0.0, math.log(3)]]))
    assert found.dtype == np.float32
    assert found.tolist() == [pytest.approx([0.5, 0.5]), pytest.approx([0.25, 0.75])]


def test_scores_that_are_not_finite_are_refused_and_counted() -> None:
    spec = trial(epochs=1, batch=40, learning_rate=1e10)
    with pytest.raises(FloatingPointError, match=r"^16 of 16 scores are not finite; try a smaller --learning-rate$"):
        fitted(spec)


def test_a_trial_that_diverges_ends_at_the_step_where_it_does() -> None:
    with pytest.raises(FloatingPointError, match=r"^the loss is nan at step 2, with class weights \(0.15, 0.85\) and"):
        fitted(trial(handling=WEIGHTED, learning_rate=1e38))
