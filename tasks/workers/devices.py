"""Which devices there are, how many trials run at once, and what of it goes into a trial."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from steelyard.models.errors import BadInput
from steelyard.models.spec.trial import Compute, Precision
from steelyard.tasks.settings import Settings

TRIAL_BYTES = 2 * 2**30
"""GPU memory set aside for a trial beside its images: CUDA context, network and activations of small images."""

MOST_PER_DEVICE = 8


@dataclass(frozen=True)
class Machine:
    """What a sweep runs on.

    Attributes:
        devices: names as torch knows them, ``cpu``, ``cuda:0``, ...
        per_device: trials that may share one device.
        workers: trials that run at once.
        compute: the part that can change a metric.
    """

    devices: tuple[str, ...]
    per_device: int
    workers: int
    compute: Compute


def resolve(settings: Settings, image_bytes: int = 0) -> Machine:
    """Devices, workers, threads and precision for these settings; each trial on a GPU holds a copy of the image set.

    Raises:
        BadInput: a device that is unknown or not there.
    """
    devices = _devices(settings.device)
    kind = devices[0].partition(":")[0]
    if kind == "cpu":
        workers = settings.workers or cores()
        compute = Compute(device=kind, threads=max(1, cores() // workers), precision=precision(kind))
        return Machine(devices, workers, workers, compute)
    per_device = settings.trials_per_device or _fitting(devices, TRIAL_BYTES + image_bytes)
    places = len(devices) * per_device
    compute = Compute(device=kind, threads=1, precision=precision(kind))
    return Machine(devices, per_device, min(settings.workers or places, places), compute)


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def lease(devices: tuple[str, ...], per_device: int, folder: Path) -> Iterator[str]:
    """A place on one of the devices, shared fairly with every sweep of this user; free at once when its holder dies.

    Each device has so many places, lock files in the folder; ``cpu`` needs no lease.
    """
    if devices == ("cpu",):
        yield "cpu"
        return
    folder.mkdir(parents=True, exist_ok=True)
    device, lock = _first_free(devices, per_device, folder)
    try:
        yield device
    finally:
        lock.release()


def _first_free(devices: tuple[str, ...], per_device: int, folder: Path) -> tuple[str, FileLock]:
    # Place by place over all devices, so that trials spread before they share.
    places = [(device, place) for place in range(per_device) for device in devices]
    while True:
        for device, place in places:
            lock = FileLock(folder / f"{device.replace(':', '-')}.{place}.lock", thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            return device, lock
        time.sleep(0.05)


def _devices(asked: str) -> tuple[str, ...]:
    cuda = tuple(f"cuda:{index}" for index in range(torch.cuda.device_count())) if torch.cuda.is_available() else ()
    mps = ("mps",) if torch.backends.mps.is_available() else ()
    there = {"auto": cuda or mps or ("cpu",), "cpu": ("cpu",), "cuda": cuda, "mps": mps}
    there |= {name: (name,) for name in cuda}
    if asked not in there and not asked.startswith("cuda:"):
        raise BadInput(f"device must be auto, cpu, cuda, cuda:N or mps, got {asked!r}")
    if not there.get(asked):
        here = ", ".join((*cuda, *mps, "cpu"))
        raise BadInput(f"device must be one that is here, {here}, got {asked!r}; try --device auto")
    return there[asked]


def _fitting(devices: tuple[str, ...], trial_bytes: int) -> int:
    if not devices[0].startswith("cuda"):
        return 1
    free = min(torch.cuda.mem_get_info(torch.device(device))[0] for device in devices)
    return max(1, min(MOST_PER_DEVICE, free // trial_bytes))


def precision(kind: str) -> Precision:
    """bfloat16 where the hardware multiplies it natively, from its flags and never from a timing."""
    if kind == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    flags = torch.cpu.get_capabilities() if kind == "cpu" else {}
    return "bfloat16" if flags.get("avx512_bf16") or flags.get("amx_bf16") else "float32"
