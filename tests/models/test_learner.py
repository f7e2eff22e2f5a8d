"""One step of training: the loss it minimises, its schedule, and what it refuses."""

import pytest
import torch
from cpu_trial import cpu_trial
from torch import Tensor, nn

from steelyard.models.spec.trial import Compute, Handling, Precision, Recipe
from steelyard.models.train.inputs import presented
from steelyard.models.train.learner import Data, Learner
from steelyard.models.train.networks import classifier, initialise

ROWS = torch.arange(8)


def learner(
    weights: tuple[float, float] = (0.5, 0.5), steps: int = 5, seed: int = 1, precision: Precision = "float32"
) -> Learner:
    """A learner on sixteen grey images, every fourth of them positive, without augmentation."""
    trial = cpu_trial(
        handling=Handling(name="weights", class_weights=weights),
        seed=seed,
        recipe=Recipe(crop=0, flip=False, learning_rate=0.01),
        compute=Compute(device="cpu", threads=1, precision=precision),
    )
    images = torch.randint(0, 256, (16, 8, 8, 1), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    data = Data(images, (torch.arange(16) % 4 == 0).long(), torch.arange(16)[None], torch.arange(4))
    network = classifier("residual", 1)
    initialise(network, torch.Generator().manual_seed(seed))
    return Learner(network, data, trial, steps)


def first_logits(of: Learner) -> Tensor:
    """What the network says before it learns; leaves BatchNorm's statistics moved, which training ignores."""
    logits: Tensor = of.network.train()(presented(of.data.inputs[ROWS]))
    return logits.detach()


@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.15, 0.85)])
def test_a_step_minimises_weighted_cross_entropy(weights: tuple[float, float]) -> None:
    one = learner(weights)
    logits = first_logits(one)
    step = one.step(ROWS)
    expected = nn.CrossEntropyLoss(weight=torch.tensor(weights))(logits, one.data.labels[ROWS])
    torch.testing.assert_close(step.loss, expected)
    torch.testing.assert_close(step.logits, logits)
    assert torch.equal(step.labels, one.data.labels[ROWS])


def test_a_step_hands_out_nothing_that_holds_the_graph() -> None:
    step = learner().step(ROWS)
    assert not step.loss.requires_grad and not step.logits.requires_grad


def test_a_batch_of_one_class_has_the_unweighted_loss() -> None:
    rows = torch.tensor([1, 2, 3, 5])
    weighted, plain = learner((0.15, 0.85)).step(rows), learner().step(rows)
    torch.testing.assert_close(weighted.loss, plain.loss)


def test_steps_bring_the_loss_down() -> None:
    one = learner(steps=30)
    losses = [float(one.step(ROWS).loss) for _ in range(30)]
    assert losses[-1] < 0.2 * losses[0]


def test_the_schedule_peaks_at_the_learning_rate_and_ends_near_nothing() -> None:
    one, rates = learner(steps=20), []
    for _ in range(20):
        rates.append(one.optimiser.param_groups[0]["lr"])
        one.step(ROWS)
    assert max(rates) == pytest.approx(0.01, rel=0.02)
    assert rates[0] == pytest.approx(0.01 / 25)
    assert one.optimiser.param_groups[0]["lr"] < 1e-6


def test_bfloat16_gives_float32_logits_near_those_of_float32() -> None:
    low, full = learner(precision="bfloat16").step(ROWS), learner().step(ROWS)
    assert low.logits.dtype == torch.float32
    torch.testing.assert_close(low.logits, full.logits, atol=0.05, rtol=0.05)
    assert not torch.equal(low.logits, full.logits)


def test_a_loss_that_is_not_finite_names_step_weights_and_class_counts() -> None:
    one = learner((0.15, 0.85))
    one.step(ROWS)
    with torch.no_grad():
        next(iter(one.network.parameters())).fill_(float("inf"))
    with pytest.raises(FloatingPointError) as caught:
        one.step(ROWS)
    told = (
        "the loss is nan at step 2, with class weights (0.15, 0.85) and [6, 2] images per class in the batch; "
        "try a smaller --learning-rate"
    )
    assert str(caught.value) == told
