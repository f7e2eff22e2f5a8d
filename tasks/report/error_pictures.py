"""Picture images for a report as people took them, not as a network sees them."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from steelyard.models.data.image_set import ImageSet
from steelyard.models.errors import BadInput
from steelyard.models.spec.images import Images
from steelyard.tasks.images import decode, pixels
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import ONLY_IMAGES, Source, open_source
from steelyard.tasks.sources.helpers.files import open_image

SIDES = (480, 360, 240, 160)
"""Pixels of the longer side, the first of which a picture keeps within its share of ``MOST``."""

MOST = 2_000_000
"""Bytes of all pictures of a sweep together, about."""

EXACT = 96
"""Pixels of the longer side, up to which a picture is kept exactly: it is shown pixel by pixel."""

THREADS = 2
"""That read at once: each image may be a photograph of many million pixels."""

QUALITY = 85
"""Of JPEG, from 1 to 95."""

logger = logging.getLogger(__name__)


Read = Callable[[str], Image.Image]
"""An image of a source by its id; raises where the source is gone, or the image is."""


def picture(ids: Sequence[str], image_set: ImageSet, bits: int, spec: Images, settings: Settings) -> list[bytes]:
    """A file for each image: PNG or JPEG, whichever is smaller.

    An image is read from its source again; where that is gone, or shows something else by now, the pixels of the image
    set stand for it.

    Args:
        ids: of images of the set.
        image_set: what the sweep was about.
        bits: per pixel that its images of more than 8 bits were scaled from.
        spec: names the source.
        settings: where its downloads are kept.
    """
    rows = pd.Index(image_set.table["id"]).get_indexer(pd.Index(ids)).tolist()
    read = reader(spec, settings) if ids else nothing
    digests = image_set.table["digest"].iloc[rows].tolist()

    def file(image_id: str, digest: str, row: int) -> bytes:
        return _file(_own(read, image_id, digest, bits) or _seen(image_set, row), MOST // len(ids))

    with ThreadPoolExecutor(THREADS, "pictures") as threads:
        return list(threads.map(file, ids, digests, rows))


def of_files(files: Sequence[Path], bits: int) -> list[bytes]:
    """The same of image files, which must be there and whole."""
    pictures = []
    for path in files:
        with open_image(path) as opened:
            pictures.append(_file(_in_eight_bits(pixels.plain(opened), bits), MOST // len(files)))
    return pictures


def nothing(_: str) -> Image.Image:
    """What reads from a source that is gone."""
    raise LookupError


def reader(spec: Images, settings: Settings) -> Read:
    """What reads an image of the source that a sweep named."""
    try:
        return _reader(spec.origin, settings.cache)
    except (BadInput, OSError) as error:
        logger.warning("the report shows images as the network sees them, since their source is gone: %s", error)
        return nothing


def of_known(ids: Sequence[str], digests: Sequence[str], bits: int, origin: dict[str, str], cache: Path) -> list[bytes]:
    """The same of images of the source that a sweep named; b"" for those that are gone, or something else by now."""
    try:
        read = _reader(origin, cache) if ids else nothing
    except (BadInput, OSError):
        read = nothing
    found = [_own(read, image_id, digest, bits) for image_id, digest in zip(ids, digests, strict=True)]
    return [b"" if image is None else _file(image, MOST // len(ids)) for image in found]


def _reader(origin: dict[str, str], cache: Path) -> Read:
    source: Source = open_source(cache=cache, **(origin | ONLY_IMAGES))
    rows = pd.Series(range(len(source.table)), index=source.table["id"])
    return lambda image_id: source.read(int(rows.loc[image_id]))


def _own(read: Read, image_id: str, known: str, bits: int) -> Image.Image | None:
    """The image as its source has it, in eight bits; None where it is no longer what the network saw."""
    try:
        with read(image_id) as opened:
            image = pixels.plain(opened)
    # As many kinds as there are ways for a file to be broken, or to be gone.
    except Exception:  # noqa: BLE001
        return None
    return _in_eight_bits(image, bits) if decode.digest(image) == known else None


def _in_eight_bits(image: Image.Image, bits: int) -> Image.Image:
    if image.mode != "I":
        return image
    return Image.fromarray(pixels.eight_bit(np.asarray(image, np.float32)[..., None], bits, 1)[..., 0])


def _seen(image_set: ImageSet, row: int) -> Image.Image:
    pixels = np.asarray(image_set.images[row])
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _file(image: Image.Image, most: int) -> bytes:
    forms: dict[str, dict[str, int]] = {"PNG": {}}
    if max(image.size) > EXACT:
        # PNG in haste: where it is the smaller one, as of drawings, it is so by far.
        forms = {"PNG": {"compress_level": 1}, "JPEG": {"quality": QUALITY, "optimize": True}}
    for side in SIDES:
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
        files = [BytesIO() for _ in forms]
        for file, (form, how) in zip(files, forms.items(), strict=True):
            image.save(file, form, **how)
        smaller = min((file.getvalue() for file in files), key=len)
        if len(smaller) <= most:
            break
    return smaller
