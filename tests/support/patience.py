"""How long tests wait for what must come: a bound on what hangs, which no loaded machine comes near."""

import time
from collections.abc import Callable

SECONDS = 600


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once it holds; fail after ``SECONDS``."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
