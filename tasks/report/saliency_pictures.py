"""What the networks of the recommended cell look at, as pictures to lie over those of the gallery."""

import logging
from collections.abc import Sequence
from io import BytesIO

import numpy as np
import pandas as pd
from PIL import Image
from scipy.ndimage import gaussian_filter

from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.tasks.images import pixels
from steelyard.tasks.images.image_sets import read_manifest
from steelyard.tasks.report.saliency_maps import SIDE, Maps, Seen, saliency_maps
from steelyard.tasks.settings import Settings
from steelyard.tasks.workers import pool

SMOOTH = 1.2
"""Standard deviation in places of a map: a maximum is one place of a layer, which has seen its neighbours too."""

LARGEST = 96
"""Pixels of the longer side of a picture."""

FOR, AGAINST = (255, 120, 0), (0, 110, 255)
"""Colours of what speaks for a class and against it."""

MOST_OPAQUE = 215
"""Of 255, at the strongest places."""

logger = logging.getLogger(__name__)


def maps_that_are_known(errors: pd.DataFrame, seen: Seen, plan: SweepPlan, spec: Sweep, settings: Settings) -> Maps:
    """As ``saliency_maps``, but all of NaN where that fails: a report is written whatever becomes of it."""
    unknown = np.full((len(errors), SIDE, SIDE), np.nan, np.float32)
    if not len(errors):
        return unknown
    try:
        return pool.call(saliency_maps, errors, seen.of_images(), plan, spec, settings, sweep=plan.shared.folder)
    # Files may be gone, a backbone may be anything, and there may be no room for a process.
    except Exception as error:  # noqa: BLE001
        logger.warning("not shown what the network looks at: %s", " ".join(str(error).split()) or type(error).__name__)
        return unknown


def fit_of(plan: SweepPlan) -> str | None:
    """How images become square for the networks of a sweep."""
    return plan.embedding.fit if plan.embedding else read_manifest(plan.shared.image_set).fit


def laid_over(maps: Maps, pictures: Sequence[bytes], fit: str | None) -> list[bytes]:
    """A PNG for each map, of the shape of its picture; empty for one of NaN. One scale of colours serves all.

    Args:
        maps: (n, S, S) float32.
        pictures: n files of images.
        fit: how these became square.
    """
    smooth = [gaussian_filter(of, SMOOTH, mode="nearest") for of in maps]
    peaks = [float(np.abs(of).max()) for of in smooth if np.isfinite(of).all()]
    # Half of the images reach the strongest colour, so that one cannot pale all others.
    most = float(np.median(peaks)) if peaks else 0.0
    return [
        _file(of / most, _size(picture), fit) if most and np.isfinite(of).all() else b""
        for of, picture in zip(smooth, pictures, strict=True)
    ]


def _size(picture: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(picture)) as image:
        return image.size


def _file(share: Maps, size: tuple[int, int], fit: str | None) -> bytes:
    """With a palette; ``share`` is 1 where it is strongest."""
    shown = np.asarray(_shaped(Image.fromarray(share), *size, pixels.fit_of(*size, fit)))
    image = Image.fromarray((np.rint(127 * np.clip(shown, -1, 1)) + 128).astype(np.uint8), "L")
    image.putpalette([part for level in range(256) for part in (FOR if level > 128 else AGAINST)])
    opacity = np.minimum(MOST_OPAQUE * np.abs(np.arange(256) - 128) / 127, 255).astype(np.uint8)
    file = BytesIO()
    image.save(file, "PNG", transparency=opacity.tobytes())
    return file.getvalue()


def _shaped(square: Image.Image, width: int, height: int, fit: str) -> Image.Image:
    """What a network sees as a square, where it lies in the image that was fitted into it."""
    scale, side, longer = LARGEST / max(width, height), square.width, max(width, height)
    size = max(1, round(scale * width)), max(1, round(scale * height))
    if fit == "crop":
        inner = square.resize((min(size), min(size)), Image.Resampling.BICUBIC)
        whole = Image.new("F", size)
        whole.paste(inner, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
        return whole
    wide, high = (side * part / longer if fit == "pad" else side for part in (width, height))
    box = ((side - wide) / 2, (side - high) / 2, (side + wide) / 2, (side + high) / 2)
    return square.resize(size, Image.Resampling.BICUBIC, box=box)
