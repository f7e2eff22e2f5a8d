"""Ways of training that cost results in silence: flagged by the trainer, unless the recipe declares them."""

from typing import Self

import pytest
import torch
from cpu_trial import cpu_trial
from torch import Tensor, nn

from steelyard.models.spec.trial import Handling, Recipe
from steelyard.models.train import trainer
from steelyard.models.train.collapse import undeclared
from steelyard.models.train.learner import Data
from steelyard.models.train.networks import classifier
from steelyard.models.train.trainer import Epoch

FROZEN = "BatchNorm is in eval mode while training: call train() before each epoch"
TWICE = "the network gives probabilities where the loss takes logits: softmax is applied twice"
NONE = Handling(name="none")


class Forgetful(nn.Module):
    """Puts the network into training mode, all but its BatchNorm."""

    def __init__(self) -> None:
        super().__init__()
        self.body = classifier("residual", 1)

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.body(images)
        return logits


class AsIfProbabilities(nn.Module):
    """Logits (0.5, 0.5) for dark images, which sum to one, and (-3, 5) for the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, images: Tensor) -> Tensor:
        dark = (images.float().mean(dim=(1, 2, 3)) < 1)[:, None]
        return self.scale * torch.where(dark, torch.tensor([0.5, 0.5]), torch.tensor([-3.0, 5.0]))


def fitted(network: nn.Module, handling: Handling = NONE, count: int = 24, **recipe: object) -> list[Epoch]:
    """The epochs of a network on noise whose last image is black."""
    trial = cpu_trial(
        handling=handling, recipe=Recipe.model_validate({"epochs": 2, "batch": 8, "crop": 0, "flip": False} | recipe)
    )
    images = torch.randint(0, 256, (count, 8, 8, 1), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    images[-1] = 0
    labels, plan = (torch.arange(count) % 4 == 0).long(), torch.arange(count).expand(2, -1)
    return list(trainer.fit(network, Data(images, labels, plan, torch.arange(8)), trial))


def flags(epochs: list[Epoch]) -> list[tuple[str, ...]]:
    return [epoch.flags for epoch in epochs]


@pytest.mark.parametrize("network", ["residual", "plain"])
@pytest.mark.parametrize("handling", [NONE, Handling(name="mixup", mixup_alpha=0.2)], ids=["none", "mixup"])
def test_the_sound_recipe_is_not_flagged(network: str, handling: Handling) -> None:
    assert flags(fitted(classifier(network, 1, mirrored_view=True), handling)) == [(), ()]


def test_batchnorm_in_eval_mode_is_flagged_where_it_is_not_declared() -> None:
    assert flags(fitted(Forgetful())) == [(FROZEN,), (FROZEN,)]
    assert flags(fitted(Forgetful(), frozen_batchnorm=True)) == [(), ()]
    assert flags(fitted(Forgetful(), softmax_twice=True)) == [(FROZEN,), (FROZEN,)]


def test_a_network_that_ends_in_softmax_is_flagged_where_it_is_not_declared() -> None:
    def network() -> nn.Module:
        return nn.Sequential(classifier("residual", 1), nn.Softmax(dim=1))

    assert flags(fitted(network())) == [(TWICE,), (TWICE,)]
    assert flags(fitted(network(), softmax_twice=True)) == [(), ()]
    assert flags(fitted(network(), frozen_batchnorm=True)) == [(TWICE,), (TWICE,)]


def test_both_are_flagged_together() -> None:
    assert flags(fitted(nn.Sequential(Forgetful(), nn.Softmax(dim=1)))) == [(FROZEN, TWICE)] * 2


def test_one_image_alone_in_the_last_batch_whose_logits_sum_to_one_is_no_softmax() -> None:
    assert flags(fitted(AsIfProbabilities(), count=25, learning_rate=1e-6)) == [(), ()]


@pytest.mark.parametrize("rounding", [torch.float32, torch.bfloat16])
def test_probabilities_are_known_however_they_are_rounded(rounding: torch.dtype) -> None:
    logits = 4 * torch.randn(512, 2, generator=torch.Generator().manual_seed(0))
    probabilities = logits.softmax(dim=1).to(rounding).float()
    assert undeclared(nn.Identity(), probabilities, Recipe()) == (TWICE,)
    assert undeclared(nn.Identity(), logits, Recipe()) == ()


def test_batchnorm_of_any_kind_counts_and_other_layers_in_eval_mode_do_not() -> None:
    logits = torch.tensor([[3.0, -1.0]])
    assert undeclared(nn.Sequential(nn.BatchNorm1d(2)).eval(), logits, Recipe()) == (FROZEN,)
    assert undeclared(nn.Sequential(nn.Dropout()).eval(), logits, Recipe()) == ()
