"""Networks: sizes, what goes in and out, and that a logged model needs nothing of ours."""

import ast
import inspect

import pytest
import torch
from torch import Tensor, nn

from steelyard.models.train import networks
from steelyard.models.train.networks import TwoViews, classifier, initialise

EVERY_NETWORK = pytest.mark.parametrize("name", ["residual", "plain", "tutorial"])


def images(count: int = 5, channels: int = 1, height: int = 12, width: int = 10) -> Tensor:
    shape, generator = (count, channels, height, width), torch.Generator().manual_seed(0)
    return torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)


def trained(name: str, channels: int = 1, mirrored_view: bool = False) -> nn.Module:
    """A network whose BatchNorm has seen images, in eval mode."""
    network = classifier(name, channels, mirrored_view=mirrored_view)
    initialise(network, torch.Generator().manual_seed(1))
    network(images(32, channels))
    return network.eval()


@pytest.mark.parametrize(("name", "parameters"), [("residual", 111_586), ("plain", 197_418), ("tutorial", 197_754)])
def test_a_network_has_the_parameters_its_docstring_says(name: str, parameters: int) -> None:
    assert sum(parameter.numel() for parameter in classifier(name, channels=1).parameters()) == parameters
    assert f"{parameters:,}" in str(classifier.__doc__)


def test_networks_import_torch_and_nothing_else() -> None:
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(networks))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
    assert {name.split(".")[0] for name in found} == {"torch"}


@EVERY_NETWORK
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(8, 8), (9, 13), (32, 32)])
def test_raw_pixels_of_any_size_give_float_logits(name: str, channels: int, size: tuple[int, int]) -> None:
    logits = classifier(name, channels, classes=3)(images(4, channels, *size))
    assert (logits.shape, logits.dtype) == ((4, 3), torch.float32)
    assert bool(torch.isfinite(logits).all())


@EVERY_NETWORK
def test_pixels_are_read_from_minus_one_to_one(name: str) -> None:
    extremes = torch.tensor([0, 255], dtype=torch.uint8).reshape(2, 1, 1, 1)
    assert networks.Scale()(extremes).flatten().tolist() == [-1.0, 1.0]
    assert any(isinstance(layer, networks.Scale) for layer in classifier(name, 1).modules())


@pytest.mark.parametrize("name", ["residual", "plain"])
def test_batch_norm_comes_before_relu(name: str) -> None:
    layers = [type(layer) for layer in classifier(name, 1).modules() if not list(layer.children())]
    after_convolution = [layers[at + 1 : at + 3] for at, layer in enumerate(layers) if layer is nn.Conv2d]
    assert after_convolution == [[nn.BatchNorm2d, nn.ReLU]] * 6


@EVERY_NETWORK
def test_with_a_mirrored_view_scores_do_not_change_when_the_image_is_mirrored(name: str) -> None:
    network = trained(name, mirrored_view=True)
    torch.testing.assert_close(network(images()), network(images().flip(3)))
    plain = trained(name)
    assert not torch.allclose(plain(images()), plain(images().flip(3)))


@EVERY_NETWORK
def test_a_mirrored_view_is_the_mean_of_two_plain_views(name: str) -> None:
    body = trained(name)
    both = TwoViews(body).eval()(images())
    torch.testing.assert_close(both, (body(images()) + body(images().flip(3))) / 2)


@EVERY_NETWORK
def test_in_training_there_is_one_view(name: str) -> None:
    body = trained(name).train()
    both = TwoViews(body).train()
    torch.testing.assert_close(both(images()), body(images()))


@EVERY_NETWORK
def test_in_eval_mode_an_image_scores_the_same_alone_and_in_a_batch(name: str) -> None:
    network = trained(name)
    alone = torch.cat([network(image[None]) for image in images()])
    torch.testing.assert_close(network(images()), alone)


@EVERY_NETWORK
def test_the_first_weights_depend_on_the_generator_and_not_on_the_global_seed(name: str) -> None:
    states = []
    for global_seed, seed in ((1, 5), (2, 5), (1, 6)):
        torch.manual_seed(global_seed)
        network = classifier(name, 1)
        initialise(network, torch.Generator().manual_seed(seed))
        states.append(torch.cat([parameter.flatten() for parameter in network.parameters()]))
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_first_weights_have_the_spread_of_torchs_own() -> None:
    network = classifier("residual", 1)
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d) and layer.weight.numel() > 5000]
    own = [float(layer.weight.detach().std()) for layer in layers]
    initialise(network, torch.Generator().manual_seed(0))
    assert [float(layer.weight.detach().std()) for layer in layers] == pytest.approx(own, rel=0.05)


def test_an_unknown_network_is_refused_and_the_known_ones_named() -> None:
    with pytest.raises(ValueError, match=r"^network must be one of residual, plain, tutorial, got 'resnet50'$"):
        classifier("resnet50", 1)
