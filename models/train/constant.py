"""The mock model: it says the same of every image, and shows what a metric is worth."""

import torch
from torch import Tensor, nn

from steelyard.models.spec.trial import Handling


class Constant(nn.Module):
    """A predictor that gives each image the class shares of train, so that it calls all of them the larger class.

    Source:
        ``sklearn.dummy.DummyClassifier(strategy="prior")``.
    """

    def __init__(self, handling: Handling) -> None:
        """Take the shares of ``handling.prior``."""
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(handling.prior).log(), requires_grad=False)

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, K) float32, the same row N times."""
        return self.logits.expand(len(images), -1)
