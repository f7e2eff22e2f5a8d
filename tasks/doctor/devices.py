"""Devices, each with a real step of training, and memory."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from steelyard.tasks.doctor.findings import Finding
from steelyard.tasks.settings import Settings

BATCH, SIDE = 16, 32
"""Images of noise in the step, and pixels per side."""

SWEEP_GB, WORKER_GB = 1.1, 0.6
"""Of memory at the peak of the main job, measured on 2 cores: all of it but its workers, and each of these."""


def training_steps(settings: Settings) -> Iterator[Finding]:
    """A step on each device that torch sees, the CPU first."""
    import torch

    cuda = [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    for device in ("cpu", *cuda, *(["mps"] if torch.backends.mps.is_available() else [])):
        try:
            yield Finding("ok", device, _step(device))
        except Exception as error:  # noqa: BLE001  # of a driver, often, and of many kinds
            told = " ".join(str(error).split())[:300]
            mend = "install the torch that is made for this machine, see pytorch.org/get-started"
            yield Finding("broken", device, f"a step of training failed: {told or type(error).__name__}", mend)
    if not cuda and shutil.which("nvidia-smi"):
        build = torch.version.cuda or "none"
        told = f"this machine has NVIDIA's driver, and torch {torch.__version__} (CUDA {build}) sees no GPU"
        yield Finding("warn", "cuda", told, "install the torch that is made for it, see pytorch.org/get-started")


def _step(device: str) -> str:
    """What one step on noise, of recipe sound's network in the precision of a sweep, says of itself."""
    import torch

    from steelyard.models.spec.recipes import RECIPES
    from steelyard.models.spec.trial import Handling, Partition, Trial
    from steelyard.models.train import trainer
    from steelyard.models.train.learner import Data, Learner
    from steelyard.tasks.workers import devices

    machine = devices.resolve(Settings(device=device))
    part, recipe = Partition(positive="1"), RECIPES["sound"]
    trial = Trial(
        image_set="", partition=part, handling=Handling(name="none"), seed=0, recipe=recipe, compute=machine.compute
    )
    noise = torch.randint(0, 256, (BATCH, SIDE, SIDE, 1), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    rows = torch.arange(BATCH)
    data = Data(noise.to(device), (rows % 2).to(device), rows[None], rows)
    Learner(trainer.build(trial, data), data, trial, steps=1).step(rows)  # It refuses a loss that is not finite.
    name = f"{devices.cores()} cores" if device == "cpu" else _name(device)
    return f"{name}, a step of training in {machine.compute.precision} works"


def _name(device: str) -> str:
    import torch

    return torch.cuda.get_device_name(device) if device.startswith("cuda") else "Apple's GPU"


def memory(settings: Settings) -> Iterator[Finding]:
    """What is free now, within this container's limit, against what a sweep takes; nothing where no system tells."""
    free = _free_gb()
    if free is None:
        return
    from steelyard.tasks.workers.devices import cores

    workers = cores()
    needed = SWEEP_GB + WORKER_GB * workers
    told = f"{free:.1f} GB free, a sweep with {workers} workers takes about {needed:.1f}"
    if free < needed:
        yield Finding("warn", "memory", told, "end other programs, or give fewer --workers")
    else:
        yield Finding("ok", "memory", told)


def _free_gb() -> float | None:
    """Of Linux: what the machine has available, or the cgroup's limit leaves, whichever is less."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    machine = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)
    left = [free for free in (machine, _left_of_cgroup()) if free is not None]
    return min(left) / 1e9 if left else None


def _left_of_cgroup() -> int | None:
    here = Path("/sys/fs/cgroup")
    try:
        most, used = ((here / f"memory.{name}").read_text(encoding="ascii").strip() for name in ("max", "current"))
        # What files fill is given back when it is needed.
        stat = dict(line.split() for line in (here / "memory.stat").read_text(encoding="ascii").splitlines())
        return int(most) - int(used) + int(stat.get("inactive_file", 0))
    except (OSError, ValueError):
        return None
