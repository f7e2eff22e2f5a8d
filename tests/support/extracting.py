"""Pictures extracted into a cache, and what is said where that is refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from steelyard.models.errors import BadInput
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.sources import open_source

if TYPE_CHECKING:
    from conftest import Pictures


def extracted(pictures: Pictures, cache: Path, size: int = 8, skip: bool = False) -> Path:
    return extract_images(open_source(pictures.data, cache), size, cache, skip)


def refusal(pictures: Pictures, cache: Path, skip: bool = False) -> str:
    with pytest.raises(BadInput) as caught:
        extracted(pictures, cache, skip=skip)
    assert len(str(caught.value).splitlines()) == 1
    assert sets(cache) == [], "a refused source leaves nothing behind"
    return str(caught.value)


def sets(cache: Path) -> list[str]:
    """Everything in the store but its lock and its index."""
    return sorted({path.name for path in (cache / "image_sets").iterdir()} - {".lock", "requests"})


def noise(*shape: int, seed: int = 0, top: int = 256) -> Image.Image:
    dtype = np.uint8 if top <= 256 else np.uint16
    return Image.fromarray(np.random.default_rng(seed).integers(0, top, shape).astype(dtype))
