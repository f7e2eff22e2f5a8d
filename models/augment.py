"""Augmentation of whole batches, on raw pixels, by index arithmetic only."""

import torch
from torch import Tensor


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


def mix(images: Tensor, others: Tensor, share: float) -> Tensor:
    """Mixed images:  share * image + (1 - share) * other.

    Args:
        images: (N, H, W, C) uint8.
        others: likewise.
        share: in [0, 1].

    Returns:
        (N, H, W, C) float32 in [0, 255].
    """
    return torch.lerp(others.float(), images.float(), share)
