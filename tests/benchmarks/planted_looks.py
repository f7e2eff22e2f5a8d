"""Precision and recall of odd images and shortcuts that are planted in real sets, and what is told without them.

    python tests/benchmarks/planted_looks.py
    python tests/benchmarks/planted_looks.py digits elpv folder:PATH --images 2000 --seeds 5

Per seed a tenth of the images is dimmed to a fifth of its light; 20 are made blank, as a camera sees nothing; 20 are
blurred by a Gaussian of radius 3 at 224 pixels, at least 1; and of one class half or all get a white square of 6 % of
the side in a corner. Sets that are not there are left out.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageFilter
from yardstick import machine, timed

from steelyard.models.errors import BadInput
from steelyard.models.findings.odd_images import odd_images
from steelyard.models.findings.shortcuts import Shortcut, shortcuts
from steelyard.tasks.images.decode import plain
from steelyard.tasks.images.looks import Looks, reduced
from steelyard.tasks.sources import open_source

FEW, TENTH, STAMP, RADIUS = 20, 0.1, 0.06, 3 / 224

Change = Callable[[Image.Image, np.random.Generator], Image.Image]


@dataclass(frozen=True)
class Pictures:
    """Images of a source, upright, with a row of its table and of their looks for each."""

    images: Sequence[Image.Image]
    table: pd.DataFrame
    class_names: tuple[str, ...]
    looks: pd.DataFrame

    def planted(self, rows: Sequence[int], change: Change, seed: int) -> pd.DataFrame:
        """Looks with some of the images changed."""
        looks, rng = self.looks.copy(), np.random.default_rng(seed)
        looks.iloc[list(rows)] = _looks_of([change(self.images[row], rng) for row in rows]).to_numpy()
        return looks

    def told(self, looks: pd.DataFrame, seed: int) -> list[Shortcut]:
        columns = {name: self.table[name].tolist() for name in ("id", "group")}
        labels = self.table["label"].to_numpy()
        return shortcuts(looks, columns["id"], labels, columns["group"], self.class_names, seed)


def main() -> None:
    """Print a block per set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", default=["digits", "elpv"], metavar="DATA")
    parser.add_argument("--images", type=int, default=3000, help="drawn of larger sets")
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    print(machine("numpy", "scikit-learn", "pillow"))
    for data in asked.sources:
        try:
            pictures = _opened(data, asked.images)
        except BadInput as absent:
            print(f"\n{data} left out: {absent}")
            continue
        _measure(data, pictures, range(asked.seeds))


def _opened(data: str, most: int) -> Pictures:
    with tempfile.TemporaryDirectory() as folder:
        source = open_source(data, Path(folder))
        drawn = np.random.default_rng(0).permutation(len(source.table))[:most]
        rows = np.sort(drawn).tolist()
        images = [plain(source.read(row)) for row in rows]
    return Pictures(images, source.table.iloc[rows].reset_index(drop=True), source.class_names, _looks_of(images))


def _looks_of(images: Sequence[Image.Image]) -> pd.DataFrame:
    looks = Looks()
    for image in images:
        looks.add(reduced(image, image.tobytes()))
    return looks.table(np.full(len(images), 8), [image.size for image in images])


def _measure(data: str, pictures: Pictures, seeds: Sequence[int]) -> None:
    number = len(pictures.images)
    with timed() as seconds:
        odd = odd_images(pictures.looks)
    reasons = ", ".join(f"{count} {why}" for why, count in odd["why"].value_counts().items())
    print(f"\n{data}, {number:,} images; as it is, {odd['row'].nunique() / number:.1%} odd: {reasons or 'none'}")
    with timed() as longer:
        print(f"shortcuts: {_said(pictures.told(pictures.looks, 0)) or 'none'}; {seconds[0]:.2f} s and ", end="")
    print(f"{longer[0]:.1f} s\n| planted | recall | precision |")
    for why, (change, count) in PLANTED.items():
        found = [_found(pictures, why, change, count or round(TENTH * number), seed) for seed in seeds]
        recalls, precisions = zip(*found, strict=True)
        print(f"| {why} | {min(recalls):.2f}–{max(recalls):.2f} | {min(precisions):.2f}–{max(precisions):.2f} |")
    for share in (0.5, 1.0):
        for seed in seeds:
            _stamp(pictures, share, seed)


def _found(pictures: Pictures, why: str, change: Change, count: int, seed: int) -> tuple[float, float]:
    """Recall, and precision among all that is told for this reason."""
    rows = np.random.default_rng(seed).choice(len(pictures.images), count, replace=False).tolist()
    odd = odd_images(pictures.planted(rows, change, seed))
    told = set(odd.loc[odd["why"] == why, "row"].tolist())
    right = len(told & set(rows))
    return right / count, right / max(1, len(told))


def _stamp(pictures: Pictures, share: float, seed: int) -> None:
    rng, labels = np.random.default_rng(seed), pictures.table["label"].to_numpy()
    of = int(rng.integers(len(pictures.class_names))) if len(pictures.class_names) > 2 else 1
    own = np.flatnonzero(labels == of)
    rows = rng.choice(own, round(share * len(own)), replace=False).tolist()
    told = pictures.told(pictures.planted(rows, _stamped, seed), seed)
    print(f"stamp on {share:.0%} of {pictures.class_names[of]}: {_said(told) or 'MISSED'}")


def _said(told: Sequence[Shortcut]) -> str:
    return ", ".join(f"{one.what} {one.class_name} {one.area:.2f} [{one.low:.2f}, {one.high:.2f}]" for one in told)


def _dimmed(image: Image.Image, _: np.random.Generator) -> Image.Image:
    return image.point(lambda level: level // 5)


def _blank(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Even grey with the noise of a camera."""
    level = rng.uniform(20, 235)
    return Image.fromarray(np.clip(rng.normal(level, 3, image.size[::-1]), 0, 255).astype(np.uint8))


def _blurred(image: Image.Image, _: np.random.Generator) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(max(1, RADIUS * max(image.size))))


def _stamped(image: Image.Image, _: np.random.Generator) -> Image.Image:
    (width, height), side = image.size, max(1, round(STAMP * max(image.size)))
    marked = image.copy()
    marked.paste("white", (width - side, height - side, width, height))
    return marked


PLANTED: dict[str, tuple[Change, int | None]] = {
    "dark": (_dimmed, None),
    "blank": (_blank, FEW),
    "blurred": (_blurred, FEW),
}

if __name__ == "__main__":
    main()
