"""Folders of small pictures to extract from."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@dataclass
class Pictures:
    """A folder that grows by one picture at a time; no two made here are equal."""

    root: Path
    made: int = 0

    def beside(self, root: Path) -> "Pictures":
        """Another folder, whose pictures equal none of this one."""
        return Pictures(root, made=self.made + 1000)

    @property
    def data(self) -> str:
        """How the folder is named at the command line."""
        return f"folder:{self.root}"

    def add(self, name: str, image: Image.Image | None = None) -> Path:
        """Save ``image``, or grey noise of 12 x 10 pixels, as ``name`` below the folder."""
        self.made += 1
        if image is None:
            noise = np.random.default_rng(self.made).integers(0, 256, (10, 12), dtype=np.uint8)
            image = Image.fromarray(noise)
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
        return path

    def add_text(self, name: str, text: str = "no image") -> Path:
        """Save a text under the name of an image."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    """A folder called ``pets``, still empty."""
    root = tmp_path / "pets"
    root.mkdir()
    return Pictures(root)


@pytest.fixture
def pets(pictures: Pictures) -> Pictures:
    """Three cats and two dogs, without a split."""
    for name in ("cat/a.png", "cat/b.png", "cat/c.png", "dog/a.png", "dog/b.png"):
        pictures.add(name)
    return pictures


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache that does not exist yet."""
    return tmp_path / "cache"
