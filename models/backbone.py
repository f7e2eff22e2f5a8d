"""A pretrained network as features. Imports torch and timm only: a logged model carries this file."""

from collections.abc import Sequence
from typing import Any

import timm
import torch
from torch import Tensor, nn

LITE0 = "lite0"
ARCHITECTURES = {LITE0: "tf_efficientnet_lite0"}
"""Names of ours -> names of timm."""


def classifier(classes: int, layers: Sequence[int], **config: Any) -> nn.Module:
    """Backbone and head as one network, for a model that is kept: load its weights before it is used.

    Args:
        classes: logits per image.
        layers: as in ``Backbone``.
        config: the other arguments of ``Backbone``.

    Returns:
        A module: (N, C, H, W) uint8 -> (N, classes) float32 logits.
    """
    body = Backbone(layers=tuple(layers), **config)
    return nn.Sequential(body, nn.Linear(body.width, classes))


class Backbone(nn.Module):
    """Images -> features: mean and maximum over height and width of some layers, then the pooled last layer.

    Source:
        Evci et al. 2022, "Head2Toe": features of several depths serve other images than the last layer's alone do.
    """

    def __init__(
        self,
        backbone: str,
        size: int,
        layers: tuple[int, ...],
        mean: Sequence[float],
        std: Sequence[float],
        mirrored_view: bool = False,
        precision: str = "float32",
    ) -> None:
        """Build the network without its pretrained weights.

        Args:
            backbone: ``lite0``, or a name of timm.
            size: pixels per side of the images.
            layers: that are pooled, as timm numbers its intermediate maps, from 0.
            mean: of each of 3 channels, in units of 255; subtracted.
            std: likewise; divided by.
            mirrored_view: whether features are the mean over the image and its mirror image.
            precision: ``float32`` or ``bfloat16``, of the network; features are float32.
        """
        super().__init__()
        self.network = network(backbone, size)
        self.layers, self.mirrored_view = layers, mirrored_view
        self.dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self.to(self.dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        # After the cast, so that pixels are scaled in float32.
        self.register_buffer("mean", 255 * torch.tensor(list(mean)).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", 255 * torch.tensor(list(std)).view(1, 3, 1, 1), persistent=False)
        self.eval()

    @property
    def width(self) -> int:
        """D, features per image."""
        channels = [info["num_chs"] for info in self.network.feature_info]
        return int(2 * sum(channels[layer] for layer in self.layers) + self.network.head_hidden_size)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 1 or 3, H, W) uint8 -> (N, D) float32."""
        found = self._features(images)
        return (found + self._features(images.flip(3))) / 2 if self.mirrored_view else found

    def _features(self, images: Tensor) -> Tensor:
        # Grey serves as three equal channels.
        colour = images.expand(-1, 3, -1, -1)
        scaled = ((colour.float() - self.mean) / self.std).to(self.dtype, memory_format=torch.channels_last)
        last, maps = self.network.forward_intermediates(scaled, indices=list(self.layers), output_fmt="NCHW")
        pooled = [pool for of in maps for pool in (of.float().mean(dim=(2, 3)), of.float().amax(dim=(2, 3)))]
        return torch.cat([*pooled, self.network.forward_head(last, pre_logits=True).float()], dim=1)


def network(backbone: str, size: int) -> Any:
    """timm's network without a classifier, its weights still random.

    Args:
        backbone: ``lite0``, or a name of timm.
        size: pixels per side; a network that is built for one size is built for this.
    """
    name = ARCHITECTURES.get(backbone, backbone)
    fixed = timm.get_pretrained_cfg(name).fixed_input_size
    return timm.create_model(name, pretrained=False, num_classes=0, **({"img_size": size} if fixed else {}))
