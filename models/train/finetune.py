"""A backbone that is trained on, from the head that was found on its features.

Source:
    Kumar et al. 2022, "Fine-tuning can distort pretrained features and underperform out-of-distribution": a head that
    is found first keeps the backbone from being bent to a random one.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from steelyard.models.train.head import Head

if TYPE_CHECKING:
    from steelyard.models.train.backbone import Backbone

SHARE = 0.1
"""Of the step size of the head, that of the backbone."""


class Tuned(nn.Module):
    """Backbone and head, of which the one takes smaller steps than the other.

    The head stays as it was found, on features brought to one scale and under its own penalty: on features as they
    come, a step of one size would be large for some and small for others. What comes before the first map that is
    pooled keeps its weights: on lite0 that is 0.5 % of them, and learning them is a quarter of a step's time.

    Attributes:
        at_once: images that it learns from at once; 0 for a whole batch, for which there was room.
    """

    at_once = 0

    def __init__(self, backbone: "Backbone", head: Head, size: int) -> None:
        """Go on from a backbone in float32, which sees ``size`` pixels per side, and a head on its features."""
        super().__init__()
        self.body, self.head, self.views = backbone, head, backbone.views
        # A BatchNorm that became part of a convolution left it a bias that was not to learn.
        backbone.requires_grad_(True)
        for parameter in _before_pooling(backbone, size):
            parameter.requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 1 or 3, H, W) uint8, or float of the same range, -> (N, K) logits."""
        logits: Tensor = self.head(self.body(images))
        return logits

    def train(self, mode: bool = True) -> "Tuned":
        """Learn, or be asked: BatchNorm goes by the statistics that it came with; one view is enough to learn from."""
        super().train(mode)
        self.body.eval()
        self.body.views = 1 if mode else self.views
        return self

    def groups(self, rate: float) -> list[dict[str, Any]]:
        """What is learned, for an optimiser: the head at this step size, the backbone at ``SHARE`` of it."""
        learned = [parameter for parameter in self.body.parameters() if parameter.requires_grad]
        return [{"params": learned, "lr": SHARE * rate}, {"params": list(self.head.parameters()), "lr": rate}]

    def plain(self) -> dict[str, Tensor]:
        """The weights of what ``models.train.backbone.classifier`` builds, on the CPU."""
        body = {f"0.network.{name}": value.detach().cpu() for name, value in self.body.network.state_dict().items()}
        return body | {f"1.{name}": value for name, value in self.head.plain().items()}


def _before_pooling(backbone: "Backbone", size: int) -> Iterator[nn.Parameter]:
    """The parameters that the first map that is pooled depends on."""
    parameters = list(backbone.network.parameters())
    image = torch.zeros(1, 3, size, size, device=backbone.mean.device)
    (first,) = backbone.network.forward_intermediates(
        image, indices=[backbone.layers[0]], output_fmt="NCHW", intermediates_only=True, stop_early=True
    )
    slopes = torch.autograd.grad(first.sum(), parameters, allow_unused=True)
    yield from (parameter for parameter, slope in zip(parameters, slopes, strict=True) if slope is not None)
