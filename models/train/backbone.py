"""A pretrained network as features. Imports torch and timm only: a logged model carries this file."""

from collections.abc import Sequence
from typing import Any

import timm
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

ARCHITECTURES = {"lite0": "tf_efficientnet_lite0"}
"""Names of ours -> names of timm."""


def classifier(classes: int, layers: Sequence[int], **config: Any) -> nn.Module:
    """Backbone and head as one network, for a model that is kept: load its weights before it is used.

    It takes ``config`` and ``layers`` as ``Backbone`` does: (N, C, H, W) uint8 -> (N, classes) float32 logits.
    """
    body = Backbone(layers=tuple(layers), **config)
    return nn.Sequential(body, nn.Linear(body.width, classes))


class Backbone(nn.Module):
    """Images -> features: mean and maximum over height and width of some layers.

    Source:
        Evci et al. 2022, "Head2Toe": features of several depths serve other images than the last layer's alone do.
    """

    network: Any
    mean: Tensor
    std: Tensor
    widths: tuple[int, ...]
    """Features of each layer's mean and of each layer's maximum, in the order they stand; their sum is D."""

    def __init__(
        self,
        backbone: str,
        size: int,
        layers: tuple[int, ...],
        mean: Sequence[float],
        std: Sequence[float],
        views: int = 1,
        folded: bool = False,
        precision: str = "float32",
    ) -> None:
        """Build the network without its pretrained weights.

        Args:
            backbone: ``lite0``, or a name of timm.
            size: pixels per side of the images.
            layers: that are pooled, as timm numbers its intermediate maps, from 0.
            mean: of each of 3 channels, in units of 255; subtracted.
            std: likewise; divided by.
            views: 2 where features are the mean over the image and its mirror image.
            folded: whether each BatchNorm is part of the convolution before it.
            precision: ``float32`` or ``bfloat16``, of the network; features are float32.
        """
        super().__init__()
        self.network = fold(network(backbone, size)) if folded else network(backbone, size)
        self.layers, self.views = layers, views
        self.dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self.to(self.dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        # After the cast, so that pixels are scaled in float32.
        self.register_buffer("mean", 255 * torch.tensor(list(mean)).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", 255 * torch.tensor(list(std)).view(1, 3, 1, 1), persistent=False)
        self.eval()
        with torch.inference_mode():
            self.widths = tuple(of.shape[1] for of in self._pooled(torch.zeros(1, 3, size, size)))

    @property
    def width(self) -> int:
        """D, features per image."""
        return sum(self.widths)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 1 or 3, H, W) uint8 -> (N, D) float32."""
        features = torch.cat(self._pooled(images), dim=1)
        return (features + torch.cat(self._pooled(images.flip(3)), dim=1)) / 2 if self.views == 2 else features

    def _pooled(self, images: Tensor) -> list[Tensor]:
        # Grey serves as three equal channels.
        colour = images.expand(-1, 3, -1, -1)
        scaled = ((colour.float() - self.mean) / self.std).to(self.dtype, memory_format=torch.channels_last)
        layers = self.network.forward_intermediates(
            scaled, indices=list(self.layers), output_fmt="NCHW", intermediates_only=True, stop_early=True
        )
        maps: list[Tensor] = [layer.float() for layer in layers]
        return [pooled for of in maps for pooled in (of.mean(dim=(2, 3)), of.amax(dim=(2, 3)))]


def network(backbone: str, size: int) -> Any:
    """Timm's network without a classifier, its weights still random; if it takes one size of image, built for this."""
    name = ARCHITECTURES.get(backbone, backbone)
    known = timm.get_pretrained_cfg(name)
    sized: dict[str, Any] = {"img_size": size} if known and known.fixed_input_size else {}
    made: Any = timm.create_model(name, pretrained=False, num_classes=0, **sized)
    if hasattr(made, "stage_ends"):
        # timm counts the last block of each resolution only; the maps of the others are as good.
        made.stage_ends = list(range(len(made.blocks) + 1))
    return made.eval()


def fold(module: nn.Module) -> nn.Module:
    """Make each BatchNorm a part of the convolution that stands before it, in place: fewer passes over the maps.

    Whether a BatchNorm follows what stands before it is for the caller to check.
    """
    before: nn.Module | None = None
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d) and isinstance(before, nn.Conv2d):
            mean, variance = child.running_mean, child.running_var
            assert mean is not None and variance is not None
            before.weight, before.bias = fuse_conv_bn_weights(
                before.weight, before.bias, mean, variance, child.eps, child.weight, child.bias
            )
            setattr(module, name, getattr(child, "act", nn.Identity()))
        else:
            fold(child)
        before = child
    return module


def maps(made: Any) -> list[int]:
    """Pixels that each intermediate map has one value for, finest first; of blocks alike, as in a ViT, the same."""
    if hasattr(made, "stage_ends"):
        return list(range(len(made.stage_ends)))
    return [int(info["reduction"]) for info in made.feature_info]
