"""MLflow's scoring server, started as people start it, in a Python that cannot import Steelyard."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import patience
import requests

from steelyard.tasks.tracking import server

REFUSE = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "steelyard":
            raise ImportError(f"{name} is not installed here")

sys.meta_path.insert(0, Refuse())
"""


@contextmanager
def serving(model: str, folder: Path, store: str = "") -> Iterator[str]:
    """Serve a model at the address that is given.

    Args:
        model: its folder, or its address in a store.
        folder: empty; what the server's Python finds first.
        store: tracking URI of the model's address.
    """
    (folder / "sitecustomize.py").write_text(REFUSE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", model, "-h", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(
        [*command, "--env-manager", "local"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)} | ({"MLFLOW_TRACKING_URI": store} if store else {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    base, deadline = f"http://127.0.0.1:{port}", time.monotonic() + patience.SECONDS
    try:
        while not server.server_answers(base, seconds=2):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.2)
        yield base
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def asked(base: str, images: npt.NDArray[np.uint8]) -> list[dict[str, Any]]:
    """What it answers: a row for each of (N, H, W, C) images."""
    answer = requests.post(f"{base}/invocations", json={"inputs": images.tolist()}, timeout=patience.SECONDS)
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["predictions"]
    return rows
