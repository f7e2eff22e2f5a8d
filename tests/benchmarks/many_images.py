"""How long it takes to look at many images, and how much memory, once their features are there.

    python tests/benchmarks/many_images.py 100000 2

Images are blobs at random, of which one in 50 comes again a little brighter; features are drawn around a centre for
each class. Features and images are memory-mapped, as those of an image set are.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from yardstick import machine

from steelyard.models.data.image_set import ImageSet
from steelyard.models.findings.found import Asked, SeenBy, look
from steelyard.tasks.images.looks import COLUMNS

SIDE, WIDTHS, AT_ONCE = 32, (24, 24, 40, 40, 80, 80, 112, 112, 192, 192, 320, 320), 2000
HIDDEN, APART, AGAIN = 64, 0.4, 50


def main() -> None:
    """Make the images, look at them, and print."""
    asked = _arguments()
    print(machine("torch", "scikit-learn", "cleanlab", "numpy"))
    with tempfile.TemporaryDirectory() as folder:
        rng = np.random.default_rng(0)
        labels = rng.integers(0, asked.classes, asked.images) if asked.classes > 2 else _rare(asked.images, rng)
        images, seen_by, parts = _made(Path(folder), labels, rng)
        begun = last = time.monotonic()

        def tell(stage: str) -> None:
            nonlocal last
            now = time.monotonic()
            print(f"{now - last:6.1f} s, then {stage}", flush=True)
            last = now

        found = look(images, seen_by, Asked(labels, images.class_names, parts), tell)
        print(f"{time.monotonic() - last:6.1f} s to the end")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        told = f"{found.copies.images} copies, {len(found.suspects):,} suspects, {found.separability}"
        took = f"{time.monotonic() - begun:.0f} s, at most {peak:.2f} GB"
        print(f"{asked.images:,} images of {asked.classes} classes: {took}")
        print(told)


def _rare(count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    return (rng.random(count) < 0.1).astype(np.int64)


def _made(
    folder: Path, labels: npt.NDArray[np.int64], rng: np.random.Generator
) -> tuple[ImageSet, SeenBy, npt.NDArray[np.object_]]:
    count, width = len(labels), sum(WIDTHS)
    pixels = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, (count, SIDE, SIDE, 3))
    features = np.lib.format.open_memmap(folder / "features.npy", "w+", np.float32, (count, width))
    mixed = rng.normal(size=(HIDDEN, width)).astype(np.float32)
    centres = APART * rng.normal(size=(int(labels.max()) + 1, HIDDEN)).astype(np.float32)
    for start in range(0, count, AT_ONCE):
        size = min(AT_ONCE, count - start)
        coarse = torch.from_numpy(rng.random((size, 3, 8, 8), dtype=np.float32))
        drawn = torch.nn.functional.interpolate(coarse, (SIDE, SIDE), mode="bicubic").clamp(0, 1)
        pixels[start : start + size] = (255 * drawn).permute(0, 2, 3, 1).numpy().astype(np.uint8)
        hidden = rng.normal(size=(size, HIDDEN)).astype(np.float32) + centres[labels[start : start + size]]
        features[start : start + size] = hidden @ mixed + rng.normal(size=(size, width)).astype(np.float32)
    for row in range(count // AGAIN):
        pixels[count - 1 - row] = np.clip(1.1 * pixels[row], 0, 255).astype(np.uint8)
    pixels.flush()
    features.flush()
    names = [f"class{label}/camera{row % 7}_{row:06}.jpg" for row, label in enumerate(labels.tolist())]
    parts = np.where(rng.random(count) < 0.15, "test", "train").astype(object)
    table = pd.DataFrame(
        {"id": names, "label": labels, "split": parts, "group": "", "digest": [*map(str, range(count))]}
    )
    looks = pd.DataFrame({name: rng.random(count).astype(np.float32) for name in COLUMNS})
    images = np.load(folder / "images.npy", mmap_mode="c")
    classes = tuple(f"class{label}" for label in range(int(labels.max()) + 1))
    seen_by = SeenBy(np.load(folder / "features.npy", mmap_mode="c"), WIDTHS, looks.assign(width=640.0, height=480.0))
    return ImageSet("many", "", classes, images, table), seen_by, parts


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("images", nargs="?", type=int, default=100_000)
    parser.add_argument("classes", nargs="?", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
