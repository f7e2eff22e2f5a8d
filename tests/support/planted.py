"""A folder of small pictures with everything in it that can be found wrong with images, one of each."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

SIDE = 32
NUMBER, TAGS = "0", "<img src=x onerror=window.ran=1>"
"""Classes, of discs and of bars: a name that is a number, and one that a browser would run."""

LONG = f"{'long-' * 30}name"
SERIES, EACH = {"train": 6, "test": 3}, 4
"""Series of a class in each part, and images of each."""

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Scene:
    """What the images of a series have in common."""

    part: str
    class_name: str
    number: int

    def images(self) -> Iterator[Pixels]:
        """(32, 32, 3) each: a shape on the background of the series, in test with less light."""
        rng = np.random.default_rng(self.number)
        coarse = Image.fromarray(rng.integers(0, 160, (3, 3, 3)).astype(np.uint8))
        for _ in range(EACH):
            image = coarse.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            self._draw(ImageDraw.Draw(image), *rng.integers(2, 12, 2).tolist())
            pixels = np.asarray(image) + rng.normal(0, 6, (SIDE, SIDE, 3))
            yield (pixels.clip(0, 255) * (0.6 if self.part == "test" else 1)).astype(np.uint8)

    def _draw(self, image: ImageDraw.ImageDraw, x: int, y: int) -> None:
        if self.class_name == NUMBER:
            image.ellipse((x, y, x + 16, y + 16), fill=(230, 230, 210))
        else:
            for top in range(y, y + 18, 6):
                image.rectangle((x, top, x + 18, top + 2), fill=(230, 230, 210))


def planted(root: Path) -> Path:
    """Fill a folder: train and test, two classes in series, and what is wrong with them."""
    for number, (part, class_name) in enumerate((part, name) for part in SERIES for name in (NUMBER, TAGS)):
        for series in range(SERIES[part]):
            _save(root, Scene(part, class_name, 10 * number + series))
    _spoil(root)
    return root


def _save(root: Path, scene: Scene) -> None:
    folder = root / scene.part / scene.class_name
    folder.mkdir(parents=True, exist_ok=True)
    for turn, pixels in enumerate(scene.images()):
        if scene.class_name == TAGS:
            pixels[:5, :5] = 255  # A stamp that the other class lacks.
        Image.fromarray(pixels).save(folder / f"series{scene.number:02}-{turn}.png")


def _spoil(root: Path) -> None:
    """An exact copy across parts, a near-copy under the other label, wrong labels, dark images, and long names."""
    discs, bars = (root / "train" / name for name in (NUMBER, TAGS))
    shutil.copy(discs / "series00-0.png", root / "test" / NUMBER / f"{LONG}.png")
    _changed(bars / "series10-0.png", 0.93).save(discs / "near & <b>copy.png")
    for turn in (1, 2):
        (discs / f"series01-{turn}.png").rename(bars / f"series01-{turn}.png")
    for name in ("series02-1.png", "series03-1.png"):
        _changed(discs / name, 0.08).save(discs / name)


def _changed(file: Path, light: float) -> Image.Image:
    with Image.open(file) as image:
        return image.point(lambda value: round(value * light))
