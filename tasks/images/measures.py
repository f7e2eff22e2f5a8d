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


def grey_of(pixels: Pixels) -> Values:
    """(n, h, w) float32 of (n, h, w) or (n, h, w, 3)."""
    levels = pixels.astype(np.float32)
    return levels if pixels.ndim == 3 else levels @ RGB_TO_GREY


def measured(pixels: Pixels, grey: Values) -> Values:
    """``LEVELS`` of each image, (n, 24) float32 in units of its own pixels.

    ``saturation`` is the mean of the largest less the smallest of red, green and blue. The strips along the edges are
    a sixteenth of the shorter side wide, the squares in the corners an eighth; they are not a number where that is
    less than a pixel.

    Args:
        pixels: (n, h, w) or (n, h, w, 3).
        grey: (n, h, w), as ``grey_of`` makes it of them.
    """
    means, deviations = _places(grey)
    return np.stack([*_distribution(grey), *_colours(pixels, grey), *means, *deviations], axis=1)


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


def _colours(pixels: Pixels, grey: Values) -> list[Values]:
    """Means of red, green and blue, and of the largest less the smallest of them, (n,) each."""
    if pixels.ndim == 3:
        mean = grey.mean(axis=(1, 2))
        return [mean, mean, mean, np.zeros_like(mean)]
    number, height, width, _ = pixels.shape
    # Along the first side first: sums that step over three channels are slow.
    rows = pixels.reshape(number, height, -1).astype(np.float32).sum(axis=1).reshape(number, width, 3)
    red, green, blue = (pixels[..., channel] for channel in range(3))
    spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return [*(rows.sum(axis=1) / np.float32(height * width)).T, spread.mean(axis=(1, 2), dtype=np.float32)]


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
