"""What a network is shown: pixels or features, as a batch; the one place that tells them apart."""

import torch
from torch import Tensor

from steelyard.models.spec.trial import Recipe


def presented(inputs: Tensor) -> Tensor:
    """Pixels (N, H, W, C) as (N, C, H, W), a view that is channels-last in memory; features (N, D) as they are."""
    return inputs.permute(0, 3, 1, 2) if inputs.ndim == 4 else inputs


def augmented(inputs: Tensor, recipe: Recipe, generator: torch.Generator) -> Tensor:
    """Half of the images mirrored left to right and each moved by up to ``crop`` pixels; the border is reflected.

    Args:
        inputs: (N, H, W, C) uint8, H and W > ``recipe.crop``; features as they are, whose recipe does neither.
        recipe: says whether to mirror, and how far to move.
        generator: on the CPU, so that every device draws the same.

    Returns:
        The same shape and type; each pixel is one of the input's.
    """
    if not (recipe.crop or recipe.flip):
        return inputs
    count, height, width, _ = inputs.shape
    rows = _moved(count, height, recipe.crop, generator)
    columns = _moved(count, width, recipe.crop, generator)
    if recipe.flip:
        mirrored = torch.rand(count, 1, generator=generator) < 0.5
        columns = torch.where(mirrored, columns.flip(1), columns)
    batch, device = torch.arange(count)[:, None, None], inputs.device
    return inputs[batch.to(device), rows[:, :, None].to(device), columns[:, None, :].to(device)]


def _moved(count: int, length: int, shift: int, generator: torch.Generator) -> Tensor:
    """(count, length) int64: which row each row comes from, reflected at the border without repeating it."""
    offsets = torch.randint(-shift, shift + 1, (count, 1), generator=generator)
    index = (torch.arange(length) + offsets).abs()
    return (length - 1) - ((length - 1) - index).abs()


def mix(inputs: Tensor, others: Tensor, share: float) -> Tensor:
    """Mixed inputs, (N, H, W, C) in [0, 255] or (N, D), float32:  share * input + (1 - share) * other."""
    return torch.lerp(others.float(), inputs.float(), share)
