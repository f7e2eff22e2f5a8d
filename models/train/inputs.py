"""What a network is shown: pixels or features, as a batch; the one place that tells them apart."""

import torch
from torch import Tensor

from steelyard.models.spec.trial import Recipe


def presented(inputs: Tensor) -> Tensor:
    """Pixels (N, H, W, C) as (N, C, H, W), a view that is channels-last in memory; features (N, D) as they are."""
    return inputs.permute(0, 3, 1, 2) if inputs.ndim == 4 else inputs


def augmented(inputs: Tensor, recipe: Recipe, generator: torch.Generator) -> Tensor:
    """Pixels as the recipe moves and mirrors them; features as they are, whose recipe does neither."""
    if not (recipe.crop or recipe.flip):
        return inputs
    return flip_and_shift(inputs, recipe.crop, recipe.flip, generator)


def flip_and_shift(images: Tensor, shift: int, flip: bool, generator: torch.Generator) -> Tensor:
    """Mirror half of the images left to right and move each by up to ``shift`` pixels; the border is reflected.

    Args:
        images: (N, H, W, C) uint8, H and W > ``shift``.
        shift: largest move in each direction, in pixels, >= 0.
        flip: whether to mirror.
        generator: on the CPU, so that every device draws the same.

    Returns:
        (N, H, W, C) uint8; each pixel is one of the input's.
    """
    count, height, width, _ = images.shape
    rows = _moved(count, height, shift, generator)
    columns = _moved(count, width, shift, generator)
    if flip:
        mirrored = torch.rand(count, 1, generator=generator) < 0.5
        columns = torch.where(mirrored, columns.flip(1), columns)
    batch, device = torch.arange(count)[:, None, None], images.device
    return images[batch.to(device), rows[:, :, None].to(device), columns[:, None, :].to(device)]


def _moved(count: int, length: int, shift: int, generator: torch.Generator) -> Tensor:
    """(count, length) int64: which row each row comes from, reflected at the border without repeating it."""
    offsets = torch.randint(-shift, shift + 1, (count, 1), generator=generator)
    index = (torch.arange(length) + offsets).abs()
    return (length - 1) - ((length - 1) - index).abs()


def mix(inputs: Tensor, others: Tensor, share: float) -> Tensor:
    """Mixed inputs:  share * input + (1 - share) * other.

    Args:
        inputs: (N, H, W, C) uint8, or (N, D) float32.
        others: likewise.
        share: in [0, 1].

    Returns:
        The same shape, float32, pixels in [0, 255].
    """
    return torch.lerp(others.float(), inputs.float(), share)
