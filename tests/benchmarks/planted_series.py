"""How often a planted series is proposed as groups, and what is proposed where there is none.

    python tests/benchmarks/planted_series.py
    python tests/benchmarks/planted_series.py --clean digits elpv folder:PATH
    python tests/benchmarks/planted_series.py --seeds 1 --clean          # a look whether it runs

Each seed makes 60 series of 10 to 20 photographs of a texture each, a defect being a faint scratch; a series is of one
class, or of both where the seed is odd. The same images are then named in four ways. Beside them stand images with a
texture each, under the same names, and the sources of ``--clean``, whose own groups are hidden.
"""

import argparse
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageDraw
from yardstick import machine, timed

from steelyard.models.data.carve import Groups
from steelyard.models.findings.groups.name_fields import is_run
from steelyard.models.findings.groups.name_patterns import candidates, group_names
from steelyard.models.findings.groups.proposal import Images, ProposedGroups
from steelyard.models.findings.groups.proposed_groups import look_alikes_unnamed, proposed_groups
from steelyard.models.spec.sweep import Sweep
from steelyard.models.train.principal_axes import axes_of, turned
from steelyard.tasks import planning
from steelyard.tasks.embed import embed
from steelyard.tasks.features import feature_sets
from steelyard.tasks.images import image_sets
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source

SERIES, A_DAY, SIDE, WHOLE, NEIGHBOURS, AXES = 60, 3, 96, 200, 10, 256
TOKEN, DAY = r"series(\d+)", "exif-date"

Pixels = npt.NDArray[np.float64]


def main() -> None:
    """Measure and print, a line per set and way of naming."""
    asked = _arguments()
    print(machine("torch", "numpy", "pillow"), flush=True)
    right: dict[str, list[bool]] = {}
    for seed in range(asked.seeds):
        for planted in (True, False):
            with tempfile.TemporaryDirectory() as folder:
                _photograph(Path(folder) / "images", seed, planted)
                told = _of_folder(Path(folder), f"seed {seed}, {'series' if planted else 'each alone'}")
            for way, holds in told.items():
                right.setdefault(f"{'series' if planted else 'each alone'}, {way}", []).append(holds == planted)
    for data in asked.clean:
        with tempfile.TemporaryDirectory() as folder:
            images, ids = _embedded(data, Path(folder))
            _told(data, images, _by_names(ids, images))
    print()
    for way, holds in right.items():
        print(f"{way}: right {sum(holds)} of {len(holds)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--clean", nargs="*", default=["digits"], help="sources whose own groups are hidden")
    return parser.parse_args()


def _photograph(folder: Path, seed: int, planted: bool) -> None:
    """Files ``good/series03_0042.png``: number of the series, then of the photograph, in the order they are taken."""
    rng, number = np.random.default_rng([seed, planted]), 0
    for series in rng.permutation(SERIES).tolist():
        texture, share = _texture(rng), rng.random()
        for _ in range(rng.integers(10, 21)):
            defect = rng.random() < share if seed % 2 else series % 2 == 1
            file = folder / ("bad" if defect else "good") / f"series{series:02}_{number:04}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            _photo(texture if planted else _texture(rng), defect, rng).save(file)
            number += 1


def _texture(rng: np.random.Generator) -> Pixels:
    """(WHOLE, WHOLE, 3) in [0, 255]: noise of five scales, with a brightness, contrast and tint of its own."""
    whole = np.zeros((WHOLE, WHOLE))
    for octave in (3, 6, 12, 25, 50):
        noise = rng.normal(size=(octave, max(2, int(octave * rng.uniform(0.3, 1))))).astype(np.float32)
        resized = Image.fromarray(noise).resize((WHOLE, WHOLE), Image.Resampling.BICUBIC)
        whole += rng.random() ** 2 * np.asarray(resized)
    tint = rng.uniform(90, 160) + rng.normal(0, 8, 3)
    return np.clip(tint + rng.uniform(15, 40) * ((whole - whole.mean()) / whole.std())[..., None], 0, 255)


def _photo(texture: Pixels, defect: bool, rng: np.random.Generator) -> Image.Image:
    top, left = rng.integers(0, WHOLE - SIDE, 2)
    pixels = texture[top : top + SIDE, left : left + SIDE] * rng.uniform(0.93, 1.07) + rng.normal(0, 4, (SIDE, SIDE, 1))
    image = Image.fromarray(np.clip(pixels[:, :: rng.choice([-1, 1])], 0, 255).astype(np.uint8))
    if defect:
        start = rng.uniform(10, SIDE - 10, 2)
        level = np.clip(pixels[int(start[1]), int(start[0])] + rng.choice([-30, 30]), 0, 255).astype(int)
        ImageDraw.Draw(image).line([*start, *(start + rng.normal(0, 10, 2))], fill=tuple(level.tolist()))
    return image


def _of_folder(folder: Path, name: str) -> dict[str, bool]:
    """By way of naming, whether what it tells of series is proposed; where images stand alone, whether anything is."""
    images, ids = _embedded(f"folder:{folder / 'images'}", folder)
    alone, rng = "alone" in name, np.random.default_rng(0)
    parts = [re.fullmatch(r"(\w+)/series(\d+)_(\d+)\.png", file).groups() for file in ids]  # type: ignore[union-attr]
    order = list(dict.fromkeys(series for _, series, _ in sorted(parts, key=lambda of: of[2])))
    runs = [f"{label}/IMG_{int(number) + 4000}.png" for label, _, number in parts]
    hashes = [f"{label}/{rng.bytes(8).hex()}.png" for label, _, _ in parts]
    days = np.array([f"2026-03-{1 + order.index(series) // A_DAY:02}" for _, series, _ in parts], dtype=object)
    ways = {
        "series in names": (_by_names(ids, images), lambda option: option == TOKEN),
        "runs of numbers": (_by_names(runs, images), is_run),
        "days": (_by_names(hashes, images) | {DAY: days}, lambda option: option == DAY),
        "no names": (_by_names(hashes, images), lambda option: option == ""),
    }
    found = {}
    for way, (groupings, fits) in ways.items():
        told = _told(f"{name}, {way}", images, groupings)
        found[way] = bool(told) if alone else bool(told) and fits(told[0].option)
    return found


def _by_names(ids: list[str], images: Images) -> dict[str, Groups]:
    return {pattern: group_names(pattern, ids) for pattern in candidates(ids, images.labels)}


def _told(name: str, images: Images, groupings: Mapping[str, Groups]) -> list[ProposedGroups]:
    """What is proposed, or else the clusters that no name explains; both are printed."""
    with timed() as seconds:
        found = proposed_groups(images, groupings)
        clusters = look_alikes_unnamed(images, groupings[found[0].option] if found else None)
    print(f"{name}: {len(images.labels):,} images, {len(groupings)} candidates, {seconds[0]:.1f} s", flush=True)
    for of in [*found, *filter(None, [clusters])]:
        areas = (
            f"area {of.area_random:.3f} -> {of.area_grouped:.3f}, less by {of.drop:.3f} [{of.low:.3f}, {of.high:.3f}]"
        )
        neighbours = f"neighbours {of.same_group:.2f} (by chance {of.chance:.2f})"
        print(f"    {of.option or 'look-alikes'}: {of.groups} groups, {of.images:,} images, {neighbours}, {areas}")
    return found or list(filter(None, [clusters]))


def _embedded(data: str, folder: Path) -> tuple[Images, list[str]]:
    """Images along the leading axes of their features, near-copies together, and their ids."""
    settings = Settings(cache=folder / "cache", device="cpu")
    image_set = extract_images(open_source(data, settings.cache), 32, settings.cache, skip_unusable=False)
    names = image_sets.read_manifest(image_set).class_names
    two_classes = {"positive": names[1], "imbalance": 0} if len(names) == 2 else {}
    spec = planning.settled(Sweep.model_validate({"data": data} | two_classes), image_set, settings)
    embedded = embed.fn(image_set, spec, settings, folder)
    assert embedded is not None
    features, table = feature_sets.load(embedded), image_sets.load(image_set).table
    rows = np.flatnonzero(np.any(features, axis=1))
    axes = axes_of(features, rows, feature_sets.widths(embedded))
    coordinates = torch.cat(list(turned(features, rows, axes)))[:, :AXES]
    # Groups of the source are hidden; near-copies are found for any set.
    groups = np.array(
        [name if name.startswith("near-copies") else "" for name in table["group"].to_numpy()[rows]], object
    )
    labels = np.unique(table["label"].to_numpy()[rows], return_inverse=True)[1].astype(np.int64)
    return Images(coordinates.numpy(), _nearest(coordinates), labels, groups), table["id"].to_numpy()[rows].tolist()


def _nearest(coordinates: torch.Tensor) -> npt.NDArray[np.int64]:
    distances = torch.cdist(coordinates, coordinates).fill_diagonal_(torch.inf)
    return distances.topk(NEIGHBOURS, largest=False).indices.numpy()


if __name__ == "__main__":
    main()
