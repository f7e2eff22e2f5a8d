"""Where in an image the evidence of a network lies: what each place adds to the logits that speak for a class.

A network is cut where its maps are pooled. Behind that it is linear, so what it says is a sum over the places of the
maps, and nothing is estimated: the sum of a saliency map and a rest that is the same for all images is what the network
says.

Source:
    Zhou et al. 2016, "Learning deep features for discriminative localization" (class activation maps), here with the
    maximum beside the mean and for several layers; Draelos & Carin 2020, "HiResCAM": gradient times activation at each
    place, of which Grad-CAM, which averages the gradients first, is not the sum.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from steelyard.models.train.networks import Pool, TwoViews

if TYPE_CHECKING:
    from steelyard.models.train.backbone import Backbone

POOLS = (Pool, nn.AvgPool2d)
"""What a network pools its last maps with."""


def of_head(backbone: "Backbone", images: Tensor, weights: Tensor, reference: Tensor) -> list[Tensor]:
    """Of a linear layer on the features of a backbone, beside an image that has the features ``reference``.

    Args:
        backbone: as it made the features that the layer was trained on.
        images: (N, 1 or 3, H, W) uint8.
        weights: (N, D) float32, of the features, such as those of one class less those of another.
        reference: (D,) float32, features such as the mean of all images.

    Returns:
        Of each layer (N, h, w) float32. The sum over all places of all layers is  weights . (features - reference).
    """
    parts = [_pooled(of, *terms) for of, terms in _with_terms(backbone, images, weights, reference)]
    if backbone.views == 1:
        return parts
    other = [_pooled(of, *terms) for of, terms in _with_terms(backbone, images.flip(3), weights, reference)]
    return [(one + mirrored.flip(2)) / 2 for one, mirrored in zip(parts, other, strict=True)]


def maps_of(backbone: "Backbone", images: Tensor) -> list[Tensor]:
    """(N, C, h, w) float32 of each layer that a backbone pools, of (N, 1 or 3, H, W) uint8, before it does."""
    scaled = (images.expand(-1, 3, -1, -1).float() - backbone.mean) / backbone.std
    layers = backbone.network.forward_intermediates(
        scaled.to(backbone.dtype, memory_format=torch.channels_last),
        indices=list(backbone.layers),
        output_fmt="NCHW",
        intermediates_only=True,
        stop_early=True,
    )
    return [layer.float() for layer in layers]


def _with_terms(
    backbone: "Backbone", images: Tensor, weights: Tensor, reference: Tensor
) -> list[tuple[Tensor, tuple[Tensor, ...]]]:
    """The maps of each layer, with the weights and the reference of their means and of their maxima."""
    own, at = (torch.split(of, list(backbone.widths), dim=-1) for of in (weights, reference))
    return [
        (maps, (own[2 * layer], at[2 * layer], own[2 * layer + 1], at[2 * layer + 1]))
        for layer, maps in enumerate(maps_of(backbone, images))
    ]


def _pooled(maps: Tensor, of_mean: Tensor, mean: Tensor, of_most: Tensor, most: Tensor) -> Tensor:
    """(N, h, w) of what mean and maximum of (N, C, h, w) maps add; the maximum counts where it lies."""
    count, _, height, width = maps.shape
    evenly = (torch.einsum("nc,nchw->nhw", of_mean, maps) - (of_mean @ mean)[:, None, None]) / (height * width)
    highest, place = maps.flatten(2).max(dim=2)
    there = torch.zeros(count, height * width).scatter_add_(1, place, of_most * (highest - most))
    return evenly + there.view(count, height, width)


def of_network(network: nn.Module, images: Tensor, weights: Tensor) -> Tensor:
    """Of a network on pixels, as ``networks.classifier`` makes it: gradient times activation of the last maps.

    Args:
        network: in eval mode.
        images: (N, C, H, W) uint8.
        weights: (N, K) float32, of the logits, such as 1 for one class and -1 for another.

    Returns:
        (N, h, w) float32. The sum over all places is  weights . (logits - bias)  where the network ends in a linear
        layer, and  weights . logits  where it ends in the mean of its maps.
    """
    if isinstance(network, TwoViews):
        mirrored = of_network(network.body, images.flip(3), weights).flip(2)
        return (of_network(network.body, images, weights) + mirrored) / 2
    assert isinstance(network, nn.Sequential)
    cut = max(place for place, layer in enumerate(network) if isinstance(layer, POOLS))
    maps = network[:cut](images).detach().requires_grad_()
    (slope,) = torch.autograd.grad((network[cut:](maps) * weights).sum(), maps)
    found: Tensor = (slope * maps).sum(dim=1).detach()
    return found


def onto(parts: Sequence[Tensor], side: int) -> Tensor:
    """(N, side, side): the sum of maps (N, h, w) of any sizes; what a place adds is shared out, and none of it lost."""
    spread = [_spread(of.shape[1], side).T @ of @ _spread(of.shape[2], side) for of in parts]
    return torch.stack(spread).sum(dim=0)


def _spread(length: int, side: int) -> Tensor:
    """(length, side) shares of ``side`` places that each of ``length`` is spread over; each row sums to 1."""
    shares = F.interpolate(torch.eye(length)[None], size=max(side, length), mode="linear")[0]
    # Of a map that is finer than the result, neighbours are added up.
    shares = F.adaptive_avg_pool1d(shares[None], side)[0]
    return shares / shares.sum(dim=1, keepdim=True)
