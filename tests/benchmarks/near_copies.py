"""Both errors of near-copies: copies that are missed, and images that are grouped though nobody copied them.

    python tests/benchmarks/near_copies.py elpv digits folder:PATH
    python tests/benchmarks/near_copies.py elpv --sizes 32 224 --limits 6 8 12 --pictures pairs.png

Of each source some images are copied in ten ways, before they are made squares as an image set has them. What is
grouped of the source itself may be near-copies indeed: ``--pictures`` shows them.
"""

import argparse
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance
from yardstick import machine, timed

from steelyard.models.data import near_copies
from steelyard.models.data.partition import without_duplicates
from steelyard.tasks.images import image_sets
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.pixels import fitted, plain
from steelyard.tasks.sources import Source, open_source

COPIED, SHOWN, SEED = 400, 40, 0

Pixels = npt.NDArray[np.uint8]


def main() -> None:
    """Measure and print, a block per source and size."""
    asked = _arguments()
    print(machine("numpy", "scipy", "pillow"))
    for data in asked.sources:
        for size in asked.sizes:
            with tempfile.TemporaryDirectory() as folder:
                _measure(open_source(data, Path(folder)), size, Path(folder), asked)


def _measure(source: Source, size: int, folder: Path, asked: argparse.Namespace) -> None:
    with timed() as all_of_it:
        image_set = image_sets.load(extract_images(source, size, folder, skip_unusable=True))
    rows = without_duplicates(image_set.table, np.arange(len(image_set.table)))
    with timed() as seconds:
        own = near_copies.clusters(near_copies.hashes(image_set.images, rows))
    print(f"\n{source.name}, {len(rows):,} images at {size}: {seconds[0]:.2f} s of {all_of_it[0]:.2f} s of extraction")
    print(f"| {'limit':12} | {' | '.join(f'1/{limit}' for limit in asked.limits)} |")
    images = image_set.images[rows]
    grouped = [_clusters(images, limit) for limit in asked.limits]
    print(f"| {'grouped':12} | {' | '.join(f'{_grouped(first):,}' for first in grouped)} |")
    for name, copy in COPIES.items():
        missed = _missed(source, image_set.table["id"].to_numpy()[rows], images, copy, size, asked.limits)
        print(f"| {name:12} | {' | '.join(f'{share:.1%}' for share in missed)} |", flush=True)
    if asked.pictures:
        _show(images, own, Path(asked.pictures.format(source=source.name, size=size)))


def _missed(
    source: Source,
    ids: npt.NDArray[np.object_],
    images: Pixels,
    copy: Callable[[Image.Image], Image.Image],
    size: int,
    limits: list[int],
) -> list[float]:
    """Of some copies, the share that is in no cluster with its original, at each limit."""
    chosen = np.random.default_rng(SEED).choice(len(images), min(COPIED, len(images)), replace=False)
    places = source.table.reset_index().set_index("id")["index"].loc[ids[chosen]]
    copies = [np.asarray(fitted(copy(plain(source.read(place))), size, None)) for place in places]
    shaped = np.stack([np.broadcast_to(one.reshape(size, size, -1), images.shape[1:]) for one in copies])
    found = [_clusters(np.concatenate([images, shaped]), limit) for limit in limits]
    return [float(np.mean(first[len(images) :] != first[chosen])) for first in found]


def _clusters(images: Pixels, limit: int) -> npt.NDArray[np.int64]:
    near_copies.LIMIT = limit
    return near_copies.clusters(near_copies.hashes(images, np.arange(len(images))))


def _grouped(first: npt.NDArray[np.int64]) -> int:
    sizes = np.bincount(first)
    return int(sizes[sizes > 1].sum())


def _show(images: Pixels, first: npt.NDArray[np.int64], path: Path) -> None:
    """The first two of some clusters, side by side."""
    firsts = np.flatnonzero(np.bincount(first) > 1)[:SHOWN]
    pairs = [np.concatenate(images[np.flatnonzero(first == one)[:2]], axis=1) for one in firsts]
    if pairs:
        Image.fromarray(np.concatenate(pairs).repeat(3 // images.shape[3], axis=2)).save(path)


def _jpeg(quality: int) -> Callable[[Image.Image], Image.Image]:
    def copy(image: Image.Image) -> Image.Image:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return plain(Image.open(file))

    return copy


def _resized(image: Image.Image) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2), 2).resize(image.size, 2)


def _cropped(pixels: int) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.crop((pixels, pixels, image.width - pixels, image.height - pixels))


def _noisy(image: Image.Image) -> Image.Image:
    noise = np.random.default_rng(SEED).normal(0, 5, np.asarray(image).shape)
    return Image.fromarray(np.clip(np.rint(np.asarray(image) + noise), 0, 255).astype(np.uint8))


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG 75": _jpeg(75),
    "JPEG 50": _jpeg(50),
    "half size": _resized,
    "brighter 5%": lambda image: ImageEnhance.Brightness(image).enhance(1.05),
    "darker 5%": lambda image: ImageEnhance.Brightness(image).enhance(0.95),
    "contrast +10%": lambda image: ImageEnhance.Contrast(image).enhance(1.1),
    "contrast -10%": lambda image: ImageEnhance.Contrast(image).enhance(0.9),
    "noise of 5": _noisy,
    "1 px off": _cropped(1),
    "2 px off": _cropped(2),
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sources", nargs="+")
    parser.add_argument("--sizes", nargs="+", type=int, default=[32, 224])
    parser.add_argument("--limits", nargs="+", type=int, default=[5, 6, 8, 10, 16])
    parser.add_argument("--pictures", default="", help="PNG file; {source} and {size} are filled in")
    return parser.parse_args()


if __name__ == "__main__":
    main()
