"""`steelyard schedule`, or another command on a timetable, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

TINY = ["--positive", "dog", "--size", "8", "--recipe", "sound", "--epochs", "1", "--seeds", "1,", "--weights", "0.8"]
TINY += ["--batch", "16"]


@contextmanager
def schedule(
    folder: Path, url: str, *options: str, given: Sequence[str] = ("schedule", *TINY)
) -> Iterator[subprocess.Popen[str]]:
    """A schedule that is served from a working folder; what it says is in ``said.txt`` there."""
    command = [sys.executable, "-m", "steelyard", *given, *options]
    environment = os.environ | {"PREFECT_API_URL": url, "PREFECT_RUNNER_POLL_FREQUENCY": "1"}
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=said, stderr=said, text=True, start_new_session=True
        )
    try:
        while "is scheduled" not in (told := (folder / "said.txt").read_text()):
            assert process.poll() is None, told
            time.sleep(0.2)
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """End a process and its children as a power cut does."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
