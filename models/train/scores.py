"""A network with what stands before and after it where images are scored: from pixels to probabilities."""

from copy import deepcopy

import torch
from torch import Tensor, nn


class Scores(nn.Module):
    """Images as they lie in memory -> what a logged model answers of them."""

    def __init__(self, network: nn.Module, positive_only: bool) -> None:
        """Score with a network in eval mode.

        Args:
            network: (N, C, S, S) uint8 -> (N, K) logits.
            positive_only: whether the score of the second of two classes is all that is asked for.
        """
        super().__init__()
        self.network, self.positive_only = network, positive_only

    def forward(self, images: Tensor) -> Tensor:
        """(N, S, S, C) uint8 -> (N, 1) float32 of the positive class, or (N, K) of each: probabilities, uncorrected."""
        logits: Tensor = self.network(images.permute(0, 3, 1, 2))
        scores = logits.float().softmax(dim=1)
        return scores[:, 1:] if self.positive_only else scores


def in_float32(network: nn.Module) -> nn.Module:
    """The same weights in a network that computes in float32; itself where it does."""
    if all(of.dtype == torch.float32 for of in network.parameters()):
        return network
    full = deepcopy(network).float()
    for module in full.modules():
        if isinstance(getattr(module, "dtype", None), torch.dtype):  # A backbone casts its images to it.
            module.dtype = torch.float32  # type: ignore[assignment]  # torch's stubs know tensors and modules
    return full
