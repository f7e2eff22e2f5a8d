"""The processes of a sweep, as the system shows them."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

MARK = "STEELYARD_TESTS_MARK"
"""In the environment of a process, and of all that it starts, whatever session or parent they end up with."""

KINDS = {
    "prefect": "Prefect's server",
    "multiprocessing.forkserver": "forkserver",
    "multiprocessing.resource_tracker": "resource tracker",
    "steelyard": "main",
}
"""What a kind of process has in its command line; the first that is there tells."""


def workers(pid: int) -> list[int]:
    """Grandchildren of a sweep, by way of the forkserver."""
    return [worker for child in _children(pid) for worker in _children(child)]


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["/usr/bin/pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]


def of_session(pid: int) -> list[int]:
    """What still lives of all that a process with a session of its own has started, servers with their own left out."""
    listed = subprocess.run(["/usr/bin/pgrep", "-s", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]


def marked(mark: str) -> dict[int, str]:
    """Kind of each process that has the mark in its environment, by its id; one that is dead is left out."""
    wanted, found = f"{MARK}={mark}".encode(), {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = _kind(folder)
    return found


def _kind(folder: Path) -> str:
    command = _command(folder)
    kind = next((kind for part, kind in KINDS.items() if part in command), "other")
    parent = (folder / "stat").read_text().rpartition(") ")[2].split()[1]
    # A worker is forked and has its parent's command line.
    with suppress(OSError):
        if kind == "forkserver" and _command(Path("/proc", parent)) == command:
            return "worker"
    return kind


def _command(folder: Path) -> str:
    """Without the program, whose path may hold anything."""
    return (folder / "cmdline").read_bytes().partition(b"\0")[2].decode(errors="replace")


def seconds_until_gone(mark: str, most: float) -> float:
    """How long anything with the mark still lives; what lives longer than ``most`` is killed, and ``inf`` returned."""
    started = time.monotonic()
    while left := marked(mark):
        if time.monotonic() - started > most:
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return float("inf")
        time.sleep(0.02)
    return time.monotonic() - started
