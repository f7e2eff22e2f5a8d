"""The tutorial's network: its layers and parameters, its first weights, its softmax and its blind pool."""

import pytest
import torch
from cpu_trial import cpu_trial
from torch import Tensor, nn

from steelyard.models.handlings.parse import resolve
from steelyard.models.spec.recipes import RECIPES, recipe
from steelyard.models.spec.trial import Recipe
from steelyard.models.train import trainer
from steelyard.models.train.learner import Data
from steelyard.models.train.networks import Pool, Scale, classifier


def images(count: int = 4, size: int = 32) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, 3, size, size), generator=generator, dtype=torch.uint8)


def built(of: Recipe = RECIPES["tutorial"], channels: int = 3) -> nn.Sequential:
    """The network as a trial starts with it."""
    trial = cpu_trial(handling=resolve("none", (4, 1)), recipe=of)
    pixels = torch.zeros(1, 32, 32, channels, dtype=torch.uint8)
    network = trainer.build(trial, Data(pixels, torch.tensor([0]), torch.tensor([[0]]), torch.tensor([0])))
    assert isinstance(network, nn.Sequential)
    return network


def seen_cells(fixed_pool: bool) -> list[list[bool]]:
    """Which cells of the last (4, 4) map the logits depend on, by their gradient."""
    network, maps = built(recipe("tutorial", {"fixed_pool": fixed_pool, "softmax_twice": False})), []
    last = [layer for layer in network if isinstance(layer, nn.Conv2d)][-1]

    def keep(layer: nn.Module, given: tuple[Tensor], out: Tensor) -> None:
        out.retain_grad()
        maps.append(out)

    last.register_forward_hook(keep)
    network(images()).square().sum().backward()
    assert maps[0].shape == (4, 2, 4, 4)
    seen: list[list[bool]] = (maps[0].grad != 0).any(dim=0).any(dim=0).tolist()
    return seen


@pytest.mark.parametrize(("channels", "parameters"), [(3, 197_898), (1, 197_754)])
def test_it_has_exactly_the_tutorials_parameters(channels: int, parameters: int) -> None:
    assert sum(parameter.numel() for parameter in built(channels=channels).parameters()) == parameters
    assert f"{parameters:,}" in str(classifier.__doc__)


def test_its_layers_are_in_the_tutorials_order() -> None:
    block, pooled = [nn.Conv2d, nn.ReLU, nn.BatchNorm2d], [nn.Conv2d, nn.ReLU, nn.MaxPool2d, nn.BatchNorm2d]
    head = [nn.Conv2d, nn.AvgPool2d, nn.Flatten, nn.Softmax]
    assert [type(layer) for layer in built()] == [Scale, *(block + pooled) * 3, *head]


def test_its_convolutions_are_the_tutorials() -> None:
    convolutions = [layer for layer in built() if isinstance(layer, nn.Conv2d)]
    widths = [(layer.in_channels, layer.out_channels) for layer in convolutions]
    assert widths == [(3, 8), (8, 8), (8, 32), (32, 32), (32, 128), (128, 128), (128, 2)]
    shapes = [(layer.kernel_size, layer.padding, layer.stride, layer.bias is not None) for layer in convolutions]
    assert shapes == [((3, 3), (1, 1), (1, 1), True)] * 6 + [((1, 1), (0, 0), (1, 1), True)]


def test_every_convolution_starts_as_xavier_uniform_with_a_bias_of_one_hundredth() -> None:
    for layer in built():
        if isinstance(layer, nn.Conv2d):
            cells = layer.kernel_size[0] * layer.kernel_size[1]
            bound = (6 / (cells * (layer.in_channels + layer.out_channels))) ** 0.5
            weight = layer.weight.detach()
            assert 0.9 * bound < float(weight.abs().max()) <= bound
            assert float(weight.std()) == pytest.approx(bound / 3**0.5, rel=0.1)
            assert layer.bias is not None and layer.bias.tolist() == pytest.approx([0.01] * layer.out_channels)


@pytest.mark.parametrize("mode", [True, False])
@pytest.mark.parametrize("softmax_twice", [True, False])
def test_with_the_softmax_quirk_its_outputs_are_probabilities_and_without_they_are_not(
    mode: bool, softmax_twice: bool
) -> None:
    network = built(recipe("tutorial", {"softmax_twice": softmax_twice}))
    out = network.train(mode)(images(16)).detach()
    sums = out.sum(dim=1)
    assert torch.allclose(sums, torch.ones(16), atol=1e-6) == softmax_twice
    if softmax_twice:
        logits = built(recipe("tutorial", {"softmax_twice": False})).train(mode)(images(16)).detach()
        torch.testing.assert_close(out, logits.softmax(dim=1))


def test_the_fixed_pool_never_sees_7_of_the_16_cells() -> None:
    seen = seen_cells(fixed_pool=True)
    assert seen == [[True, True, True, False]] * 3 + [[False] * 4]
    assert sum(not cell for row in seen for cell in row) == 7


def test_without_that_quirk_every_cell_counts() -> None:
    assert seen_cells(fixed_pool=False) == [[True] * 4] * 4


def test_the_fixed_pool_is_the_mean_of_three_by_three_cells_and_the_other_of_all() -> None:
    maps = torch.randn(4, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    pool = nn.Sequential(*list(built(recipe("tutorial", {"softmax_twice": False})))[-2:])
    torch.testing.assert_close(pool(maps), maps[:, :, :3, :3].mean(dim=(2, 3)))
    torch.testing.assert_close(Pool("mean")(maps), maps.mean(dim=(2, 3)))


@pytest.mark.parametrize("size", [24, 32, 47])
def test_the_fixed_pool_fits_images_of_24_to_47_pixels(size: int) -> None:
    assert built()(images(2, size)).shape == (2, 2)
