"""Handwritten digits that scikit-learn brings along: no download."""

import importlib.metadata

import numpy as np
from PIL import Image

from steelyard.tasks.sources.source import Source, fingerprint, source_table

DARKEST = 16


def open_digits() -> Source:
    """1,797 grey images of 8 x 8 pixels, ten classes, without a split."""
    from sklearn.datasets import load_digits  # About 1 s, which the other sources need not pay.

    digits = load_digits()
    pixels = np.rint(digits.images * (255 / DARKEST)).astype(np.uint8)
    return Source(
        name="digits",
        class_names=tuple(str(name) for name in digits.target_names),
        table=source_table([f"{row:04d}" for row in range(len(pixels))], digits.target.tolist()),
        read=lambda row: Image.fromarray(pixels[row]),
        fingerprint=fingerprint("scikit-learn", importlib.metadata.version("scikit-learn")),
    )
