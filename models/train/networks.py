"""Networks for small images. Imports torch only: a logged model carries this file and needs nothing else of ours."""

import torch
from torch import Tensor, nn


def classifier(
    network: str,
    channels: int,
    classes: int = 2,
    mirrored_view: bool = False,
    softmax: bool = False,
    fixed_pool: bool = False,
) -> nn.Module:
    """A network from raw pixels to logits.

    Args:
        network: ``residual`` (111,586 parameters on grey images), ``plain`` (197,418), or ``tutorial`` (197,754; on
            RGB 197,898).
        channels: of the images, 1 or 3.
        classes: logits per image.
        mirrored_view: whether, in eval mode, the logits are the mean over the image and its mirror image.
        softmax: whether it ends in softmax, so that probabilities come out where logits are due; ``tutorial`` only.
        fixed_pool: whether it pools 3x3 cells instead of all; ``tutorial`` only, for H and W of 24 to 47 pixels.

    Returns:
        A module: (N, C, H, W) uint8, or float of the same range, -> (N, classes) float logits. H and W are at least 8
        pixels.

    Raises:
        ValueError: ``network`` is unknown.
    """
    bodies = {"residual": _residual, "plain": _plain, "tutorial": _tutorial}
    if network not in bodies:
        raise ValueError(f"network must be one of {', '.join(bodies)}, got {network!r}")
    body = bodies[network](channels, classes)
    if network == "tutorial":
        body.extend([nn.AvgPool2d(3), nn.Flatten()] if fixed_pool else [Pool("mean")])
        body.extend([nn.Softmax(dim=1)] if softmax else [])
    body.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    return TwoViews(body) if mirrored_view else body


def initialise(module: nn.Module, generator: torch.Generator, xavier: bool = False) -> None:
    """Draw all weights from the generator, so that the global seed plays no part.

    Args:
        module: whose convolutions and linear layers are drawn.
        generator: on the CPU.
        xavier: Xavier's uniform with biases of 0.01, as the tutorial has it; otherwise torch's own default, He's
            uniform with a = sqrt(5), with biases of 0.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            if xavier:
                nn.init.xavier_uniform_(layer.weight, generator=generator)
            else:
                nn.init.kaiming_uniform_(layer.weight, a=5**0.5, generator=generator)
            if layer.bias is not None:
                nn.init.constant_(layer.bias, 0.01 if xavier else 0.0)


class Constant(nn.Module):
    """No network: each image gets the class shares of train, so that all of them are called the larger class.

    Source:
        ``sklearn.dummy.DummyClassifier(strategy="prior")``.
    """

    def __init__(self, prior: Tensor) -> None:
        super().__init__()
        self.logits = nn.Parameter(prior.log(), requires_grad=False)

    def forward(self, images: Tensor) -> Tensor:
        """(N, ...) -> (N, K) float32, the same row N times."""
        return self.logits.expand(len(images), -1)


class TwoViews(nn.Module):
    """A network that looks at each image twice when it is asked, not when it learns."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) uint8 -> (N, classes) logits."""
        logits: Tensor = self.body(images)
        return logits if self.training else (logits + self.body(images.flip(3))) / 2


class Scale(nn.Module):
    """Pixels 0..255 -> -1..1, float32, channels last."""

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) uint8 -> the same shape, float32."""
        return (images.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


class Pool(nn.Module):
    """Global pooling over height and width: (N, C, H, W) -> (N, C). ``amax`` has a deterministic gradient on GPUs."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C)."""
        return maps.amax(dim=(2, 3)) if self.kind == "max" else maps.mean(dim=(2, 3))


class Residual(nn.Module):
    """x + f(x) with two 3x3 convolutions of the same width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_conv(width, width), _conv(width, width))

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        added: Tensor = maps + self.body(maps)
        return added


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """3x3 convolution, BatchNorm, ReLU: in this order the normalised values are what is cut off."""
    convolution = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def _residual(channels: int, classes: int) -> nn.Sequential:
    """Strided stem to 32 channels, two stages of one residual block, global max pooling."""
    stages = (_conv(channels, 32, 2), Residual(32), _conv(32, 64, 2), Residual(64))
    return nn.Sequential(Scale(), *stages, Pool("max"), nn.Linear(64, classes))


def _plain(channels: int, classes: int) -> nn.Sequential:
    """The tutorial's six convolutions, with BatchNorm before ReLU and global average pooling."""
    stages = [
        layer
        for inputs, width in ((channels, 8), (8, 32), (32, 128))
        for layer in (_conv(inputs, width), _conv(width, width), nn.MaxPool2d(2))
    ]
    return nn.Sequential(Scale(), *stages, Pool("mean"), nn.Linear(128, classes))


def _tutorial(channels: int, classes: int) -> nn.Sequential:
    """The tutorial's network up to its head: convolutions with a bias, ReLU and pooling before BatchNorm."""
    layers: list[nn.Module] = []
    for inputs, width in ((channels, 8), (8, 32), (32, 128)):
        layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.ReLU(inplace=True), nn.BatchNorm2d(width)]
        layers += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.BatchNorm2d(width)]
    return nn.Sequential(Scale(), *layers, nn.Conv2d(128, classes, 1))
