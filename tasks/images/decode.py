"""One image: from whatever is in the file to the square of pixels that a network sees."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from steelyard.tasks.images.looks import Reduced, reduced
from steelyard.tasks.images.pixels import DEEP, fitted, plain


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
