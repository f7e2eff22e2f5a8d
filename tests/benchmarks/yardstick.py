"""What other ways are timed against: the tutorial's own loop, and the machine that it runs on."""

import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

import numpy as np
import torch
from torch import Tensor, nn

from steelyard.models.data.partition import Parts
from steelyard.models.train.inputs import presented
from steelyard.models.train.networks import classifier, initialise

EPOCHS, BATCH = 10, 64


def tutorials_loop(parts: Parts, images: Tensor, seed: int) -> float:
    """Seconds of the tutorial's ten epochs as its notebook runs them.

    Its bookkeeping is included: a second pass over train and two over validation after each epoch.

    Args:
        parts: train, and test, which is its validation.
        images: (N, H, W, C) uint8.
        seed: of the order and the first weights.
    """
    torch.manual_seed(seed)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(parts.train))
    labels, test = torch.from_numpy(parts.labels), torch.from_numpy(parts.test)
    network = classifier("tutorial", images.shape[3], softmax=True, fixed_pool=True)
    initialise(network, torch.Generator().manual_seed(seed), xavier=True)
    optimiser, loss = torch.optim.Adam(network.parameters(), lr=1e-3), nn.CrossEntropyLoss()
    with timed() as seconds:
        for _ in range(EPOCHS):
            for rows in torch.split(order, BATCH):
                optimiser.zero_grad()
                loss(network(presented(images[rows])), labels[rows]).backward()
                optimiser.step()
            network.eval()
            for part in (order, test, test):
                _pass(network, images, part)
    return seconds[0]


def _pass(network: nn.Module, images: Tensor, part: Tensor) -> None:
    with torch.no_grad():
        for rows in torch.split(part, BATCH):
            network(presented(images[rows])).argmax(1)


@contextmanager
def timed() -> Iterator[list[float]]:
    """A list that holds the seconds of the block once that has ended."""
    seconds: list[float] = []
    start = time.perf_counter()
    yield seconds
    seconds.append(time.perf_counter() - start)


def machine(*packages: str) -> str:
    """Processor, cores, load, and versions, in a line."""
    name = torch.cpu.get_capabilities().get("cpu_name", platform.processor())
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return f"{name}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {versions}"


def verdict(name: str, value: float, bar: str, holds: bool) -> bool:
    """Print a value beside its bar; whether it holds."""
    print(f"{name} {value:.3f}, bar {bar}: {'holds' if holds else 'MISSED'}")
    return holds
