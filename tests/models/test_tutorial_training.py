"""The tutorial's training against its loop written anew in plain torch: same weights, same images, same losses."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from cpu_trial import cpu_trial
from torch import Tensor, nn

from steelyard.models.handlings.index_stream import draw
from steelyard.models.handlings.parse import resolve
from steelyard.models.spec.recipes import recipe
from steelyard.models.spec.trial import Handling, Partition, Trial
from steelyard.models.train import trainer
from steelyard.models.train.learner import Data

WEIGHTED = Handling(name="weights", class_weights=(0.15, 0.85))
EPOCHS, BATCH = 3, 8


def trial(handling: Handling | str = "none", **quirks: bool) -> Trial:
    return cpu_trial(
        partition=Partition(positive="dog", negative="cat"),
        handling=resolve(handling, (18, 6)) if isinstance(handling, str) else handling,
        recipe=recipe("tutorial", {"epochs": EPOCHS, "batch": BATCH} | quirks),
    )


def data(of: Trial) -> Data:
    """24 RGB images to learn from, 6 of them dogs and a little brighter, then 12 as val."""
    labels = (np.arange(36) % 4 == 0).astype(np.int64)
    images = np.random.default_rng(0).integers(0, 220, (36, 32, 32, 3)) + 30 * labels[:, None, None, None]
    plan = torch.from_numpy(draw(labels[:24], of.handling, of.seed, of.recipe))
    return Data(torch.from_numpy(images.astype(np.uint8)), torch.from_numpy(labels), plan, torch.arange(24, 36))


def network_of_the_tutorial(weights: list[Tensor]) -> nn.Sequential:
    """Its layers up to the pool, written from the tutorial's table, with the weights given."""
    layers: list[nn.Module] = []
    for width_in, width, pool in ((3, 8, 0), (8, 8, 1), (8, 32, 0), (32, 32, 1), (32, 128, 0), (128, 128, 1)):
        layers += [nn.Conv2d(width_in, width, 3, padding=1), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] * pool + [nn.BatchNorm2d(width)]
    network = nn.Sequential(*layers, nn.Conv2d(128, 2, 1))
    with torch.no_grad():
        for mine, given in zip(network.parameters(), weights, strict=True):
            mine.copy_(given)
    return network


def loop_of_the_tutorial(of: Trial, seen: Data, network: nn.Sequential) -> list[tuple[float, float]]:
    """Mean loss of train as learnt and loss of val, epoch by epoch."""
    quirks, weight = of.recipe, None if of.handling.name == "none" else torch.tensor(of.handling.class_weights)
    optimiser, losses = torch.optim.Adam(network.parameters(), lr=1e-3), []

    def outputs(rows: Tensor) -> Tensor:
        pixels = (seen.inputs[rows].permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5
        maps = network(pixels)
        pooled = F.avg_pool2d(maps, 3).flatten(1) if quirks.fixed_pool else maps.mean(dim=(2, 3))
        return F.softmax(pooled, dim=1) if quirks.softmax_twice else pooled

    network.train()
    for order in seen.plan:
        if not quirks.frozen_batchnorm:
            network.train()
        total = 0.0
        for rows in order.split(BATCH):
            optimiser.zero_grad()
            loss = F.cross_entropy(outputs(rows), seen.labels[rows], weight=weight)
            loss.backward()
            optimiser.step()
            total += float(loss.detach()) * len(rows)
        network.eval()
        with torch.no_grad():
            val = F.cross_entropy(outputs(seen.val), seen.labels[seen.val])
        losses.append((total / len(order), float(val)))
    return losses


ALL_QUIRKS = [
    dict(zip(("softmax_twice", "frozen_batchnorm", "fixed_pool"), on, strict=True))
    for on in itertools.product([True, False], repeat=3)
]


@pytest.mark.parametrize("handling", ["none", WEIGHTED, "downsample"], ids=["none", "weights", "downsample"])
@pytest.mark.parametrize("quirks", ALL_QUIRKS, ids=lambda quirks: "-".join(name for name in quirks if quirks[name]))
def test_losses_are_those_of_the_tutorials_own_loop(handling: Handling | str, quirks: dict[str, bool]) -> None:
    spec = trial(handling, **quirks)
    seen = data(spec)
    network = trainer.build(spec, seen)
    theirs = network_of_the_tutorial([parameter.detach().clone() for parameter in network.parameters()])
    epochs = [epoch.metrics for epoch in trainer.fit(network, seen, spec)]
    ours = [(epoch["train/loss"], epoch["val/loss"]) for epoch in epochs]
    # Adam divides rounding by gradients near zero: processors differ by 2e-5, and any quirk moves a loss by far more.
    np.testing.assert_allclose(ours, loop_of_the_tutorial(spec, seen, theirs), atol=1e-4, rtol=0)


@pytest.mark.parametrize("frozen", [True, False])
def test_frozen_batchnorm_learns_in_eval_mode_from_epoch_2_on_and_its_statistics_stand_still(frozen: bool) -> None:
    spec = trial(frozen_batchnorm=frozen)
    seen, modes, statistics = data(spec), [], []
    network = trainer.build(spec, seen)
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    norms[0].register_forward_hook(lambda layer, given, out: modes.append((layer.training, torch.is_grad_enabled())))
    for _ in trainer.fit(network, seen, spec):
        statistics.append(torch.cat([norm.running_var for norm in norms]))
    learning = [training for training, has_gradient in modes if has_gradient]
    assert learning == [True] * 3 + [not frozen] * 6
    assert torch.equal(statistics[0], statistics[-1]) == frozen


def test_every_quirk_is_declared_so_that_nothing_is_flagged() -> None:
    spec = trial()
    seen = data(spec)
    epochs = list(trainer.fit(trainer.build(spec, seen), seen, spec))
    assert [epoch.flags for epoch in epochs] == [()] * EPOCHS
