"""What is measured of images of one shape: their levels, colours, borders and sharpness."""

from typing import Any

import numpy as np
import numpy.typing as npt

SAMPLE = 1024
"""Pixels that percentiles are taken of at most; of 32 x 32 they are exact."""

RGB_TO_GREY = np.array([0.299, 0.587, 0.114], np.float32)
"""ITU-R BT.601, as Pillow's ``L``."""

PLACES = ("top", "bottom", "left", "right", "top_left", "top_right", "bottom_left", "bottom_right")
LEVELS = (
    *("mean", "std", "p05", "p95", "red", "green", "blue", "saturation"),
    *(f"{place}_{what}" for what in ("mean", "std") for place in PLACES),
)

Pixels = npt.NDArray[Any]
Values = npt.NDArray[np.float32]


def planes_of(pixels: Pixels) -> Pixels:
    """(n, h, w, 3) RGB as (n, 3, h, w), a copy; (n, h, w) grey as (n, 1, h, w)."""
    return pixels[:, None] if pixels.ndim == 3 else np.ascontiguousarray(np.moveaxis(pixels, 3, 1))


def measured(planes: Pixels) -> Values:
    """Sharpness and ``LEVELS`` of each image, (n, 25) float32, the latter in units of its own pixels.

    ``saturation`` is the mean of the largest less the smallest of red, green and blue. The strips along the edges are
    a sixteenth of the shorter side wide, the squares in the corners an eighth; they are not a number where that is
    less than a pixel.

    Args:
        planes: (n, C, h, w), as ``planes_of`` makes them.
    """
    levels = planes.astype(np.float32)
    grey = levels[:, 0] if levels.shape[1] == 1 else np.einsum("nchw,c->nhw", levels, RGB_TO_GREY)
    channels = levels.reshape(*levels.shape[:2], -1).mean(axis=2).T
    colours = np.broadcast_to(channels, (3, len(planes)))
    means, deviations = _places(grey)
    numbers = [sharpness(grey), *_distribution(grey), *colours, _saturation(planes), *means, *deviations]
    return np.stack(numbers, axis=1)


def sharpness(grey: Pixels) -> Values:
    """Energy of the Laplacian of (n, h, w) over that of the gradient, (n,) without a unit; 0 where all is even.

    Source:
        Both are focus measures (Pertuz, Puig & Garcia 2013). In their ratio contrast and the number of edges cancel:
        what is left falls with the square of how wide edges are.
    """
    if min(grey.shape[1:]) < 3:
        return np.zeros(len(grey), np.float32)
    # Half as wide as floats, which is what time goes into.
    levels = grey.astype(np.int16) if grey.dtype == np.uint8 else grey.astype(np.float32)
    down, right = levels[:, 1:] - levels[:, :-1], levels[:, :, 1:] - levels[:, :, :-1]
    bend = down[:, 1:, 1:-1] - down[:, :-1, 1:-1]
    bend += right[:, 1:-1, 1:]
    bend -= right[:, 1:-1, :-1]
    gradient = _energy(down) + _energy(right)
    ratio: Values = np.divide(_energy(bend), gradient, out=np.zeros_like(gradient), where=gradient > 0)
    return ratio


def _energy(values: Pixels) -> Values:
    flat = values.reshape(len(values), -1).astype(np.float32, copy=False)
    energy: Values = np.einsum("np,np->n", flat, flat) / np.float32(flat.shape[1])
    return energy


def _distribution(grey: Values) -> list[Values]:
    """Mean, standard deviation, 5th and 95th percentile of (n, h, w), (n,) each."""
    pixels = grey.reshape(len(grey), -1)
    some = np.sort(pixels[:, :: -(-pixels.shape[1] // SAMPLE)], axis=1)
    last = some.shape[1] - 1
    return [*_moments(pixels), some[:, round(0.05 * last)], some[:, round(0.95 * last)]]


def _moments(pixels: Values) -> tuple[Values, Values]:
    """Mean and standard deviation of (n, p), (n,) each."""
    mean: Values = pixels.mean(axis=1)
    apart = pixels - mean[:, None]
    return mean, np.sqrt(_energy(apart))


def _saturation(planes: Pixels) -> Values:
    """(n,), of (n, C, h, w)."""
    red, blue = planes[:, 0], planes[:, -1]
    green = planes[:, len(planes[0]) // 2]
    spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    mean: Values = spread.mean(axis=(1, 2), dtype=np.float32)
    return mean


def _places(grey: Values) -> tuple[list[Values], list[Values]]:
    """Means and standard deviations of the strips and squares of (n, h, w), (n,) each, in the order of ``PLACES``."""
    side = min(grey.shape[1:])
    (top, bottom), (left, right) = _ends(side // 16), _ends(side // 8)
    whole = slice(None)
    edges = (top, whole), (bottom, whole), (whole, top), (whole, bottom)
    corners = (left, left), (left, right), (right, left), (right, right)
    parts = [grey[:, rows, columns].reshape(len(grey), -1) for rows, columns in (*edges, *corners)]
    nothing = np.full(len(grey), np.nan, np.float32)
    found = [_moments(part) if part.shape[1] else (nothing, nothing) for part in parts]
    return [mean for mean, _ in found], [deviation for _, deviation in found]


def _ends(length: int) -> tuple[slice, slice]:
    return slice(0, length), slice(-length, None) if length else slice(0, 0)
