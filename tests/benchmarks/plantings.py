"""What is planted in images: copies that were changed a little, stamps in a corner, and pictures that went wrong."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from steelyard.tasks.images.pixels import plain

STAMP, RADIUS = 0.06, 3 / 224
"""Of the longer side: a stamp's side, and the radius of a blur, which is 1 pixel at least."""

Change = Callable[[Image.Image, np.random.Generator], Image.Image]


def _cropped(share: float) -> Change:
    """The centre, enlarged to the sides that the image had, so that a part of a pixel can be cropped too."""

    def copy(image: Image.Image, _: np.random.Generator) -> Image.Image:
        off = [side * (1 - share) / 2 for side in image.size]
        box = (off[0], off[1], image.width - off[0], image.height - off[1])
        return image.resize(image.size, Image.Resampling.BILINEAR, box=box)

    return copy


def _turned(degrees: float) -> Change:
    return lambda image, _: image.rotate(degrees, Image.Resampling.BILINEAR)


def _jpeg(image: Image.Image, _: np.random.Generator) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=60)
    return plain(Image.open(file))


def _dimmed(image: Image.Image, _: np.random.Generator) -> Image.Image:
    return image.point(lambda level: level // 5)


def _blank(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Even grey with the noise of a camera that sees nothing."""
    level = rng.uniform(20, 235)
    return Image.fromarray(np.clip(rng.normal(level, 3, image.size[::-1]), 0, 255).astype(np.uint8))


def _blurred(image: Image.Image, _: np.random.Generator) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(max(1, RADIUS * max(image.size))))


def _stamped(inwards: float) -> Change:
    """A white square, so far from the bottom right corner as this share of the way to the top left one."""

    def marked(image: Image.Image, _: np.random.Generator) -> Image.Image:
        side, stamped = max(1, round(STAMP * max(image.size))), image.copy()
        left, top = (round((length - side) * (1 - inwards)) for length in image.size)
        stamped.paste("white", (left, top, left + side, top + side))
        return stamped

    return marked


COPIES: dict[str, Change] = {
    "cropped to 95 %": _cropped(0.95),
    "JPEG quality 60": _jpeg,
    "brighter by 15 %": lambda image, _: ImageEnhance.Brightness(image).enhance(1.15),
    "turned by 3 degrees": _turned(3),
}
BEYOND: dict[str, Change] = {
    "cropped to 85 %": _cropped(0.85),
    "cropped to 75 %": _cropped(0.75),
    "turned by 8 degrees": _turned(8),
    "mirrored": lambda image, _: ImageOps.mirror(image),
}
"""Copies that are changed more than look-alikes are made for."""

ODD: dict[str, tuple[Change, float | int]] = {"dark": (_dimmed, 0.1), "blank": (_blank, 20), "blurred": (_blurred, 20)}
"""Why an image is odd -> what makes it so, and the share or the number of images."""

STAMPS: dict[str, tuple[Change, float]] = {
    "corner, half of a class": (_stamped(0), 0.5),
    "corner, all of a class": (_stamped(0), 1.0),
    "centre, all of a class": (_stamped(0.5), 1.0),
}
