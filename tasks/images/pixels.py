"""From an opened image to the square of pixels that a network sees.

Each logged model carries this file along, so it imports nothing of Steelyard.
"""

from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

# Both over the whole area that a new pixel covers (antialiased), as torchvision's resize with antialias=True.
RESIZERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
LONGEST = 1.2
"""Longer side to shorter: from here on an image is padded where nothing was asked for, below it is stretched."""
GREY, COLOUR, DEEP = "L", "RGB", "F"
FEW = 64
"""Longer side up to which all pixels are looked at as fast as some."""


def fitted(image: Image.Image, size: int, fit: str | None, interpolation: str = "bilinear") -> Image.Image:
    """Image of ``size`` x ``size`` pixels; a square one is the same whatever the fit.

    Args:
        image: of mode ``L``, ``RGB`` or ``F``.
        size: pixels per side of the result.
        fit: ``pad`` scales all of it to fit inside and centres it on black, ``crop`` takes the largest square in its
            centre, ``stretch`` gives up its aspect ratio; None for ``fit_of``.
        interpolation: ``bilinear`` or ``bicubic``.
    """
    (width, height), resizer = image.size, RESIZERS[interpolation]
    fit = fit_of(width, height, fit)
    if fit == "crop":
        left, top = max(width - height, 0) / 2, max(height - width, 0) / 2
        return image.resize((size, size), resizer, box=(left, top, width - left, height - top))
    if fit == "stretch" or width == height:
        return image.resize((size, size), resizer)
    scale = size / max(width, height)
    inside = image.resize((max(1, round(width * scale)), max(1, round(height * scale))), resizer)
    square = Image.new(image.mode, (size, size))
    square.paste(inside, ((size - inside.width) // 2, (size - inside.height) // 2))
    return square


def fit_of(width: int, height: int, fit: str | None) -> str:
    """The fit that was asked for; where that is None, padded if the image is long, stretched if it is nearly square."""
    long = max(width, height) > LONGEST * min(width, height)
    return fit or ("pad" if long else "stretch")


def plain(image: Image.Image) -> Image.Image:
    """The same image upright, without palette, alpha or colour space of its own.

    Transparency shows black. Colour is judged by content: RGB with three equal channels is grey.

    Returns:
        Mode ``L`` (8-bit grey), ``RGB`` (colour) or ``I`` (whole numbers of more than 8 bits).

    Raises:
        Exception: the file is broken; Pillow raises many kinds.
    """
    image.load()
    # Broken EXIF beside a good image says nothing about how to turn it.
    with suppress(Exception):
        ImageOps.exif_transpose(image, in_place=True)
    if image.mode == "F":
        raise OSError("floating-point pixels have no known range; save as 8 or 16 bits")
    if image.mode.startswith("I"):
        return image.convert("I")
    if image.mode in ("1", "L") and not image.has_transparency_data:
        return image.convert(GREY)
    flat = _over_black(image) if image.has_transparency_data else image.convert(COLOUR)
    return flat if _is_colour(flat) else flat.getchannel(0)


def _over_black(image: Image.Image) -> Image.Image:
    black = Image.new("RGBA", image.size, (0, 0, 0, 255))
    return Image.alpha_composite(black, image.convert("RGBA")).convert(COLOUR)


def _is_colour(image: Image.Image) -> bool:
    # A few pixels settle it for most photographs: for 12 million pixels it saves 50 ms (1 core, n=3).
    if max(image.size) > FEW and _channels_differ(image.resize((16, 16), Image.Resampling.NEAREST)):
        return True
    return _channels_differ(image)


def _channels_differ(image: Image.Image) -> bool:
    # Slices of bytes: of a small image, an array costs more than its pixels.
    pixels = image.tobytes()
    red = pixels[::3]
    return red != pixels[1::3] or red != pixels[2::3]


def seen(image: Image.Image, how: dict[str, Any]) -> npt.NDArray[np.uint8]:
    """(S, S, C) uint8: an opened image as a network sees it, whatever it is.

    Args:
        image: as Pillow opens it.
        how: of the network: ``size`` S and ``channels`` C; ``bits`` per pixel that images of more than 8 bits were
            scaled from; ``fit`` and ``interpolation`` as ``fitted`` has them.
    """
    image = plain(image)
    deep = image.mode == "I"
    square = fitted(image.convert(DEEP) if deep else image, how["size"], how["fit"], how["interpolation"])
    largest = int(np.asarray(image).max()) if deep else 0
    return of_kind(np.asarray(square), square.mode, largest, how["channels"], how["bits"])


def of_kind(pixels: npt.NDArray[Any], kind: str, largest: int, channels: int, bits: int) -> npt.NDArray[np.uint8]:
    """Fitted pixels of a kind, (S, S) or (S, S, 3), as (S, S, channels) uint8.

    ``largest`` is the largest value before fitting, of ``DEEP`` ones; what is beyond ``bits`` has a scale of its own.
    """
    if kind == COLOUR and channels == 1:
        pixels = np.asarray(Image.fromarray(pixels).convert(GREY))
    scale = max(bits, largest.bit_length()) if kind == DEEP else 8
    return eight_bit(pixels if pixels.ndim == 3 else pixels[..., None], scale, channels)


def eight_bit(pixels: npt.NDArray[Any], bits: int, channels: int) -> npt.NDArray[np.uint8]:
    """Pixels of any kind, (S, S, 1 or 3) uint8 or float32, as (S, S, channels) uint8; channels are never fewer.

    One scale serves all images of more than 8 bits: ``bits`` are what the largest value of all of them needs.
    """
    if pixels.dtype != np.uint8:
        pixels = np.clip(np.rint(pixels * (255 / (2**bits - 1))), 0, 255).astype(np.uint8)
    return np.broadcast_to(pixels, (*pixels.shape[:2], channels))
