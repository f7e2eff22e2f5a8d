"""How many threads torch uses in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

LARGE = 20_000
"""Images from which on more than one thread is worth its waiting for the others."""


@contextmanager
def few(images: int) -> Iterator[None]:
    """One for few images: several that share the cores with other processes mostly wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1 if images < LARGE else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
