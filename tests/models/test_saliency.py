"""What a network looks at: the map adds up to what the network says, and lies where the reason for it is."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from steelyard.models.train import saliency
from steelyard.models.train.backbone import Backbone
from steelyard.models.train.networks import Pool, Scale, classifier, initialise

SIZE = 64


@pytest.fixture(scope="module")
def backbones() -> Callable[..., Backbone]:
    def made(views: int, precision: str = "float32") -> Backbone:
        torch.manual_seed(0)
        how = {"mean": (0.5,) * 3, "std": (0.5,) * 3, "views": views, "precision": precision}
        return Backbone("lite0", SIZE, (1, 3, 5), **how)  # type: ignore[arg-type]

    return made


def photographs(count: int = 3, channels: int = 3, size: int = SIZE) -> Tensor:
    rng = np.random.default_rng(1)
    return torch.from_numpy(rng.integers(0, 256, (count, channels, size, size), np.uint8))


@pytest.mark.parametrize("views", [1, 2])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_of_a_head_the_map_and_the_rest_are_the_difference_of_the_logits(
    backbones: Callable[..., Backbone], views: int, precision: str
) -> None:
    backbone, images = backbones(views, precision), photographs()
    head = nn.Linear(backbone.width, 2)
    with torch.inference_mode():
        features = backbone(images)
        weights, bias = head.weight[1] - head.weight[0], head.bias[1] - head.bias[0]
        reference = features.mean(dim=0)
        parts = saliency.of_head(backbone, images, weights.expand(3, -1), reference)
        rest = weights @ reference + bias
        logits = head(features)
    assert len(parts) == len(backbone.layers)
    told = sum(of.sum(dim=(1, 2)) for of in parts) + rest
    torch.testing.assert_close(told, logits[:, 1] - logits[:, 0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["residual", "plain", "tutorial"])
@pytest.mark.parametrize("mirrored", [False, True])
def test_of_a_network_on_pixels_the_map_and_the_bias_are_what_it_says(name: str, mirrored: bool) -> None:
    network = classifier(name, 1, 3, mirrored_view=mirrored).eval()
    initialise(network, torch.Generator().manual_seed(3))
    images, weights = photographs(2, 1, 32), torch.tensor([[1.0, -1.0, 0.0], [0.0, -1.0, 1.0]])
    logits = network(images)
    linear = (network.body if mirrored else network)[-1]  # type: ignore[index,union-attr]
    bias = linear.bias if isinstance(linear, nn.Linear) else torch.zeros(3)
    told = saliency.of_network(network, images, weights).sum(dim=(1, 2))
    torch.testing.assert_close(told, (weights * (logits - bias)).sum(dim=1).detach(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_defect_that_is_planted_in_a_corner_is_where_the_network_looks(corner: tuple[int, int]) -> None:
    blob = nn.Conv2d(1, 1, 5, padding=2, bias=False)
    nn.init.constant_(blob.weight, 1 / 25)
    head = nn.Linear(1, 2)
    head.weight.data = torch.tensor([[-1.0], [1.0]])
    network = nn.Sequential(Scale(), blob, nn.ReLU(), Pool("mean"), head).eval()
    image = torch.full((1, 1, 32, 32), 40, dtype=torch.uint8)
    top, left = 4 + 18 * corner[0], 4 + 18 * corner[1]
    image[:, :, top : top + 6, left : left + 6] = 255
    found = saliency.of_network(network, image, torch.tensor([[-1.0, 1.0]]))[0]
    row, column = divmod(int(found.argmax()), 32)
    assert top <= row < top + 6 and left <= column < left + 6


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_head_that_learned_a_planted_defect_looks_at_its_corner(
    backbones: Callable[..., Backbone], corner: tuple[int, int]
) -> None:
    backbone = backbones(2)
    rng = np.random.default_rng(5)
    images = torch.from_numpy(rng.integers(80, 120, (60, 1, SIZE, SIZE)).astype(np.uint8))
    for number in range(30):
        top, left = rng.integers(4, SIZE - 16, 2)
        images[number, :, top : top + 12, left : left + 12] = 255
    with torch.inference_mode():
        features = backbone(images)
    labels = torch.arange(60) < 30
    scale = features.std(dim=0) + 1e-6
    weights = ((features[labels].mean(dim=0) - features[~labels].mean(dim=0)) / scale**2).expand(1, -1)
    image = torch.full((1, 1, SIZE, SIZE), 100, dtype=torch.uint8)
    top, left = 6 + 38 * corner[0], 6 + 38 * corner[1]
    image[:, :, top : top + 12, left : left + 12] = 255
    with torch.inference_mode():
        found = saliency.onto(saliency.of_head(backbone, image, weights, features.mean(dim=0)), 16)[0]
    row, column = divmod(int(found.argmax()), 16)
    assert (row // 8, column // 8) == corner


def test_maps_of_several_sizes_are_added_up_and_nothing_is_lost() -> None:
    parts = [torch.rand(2, side, side) for side in (3, 7, 16, 40)]
    together = saliency.onto(parts, 16)
    assert together.shape == (2, 16, 16)
    torch.testing.assert_close(together.sum(dim=(1, 2)), sum(of.sum(dim=(1, 2)) for of in parts))
    spot = torch.zeros(1, 8, 8)
    spot[0, 1, 6] = 1
    assert divmod(int(saliency.onto([spot], 16)[0].argmax()), 16) in {(2, 12), (3, 12), (2, 13), (3, 13)}
