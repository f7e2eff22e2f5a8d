"""What embedding adds to resident memory, in the parent and in the processes that embed: it must not grow with images.

    python tests/benchmarks/embedding_memory.py            # 20,000 images, about 2 minutes on 2 cores
    python tests/benchmarks/embedding_memory.py 100000

Measured on 2 cores of an AMD EPYC, torch 2.13, n = 1: 100,000 images took 0.18 GB.
Small PNGs are really decoded and go through a small network of random weights at 32 pixels. Linux only: memory comes
from /proc.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import safetensors.torch
import timm
import torch
from PIL import Image

from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import progress
from steelyard.tasks.embed import embed
from steelyard.tasks.features import feature_sets
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source

BACKBONE, MOST = "mobilenetv3_small_050", 1.0
"""The network, and the GB that memory may grow by."""


class Watch:
    """Resident GB of this process and of all below it, as it was when images began to be done, and at most."""

    def __init__(self) -> None:
        self.begun, self.most, self.done = 0.0, 0.0, 0

    def note(self, news: progress.News) -> None:
        if isinstance(news, progress.Extracting):
            self.done = news.done

    @contextmanager
    def watching(self) -> Iterator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(ended,))
        thread.start()
        try:
            with progress.listening(self.note):
                yield
        finally:
            ended.set()
            thread.join()

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(0.1):
            now = sum(map(resident, family(os.getpid())))
            self.begun = self.begun or (now if self.done else 0.0)
            self.most = max(self.most, now)


def resident(pid: int) -> float:
    """GB, pages of memory maps included; 0 of a process that is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e9
    except OSError:
        return 0.0


def family(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        # Whoever starts a process in a thread is its parent by that thread.
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += [int(child) for child in (task / "children").read_text().split()]
    except OSError:
        return [pid]
    return [pid, *(below for child in dict.fromkeys(children) for below in family(child))]


def draw(root: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (root / name).mkdir(parents=True)
    for number in range(count):
        pixels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / ("cat", "dog")[number % 2] / f"{number:06}.png", compress_level=0)


def main(count: int) -> int:
    """Measure and print; 0 if memory grew by less than ``MOST``."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        draw(root / "pets", count)
        torch.manual_seed(0)
        weights = root / "random.safetensors"
        safetensors.torch.save_file(timm.create_model(BACKBONE, pretrained=False).state_dict(), weights)
        settings = Settings(cache=root / "cache", device="cpu")
        given = {"data": f"folder:{root / 'pets'}", "positive": "cat", "size": 32, "backbone_size": 32, "imbalance": 0}
        spec = Sweep.model_validate(given | {"backbone": BACKBONE, "backbone_weights": str(weights), "views": 1})
        image_set = extract_images(open_source(spec.data, settings.cache), spec.size, settings.cache, False)
        before, watch, start = resident(os.getpid()), Watch(), time.monotonic()
        with watch.watching():
            features = embed.fn(image_set, spec, settings, root)
        seconds = time.monotonic() - start
        assert features is not None
        shape = feature_sets.load(features).shape
        grown, own = watch.most - watch.begun, resident(os.getpid()) - before
    print(f"{count:,} images to {shape[1]} features each, {np.prod(shape) * 4 / 1e9:.2f} GB, in {seconds:.0f} s")
    print(f"resident, all processes: {watch.begun:.2f} GB as the first images were done, {watch.most:.2f} GB at most")
    print(f"grown by {grown:.2f} GB (must be < {MOST}); the parent alone by {own:.2f} GB")
    return 0 if max(grown, own) < MOST else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
