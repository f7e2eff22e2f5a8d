"""Looks of images that are made up, or of pictures that are not on disk."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from PIL import Image

from steelyard.tasks.images.looks import COLUMNS, Looks, reduced


def looks_of(images: Sequence[Image.Image]) -> pd.DataFrame:
    """Looks of images of 8 bits as their set would keep them."""
    found = Looks()
    for image in images:
        found.add(reduced(image, image.tobytes()))
    return found.table(np.full(len(images), 8), [image.size for image in images])


def ordinary(number: int, seed: int = 0) -> pd.DataFrame:
    """Looks of colour images of 640 x 480 pixels that differ a little in all but size."""
    rng = np.random.default_rng(seed)
    looks = pd.DataFrame(rng.normal(0.5, 0.03, (number, len(COLUMNS))), columns=list(COLUMNS)).astype(np.float32)
    return looks.assign(
        width=640.0, height=480.0, p05=looks["p05"] - 0.35, p95=looks["p95"] + 0.3, std=0.2, saturation=0.2
    )
