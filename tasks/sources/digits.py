"""Handwritten digits that scikit-learn brings along: no download."""

import importlib.metadata
from pathlib import Path

import numpy as np
from PIL import Image

from steelyard.tasks.sources.helpers.source import Kind, Source, fingerprint, row_ids, source_table

DARKEST = 16


def open_digits(_: Path) -> Source:
    """1,797 grey images of 8 x 8 pixels, ten classes, without a split."""
    from sklearn.datasets import load_digits  # About 1 s, which the other sources need not pay.

    digits = load_digits()
    pixels = np.rint(digits.images * (255 / DARKEST)).astype(np.uint8)
    return Source(
        name="digits",
        class_names=tuple(map(str, digits.target_names)),
        table=source_table(row_ids(len(pixels)), digits.target.tolist()),
        read=lambda row: Image.fromarray(pixels[row]),
        fingerprint=fingerprint("scikit-learn", importlib.metadata.version("scikit-learn")),
    )


KIND = Kind("digits", open_digits, place=8)
