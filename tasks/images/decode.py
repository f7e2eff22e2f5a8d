"""One image: from whatever is in the file to the square of pixels that a network sees."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from steelyard.tasks.images.looks import Reduced, reduced

# Both over the whole area that a new pixel covers (antialiased), as torchvision's resize with antialias=True.
RESIZERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
LONGEST = 1.2
"""Longer side to shorter: from here on an image is padded where nothing was asked for, below it is stretched."""
GREY, COLOUR, DEEP = "L", "RGB", "F"
FEW = 64
"""Longer side up to which all pixels are looked at as fast as some."""


@dataclass(frozen=True)
class Decoded:
    """An image after decoding and fitting.

    Attributes:
        kind: ``L`` for 8-bit grey, ``RGB`` for colour, ``F`` for more than 8 bits, not yet scaled to 8.
        pixels: (S, S) uint8 for ``L``, (S, S, 3) uint8 for ``RGB``, (S, S) float32 for ``F``.
        digest: 32 hexadecimal digits over pixels, size and kind before fitting; equal for exact duplicates.
        largest: largest value before fitting; of ``F`` only, else 0.
        sides: width and height in pixels, upright, before fitting.
        reduced: the image before fitting, as small as its looks are measured.
    """

    kind: str
    pixels: npt.NDArray[np.uint8] | npt.NDArray[np.float32]
    digest: str
    largest: int
    sides: tuple[int, int]
    reduced: Reduced


@dataclass(frozen=True)
class Unreadable:
    """A file that is no image, and why, in a few words."""

    reason: str


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


def decode(
    read: Callable[[], Image.Image], size: int, fit: str | None, interpolation: str = "bilinear"
) -> Decoded | Unreadable:
    """Read, set upright, flatten and fit one image, as ``plain`` and ``fitted`` do, or say why there is none."""
    try:
        with read() as opened:
            image = plain(opened)
    # Pillow raises OSError, SyntaxError, ValueError, struct.error, DecompressionBombError and others for broken files.
    except Exception as error:  # noqa: BLE001
        return Unreadable(_in_words(error))
    deep = image.mode == "I"
    # Interpolation is linear, so fitting first and scaling later gives the same up to rounding.
    shown = image.convert(DEEP) if deep else image
    pixels, content = np.asarray(fitted(shown, size, fit, interpolation)), image.tobytes()
    largest = int(np.frombuffer(content, np.int32).max()) if deep else 0
    return Decoded(shown.mode, pixels, _digest(image, content), largest, image.size, reduced(image, content))


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


def digest(image: Image.Image) -> str:
    """32 hexadecimal digits over the pixels, size and kind of an image that ``plain`` made."""
    return _digest(image, image.tobytes())


def _digest(image: Image.Image, content: bytes) -> str:
    pixels = hashlib.blake2b(repr((image.mode, image.size)).encode(), digest_size=16)
    pixels.update(content)
    return pixels.hexdigest()


def _in_words(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "not an image"
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return f"more than {Image.MAX_IMAGE_PIXELS:,} pixels"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join((str(error) or type(error).__name__).split())[:60]
