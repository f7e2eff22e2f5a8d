"""MLflow's and Prefect's servers as people start them, each of which can be killed, halted and started again."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import patience

from steelyard.tasks.tracking.server import _any_free, server_answers


@dataclass
class Server:
    """A server at one address, on one database, whenever it is started.

    Attributes:
        module: and its arguments, for Python to run.
        folder: working folder.
        uri: address below which ``/health`` answers.
    """

    module: list[str]
    folder: Path
    environment: dict[str, str]
    uri: str
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        """Return once it answers."""
        alone = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_API")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *self.module],
            cwd=self.folder,
            env=alone | self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + patience.SECONDS
        while not server_answers(self.uri, seconds=2):
            assert self.process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)

    def send(self, number: signal.Signals) -> None:
        """To all of its processes."""
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """As a power cut does; nothing happens to one that is not there."""
        if self.process and self.process.poll() is None:
            self.send(signal.SIGKILL)
            self.process.wait()

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()


def mlflow(folder: Path, database: str = "", *options: str) -> Server:
    """On ``mlflow.db`` of a folder or another database, with files in ``mlartifacts`` there; lean, without jobs."""
    uri = f"http://127.0.0.1:{_any_free()}"
    module = ["mlflow", "server", "--backend-store-uri", database or f"sqlite:///{folder / 'mlflow.db'}"]
    module += ["--port", uri.rpartition(":")[2], "--workers", "1", *options]
    return Server(module, folder, {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}, uri)


def prefect(folder: Path, port: int = 0, database: str = "") -> Server:
    """Its database in a folder, or another; it starts what is scheduled."""
    url = f"http://127.0.0.1:{port or _any_free()}/api"
    own = {"PREFECT_HOME": str(folder), "PREFECT_SERVER_UI_ENABLED": "false", "PREFECT_API_URL": url}
    own |= {"PREFECT_API_DATABASE_CONNECTION_URL": database} if database else {}
    address = ["--host", "127.0.0.1", "--port", url.removesuffix("/api").rpartition(":")[2]]
    return Server(["prefect", "server", "start", *address], folder, own, url)
