"""An S3 server on this machine, which can refuse connections for a while and then has what it had."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from steelyard.tasks.tracking.server import _any_free

SECRET = "a-word-for-the-bucket"  # noqa: S105
BUCKET = "artifacts"
AWAY, BACK = signal.SIGUSR1, signal.SIGUSR2


@dataclass(frozen=True)
class S3:
    """A server's process, and what its clients have in their environment."""

    process: "subprocess.Popen[str]"
    environment: dict[str, str]

    def tell(self, number: signal.Signals) -> None:
        """``AWAY`` or ``BACK``; returns once it is."""
        self.process.send_signal(number)
        assert self.process.stdout and self.process.stdout.readline()


@contextmanager
def started() -> Iterator[S3]:
    """A server with one bucket; the test is skipped where moto is not installed."""
    pytest.importorskip("moto", reason="moto is not installed: pip install 'moto[s3]'")
    port = _any_free()
    own = {"AWS_ACCESS_KEY_ID": "steelyard", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1"}
    own["MLFLOW_S3_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, __file__, str(port)],
        env=os.environ | own,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout and process.stdout.readline()
        yield S3(process, own)
    finally:
        process.kill()
        process.communicate()


def serve(port: int) -> None:
    import boto3
    from moto.server import ThreadedMotoServer

    def start() -> ThreadedMotoServer:
        started = ThreadedMotoServer("127.0.0.1", port, verbose=False)
        started.start()
        return started

    # First: threads that are started later inherit it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {AWAY, BACK})
    running = start()
    boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}").create_bucket(Bucket=BUCKET)
    print("ready", flush=True)
    while True:
        if signal.sigwait({AWAY, BACK}) == AWAY:
            running.stop()
        else:
            running = start()
        print("done", flush=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
