"""A Ray cluster of two nodes on this machine, each with a temporary folder of its own, started as people start it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import patience

from steelyard.tasks.tracking.server import _any_free

MEMORY = "150000000"
"""Bytes of each node's object store."""


@dataclass(frozen=True)
class Node:
    """One of them; the processes of a node have its folder in their command lines."""

    folder: Path

    @property
    def processes(self) -> list[int]:
        listed = subprocess.run(["/usr/bin/pgrep", "-f", str(self.folder)], capture_output=True, text=True, check=False)
        return [int(line) for line in listed.stdout.split() if int(line) != os.getpid()]

    def kill(self) -> None:
        """As a power cut does."""
        deadline = time.monotonic() + patience.SECONDS
        while there := self.processes:
            assert time.monotonic() < deadline
            for process in there:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(0.2)


@contextmanager
def two_nodes(folder: Path) -> Iterator[tuple[str, Node]]:
    """The address of a cluster of two nodes with a processor each, and the second of them."""
    address, nodes = f"127.0.0.1:{_any_free()}", [Node(folder / name) for name in ("a", "b")]
    asked = (["--head", "--port", address.rpartition(":")[2], "--include-dashboard=false"], ["--address", address])
    try:
        for node, own in zip(nodes, asked, strict=True):
            command = [str(Path(sys.executable).parent / "ray"), "start", *own, "--temp-dir", str(node.folder)]
            given = ["--num-cpus", "1", "--object-store-memory", MEMORY, "--disable-usage-stats"]
            subprocess.run([*command, *given], check=True, capture_output=True, timeout=patience.SECONDS)
        yield address, nodes[1]
    finally:
        for node in nodes:
            node.kill()
