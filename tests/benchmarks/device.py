"""What a device is kept busy with: embedding beside the backbone's own forward pass, trials per minute, share in use.

    python tests/benchmarks/device.py                                       # the GPU there is, else the CPU
    python tests/benchmarks/device.py --device cpu --backbone-size 64       # a look whether it runs
    python tests/benchmarks/device.py -- --data elpv --positive defective   # other images

A sweep of heads runs as a user runs it, with an empty cache and a store of its own; what follows ``--`` are more of its
options, which win. The forward pass is timed on pixels that lie in the device's memory already, in as many processes as
embed (one per GPU; one of one thread per core), after the sweep. The share in use is what ``nvidia-smi`` says, or of a
CPU what /proc/stat says of all cores, once a second from the first image to the last trial. Linux only.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import torch
from mlflow import MlflowClient
from yardstick import machine

from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import planning
from steelyard.tasks.features import embedding
from steelyard.tasks.images import extraction
from steelyard.tasks.planning import Embeds
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source

EMBEDDED = re.compile(r"embedded ([\d,]+) images in ([\d.]+) s")
BATCHES, WARM = 20, 3


def main() -> None:
    """Measure and print."""
    asked, more = _arguments()
    with tempfile.TemporaryDirectory() as name:
        folder, used = Path(name), InUse(asked.device)
        given = {"data": "digits", "positive": "8", "weights": "0.5:0.95:12", "device": asked.device}
        given |= {"backbone-size": str(asked.backbone_size)}
        given |= dict(zip((part.removeprefix("--") for part in more[::2]), more[1::2], strict=True))
        with used:
            said = _swept(given, folder)
        there = EMBEDDED.search(said)
        assert there is not None, said
        own = int(there[1].replace(",", "")) / float(there[2])
        plan = _plan(given, folder)
        forward = _forward(plan)
        print(f"{machine('torch', 'timm')}; {_name(plan.devices[0])} x {len(plan.devices)}; {given}")
        print(f"embedding: {own:.1f} images/s, {own / forward:.0%} of the forward pass alone, {forward:.1f} (n=1)")
        print(f"trials: {_per_minute(folder):.0f} a minute (n=1)")
        print(f"share in use: median {median(used.shares):.0%} of {len(used.shares)} looks")


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--backbone-size", type=int, default=224)
    given = sys.argv[1:]
    end = given.index("--") if "--" in given else len(given)
    return parser.parse_args(given[:end]), given[end + 1 :]


def _swept(given: dict[str, str], folder: Path) -> str:
    where = {"cache": str(folder / "cache"), "tracking-uri": f"sqlite:///{folder / 'mlflow.db'}"}
    options = [part for name, value in (given | where).items() for part in (f"--{name}", value)]
    command = [sys.executable, "-m", "steelyard", "sweep", "--verbose", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr + done.stdout


def _plan(given: dict[str, str], folder: Path) -> Embeds:
    fields = {name.replace("-", "_"): value for name, value in given.items() if name != "device"}
    spec, settings = Sweep.model_validate(fields), Settings(cache=folder / "cache", device=given["device"])
    source = open_source(cache=settings.cache, **spec.origin)
    image_set = extraction.extract_images(source, spec.size, settings.cache, spec.skip_unusable, spec.fit)
    return planning.embedding(image_set, planning.settled(spec, image_set, settings), settings)


def _forward(plan: Embeds) -> float:
    """Images per second of all processes together."""
    with ProcessPoolExecutor(len(plan.devices), mp_context=get_context("spawn")) as processes:
        return sum(processes.map(_of_one, [plan] * len(plan.devices), plan.devices))


def _of_one(plan: Embeds, device: str) -> float:
    torch.set_num_threads(plan.embedding.threads)
    backbone = embedding.build(plan.embedding, plan.weights.file, device)
    size = plan.embedding.size
    images = torch.randint(0, 256, (embedding.BATCH, 3, size, size), dtype=torch.uint8, device=device)
    with torch.inference_mode():
        for _ in range(WARM):
            backbone(images).cpu()
        start = time.perf_counter()
        for _ in range(BATCHES):
            features = backbone(images)
        features.cpu()  # Waits for the device.
    return BATCHES * embedding.BATCH / (time.perf_counter() - start)


def _per_minute(folder: Path) -> float:
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    every = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(every, "tags.role = 'trial'", max_results=1000)
    took = max(run.info.end_time for run in runs) - min(run.info.start_time for run in runs)
    return float(len(runs) / took * 60_000)


def _name(device: str) -> str:
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


@dataclass
class InUse:
    """Looks once a second, within a block, at how much of a device is in use."""

    device: str
    shares: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> None:
        threading.Thread(target=self._look, daemon=True).start()

    def __exit__(self, *error: object) -> None:
        self.over.set()

    def _look(self) -> None:
        before = _ticks()
        while not self.over.wait(1.0):
            if self.device.startswith("cuda"):
                asked = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]
                told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()
                self.shares.append(sum(map(float, told)) / len(told) / 100)
            else:
                now = _ticks()
                idle, every = now[0] - before[0], now[1] - before[1]
                self.shares.append(1 - idle / max(1, every))
                before = now


def _ticks() -> tuple[int, int]:
    """Idle ticks of all cores, and all ticks."""
    ticks = [int(part) for part in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


if __name__ == "__main__":
    main()
