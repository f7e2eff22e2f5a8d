"""Tell whoever asked for it what became of a sweep, of a model at the gate, or of a look: a command gets JSON."""

import json
import logging
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.words.answer import answer
from steelyard.tasks.credentials import masked
from steelyard.tasks.settings import Settings

logger = logging.getLogger(__name__)

Event = Literal["ended", "failed", "promoted", "kept out", "drifted"]

SECONDS = 60
"""That a command may take before it is given up."""

LONGEST = 300
"""Characters of what a command said as it failed."""


def tell(command: str, event: Event, **told: Any) -> None:
    """Run a command of a shell with ``{"event": ..., ...}`` on its standard input; nothing where there is none.

    One that fails, or takes too long, is warned of, and nothing else depends on it.
    """
    if not command:
        return
    said = json.dumps({"event": event} | told, ensure_ascii=False).encode("utf-8", "backslashreplace")
    if why := _failure(command, said):
        logger.warning("--notify was not told that a sweep or model %s: %s", event, masked(" ".join(why.split())))


def _failure(command: str, said: bytes) -> str:
    """Why a command failed, whose processes have all ended; "" where it did not."""
    try:
        running = subprocess.Popen(
            ["/bin/sh", "-c", command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return str(error)
    try:
        _, errors = running.communicate(said, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        return f"it took more than {SECONDS} seconds"
    told = errors.decode("utf-8", "backslashreplace").strip()[-LONGEST:]
    return f"it ended with {running.returncode}: {told}" if running.returncode else ""


@contextmanager
def of_failure(command: str, **about: str) -> Iterator[None]:
    """Tell a command that what it is about ends with an exception, which goes on."""
    try:
        yield
    except Exception as error:
        tell(command, "failed", **about, reason=masked(" ".join(str(error).split())))
        raise


def of_sweep(comparison: Comparison, settings: Settings) -> None:
    """Tell how a sweep ended: its answer, its runs, what failed and what was registered."""
    said = answer(comparison)
    tell(
        settings.notify,
        "failed" if comparison.failed or said is None else "ended",
        badge=said.badge if said else None,
        answer=list(said.lines) if said else [],
        objective=comparison.objective,
        sweep_run_id=comparison.sweep_run_id,
        tracking_uri=comparison.tracking_uri,
        trials=len(comparison.trials),
        failed=[f"{trial.cell}{trial.apart}: {trial.reason}" for trial in comparison.failed],
        registered=list(comparison.registered),
    )
