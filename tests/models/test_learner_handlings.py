"""What a handling does to a step: when weights set in, how images are mixed, and when the loss fails."""

from itertools import permutations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from cpu_trial import cpu_trial
from heads import basis_of, features_of
from torch import Tensor

from steelyard.models.handlings.losses import loss_of
from steelyard.models.handlings.parse import resolve
from steelyard.models.spec.recipes import RECIPES
from steelyard.models.spec.trial import Handling
from steelyard.models.train import trainer
from steelyard.models.train.head import Head
from steelyard.models.train.inputs import presented
from steelyard.models.train.learner import Data, Learner

ROWS = torch.arange(8)
COUNTS = (12, 4)
LABELS = (np.arange(16) % 4 == 0).astype(np.int64)


@pytest.fixture(params=["pixels", "features"])
def kind(request: pytest.FixtureRequest) -> str:
    """What the network is shown: a learner is written once for both."""
    found: str = request.param
    return found


def learner(
    handling: Handling | str, seed: int = 1, epochs: int = 5, kind: str = "pixels", **recipe: object
) -> Learner:
    """A learner on sixteen grey images or their features, every fourth of them positive."""
    found = resolve(handling, COUNTS) if isinstance(handling, str) else handling
    changed = {"crop": 0, "flip": False, "epochs": epochs} | recipe
    trial = cpu_trial(
        handling=found,
        seed=seed,
        recipe=RECIPES["sound" if kind == "pixels" else "features"].model_copy(update=changed),
    )
    data = DATA[kind]()
    return Learner(trainer.build(trial, data), data, trial, steps=10)


def pixels() -> Data:
    images = torch.randint(0, 256, (16, 8, 8, 1), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    return Data(images, torch.from_numpy(LABELS), torch.arange(16)[None], torch.arange(4))


def features() -> Data:
    found = features_of(LABELS)
    basis = basis_of(found, np.arange(16), LABELS)
    return Data(torch.from_numpy(found), torch.from_numpy(LABELS), torch.arange(16)[None], torch.arange(4), basis)


DATA = {"pixels": pixels, "features": features}


def seen_by(one: Learner) -> list[Tensor]:
    """What the network is given from now on, step by step."""
    inputs: list[Tensor] = []
    one.network.register_forward_pre_hook(lambda module, given: inputs.append(given[0].clone()))
    return inputs


@pytest.mark.parametrize("written", ["balanced", "focal", "logit_adjusted", "upsample", "deferred:after=0"])
def test_a_step_minimises_the_loss_of_the_handling(written: str, kind: str) -> None:
    one = learner(written, kind=kind)
    step = one.step(ROWS)
    expected = loss_of(resolve(written, COUNTS), True, torch.device("cpu"))(step.logits, step.labels)
    torch.testing.assert_close(step.loss, expected)


@pytest.mark.parametrize(
    ("after", "epochs", "plain"), [(0.8, 5, 4), (0.5, 5, 2), (0.0, 2, 0), (0.8, 1, 0), (0.99, 3, 2)]
)
def test_deferred_weights_count_from_the_epoch_on_that_the_handling_begins_with(
    after: float, epochs: int, plain: int, kind: str
) -> None:
    one = learner(f"deferred:after={after}:by=weights", epochs=epochs, kind=kind)
    weights = torch.tensor([0.25, 0.75])
    if isinstance(one.network, Head):
        # It begins at 0, where all weights give the same loss.
        torch.nn.init.normal_(one.network.linear.weight, generator=torch.Generator().manual_seed(0))
    for epoch in range(1, epochs + 1):
        one.begin(epoch)
        step = one.step(ROWS)
        expected = F.cross_entropy(step.logits, step.labels, weight=None if epoch <= plain else weights)
        torch.testing.assert_close(step.loss, expected)
        assert not torch.isclose(step.loss, F.cross_entropy(step.logits, step.labels)) or epoch <= plain


def test_deferred_sampling_has_plain_cross_entropy_throughout(kind: str) -> None:
    one = learner("deferred:by=sampling", kind=kind)
    for epoch in range(1, 6):
        one.begin(epoch)
        step = one.step(ROWS)
        torch.testing.assert_close(step.loss, F.cross_entropy(step.logits, step.labels))


def test_mixup_trains_the_same_for_the_same_seed_and_never_as_without(kind: str) -> None:
    runs = {}
    for written, seed in (("mixup", 1), ("mixup", 1), ("mixup", 2), ("mixup:alpha=1", 1), ("none", 1)):
        one = learner(written, seed, kind=kind)
        torch.manual_seed(len(runs))
        losses = tuple(float(one.step(ROWS).loss) for _ in range(4))
        assert runs.setdefault((written, seed), losses) == losses
    assert len(set(runs.values())) == 4


def test_mixup_mixes_images_with_each_other_and_targets_in_the_same_shares(kind: str) -> None:
    one = learner("mixup:alpha=1", kind=kind)
    inputs = seen_by(one)
    rows = torch.tensor([0, 1, 4])
    images, labels = presented(one.data.inputs[rows]).float(), one.data.labels[rows]
    for _ in range(5):
        step = one.step(rows)
        mixed = inputs[-1]
        solved = []
        for order in map(list, permutations(range(3))):
            towards = images - images[order]
            share = float(((mixed - images[order]) * towards).sum() / towards.square().sum().clamp_min(1))
            if torch.allclose(images[order] + share * towards, mixed, atol=0.01):
                solved.append((share, order))
        assert solved and all(-1e-5 <= share <= 1 + 1e-5 for share, _ in solved)
        share, order = solved[0]
        one_hot = F.one_hot(labels, 2).float()
        targets = share * one_hot + (1 - share) * one_hot[order]
        torch.testing.assert_close(step.loss, F.cross_entropy(step.logits, targets))
        assert torch.equal(step.labels, targets.argmax(dim=1))


def test_mixing_shifts_no_draw_of_the_augmentation() -> None:
    plain, mixed = learner("none", crop=2, flip=True), learner("mixup:alpha=10", crop=2, flip=True)
    inputs, inputs_mixed = seen_by(plain), seen_by(mixed)
    for _ in range(3):
        plain.step(ROWS)
        mixed.step(ROWS)
    for before, after in zip(inputs, inputs_mixed, strict=True):
        assert not torch.equal(before.float(), after)
        torch.testing.assert_close(before.float().mean(dim=0), after.mean(dim=0))


def test_a_batch_without_positives_fails_at_once_where_only_they_have_a_weight(kind: str) -> None:
    one = learner(Handling(name="weights", class_weights=(0, 1)), kind=kind)
    assert bool(torch.isfinite(one.step(ROWS).loss))
    with pytest.raises(FloatingPointError) as caught:
        one.step(torch.tensor([1, 2, 3, 5]))
    told = (
        "the loss is nan at step 2, with class weights (0.0, 1.0) and [4, 0] images per class in the batch; "
        "a larger --batch holds both classes"
    )
    assert str(caught.value) == told


def test_a_loss_that_fails_before_weights_set_in_names_the_weights_it_had(kind: str) -> None:
    one = learner("deferred", kind=kind)
    with torch.no_grad():
        next(iter(one.network.parameters())).fill_(float("inf"))
    with pytest.raises(FloatingPointError, match=r"at step 1, with class weights \(0\.5, 0\.5\) and \[6, 2\] images"):
        one.step(ROWS)


@pytest.mark.parametrize("frozen", [False, True])
def test_only_a_frozen_batchnorm_stays_in_eval_mode_once_val_was_scored(frozen: bool) -> None:
    one = learner("none", frozen_batchnorm=frozen)
    for epoch in range(1, 4):
        one.begin(epoch)
        assert one.network.training == (epoch == 1 or not frozen)
        one.network.eval()


def test_adam_and_a_constant_rate_are_torchs_own() -> None:
    one = learner("none", optimiser="adam", schedule="constant", learning_rate=1e-3)
    rates = []
    for _ in range(10):
        rates.append(one.optimiser.param_groups[0]["lr"])
        one.step(ROWS)
    assert type(one.optimiser) is torch.optim.Adam
    assert one.optimiser.param_groups[0]["weight_decay"] == 0
    assert rates == [1e-3] * 10
