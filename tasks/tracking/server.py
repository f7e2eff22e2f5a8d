"""A lean MLflow server for looking at a store, gone when it is no longer looked at; and whether a server answers."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeVar, cast

import requests

from steelyard.models.errors import BadInput
from steelyard.tasks import interrupt
from steelyard.tasks.interrupt import Stage

SERVED = Path(__file__).with_name("server_process.py")
HOST = "127.0.0.1"
DEFAULT_PORT = 5000
START_SECONDS = 90.0
TAIL_BYTES = 2000

CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 8.0

ONE_EXPERIMENT = "/api/2.0/mlflow/experiments/search?max_results=1"
"""What a server of MLflow answers from its database."""

T = TypeVar("T")


class Served(NamedTuple):
    """A server at an address, and its process."""

    base: str
    process: subprocess.Popen[bytes]


@contextmanager
def serve(uri: str, port: int | None = None, store: str = "") -> Iterator[Served]:
    """Run MLflow on 127.0.0.1, give its URL once it answers, and stop it when the block ends, or this process does.

    Args:
        uri: absolute ``sqlite:///`` URI of the store to show.
        port: to listen on; None for 5000 where that is free, else any free one.
        store: URI of the database beside which files are; "" where that is the one to show.

    Raises:
        BadInput: the port is taken, or the server ended before it answered.
    """
    with tempfile.TemporaryFile() as log, _door(port) as door:
        served = Served(f"http://{HOST}:{door.getsockname()[1]}", _start(uri, door, log, store or uri))
        with interrupt.closing(Stage.STOP, served.process.kill):
            try:
                _wait(served, log)
                yield served
            finally:
                served.process.kill()
                served.process.communicate()


def _door(given: int | None) -> socket.socket:
    """Bound here and handed over, so that no other program takes the port meanwhile."""
    for port in (given,) if given else (DEFAULT_PORT, 0):
        with suppress(OSError):
            return socket.create_server((HOST, port))
    raise BadInput(f"port {given} is taken; give another, or none for any that is free")


def _any_free() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _start(uri: str, door: socket.socket, log: IO[bytes], store: str) -> subprocess.Popen[bytes]:
    artifacts = (Path(store.removeprefix("sqlite:///")).parent / "mlartifacts").as_uri()
    # Jobs are for agents. Imports are not from the working folder; Ctrl-C at a terminal is for this process alone.
    return subprocess.Popen(
        [sys.executable, "-P", str(SERVED), str(door.fileno()), uri, artifacts],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        pass_fds=[door.fileno()],
        start_new_session=True,
    )


def _wait(served: Served, log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server_answers(served.base, seconds=2):
        if served.process.poll() is not None or time.monotonic() > deadline:
            raise BadInput(f"MLflow's server did not start at {served.base}: {_tail(log)}")
        time.sleep(0.1)


def _tail(log: IO[bytes]) -> str:
    log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL_BYTES))
    lines = log.read().decode(errors="replace").split("\n")
    return " / ".join([line.strip() for line in lines if line.strip()][-3:])


def server_answers(uri: str, seconds: float = ANSWER_SECONDS) -> bool:
    """Whether ``<uri>/health`` answers with success, within so many seconds whatever the server does."""
    answer = asked(f"{uri}/health", seconds=seconds)
    return answer is not None and answer.ok


def asked_as_mlflow(uri: str, path: str, seconds: float = ANSWER_SECONDS) -> requests.Response | None:
    """The answer to a request with the login that MLflow's own client takes; None where none came in time."""
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    ask = partial(cast(Any, http_request), method="GET", max_retries=0, raise_on_status=False, timeout=seconds)
    return in_time(lambda: ask(cast(Any, get_default_host_creds)(uri), path), seconds)


def asks_for_login(answer: requests.Response | None) -> bool:
    """Whether the server knows no such user."""
    return answer is not None and answer.status_code == HTTPStatus.UNAUTHORIZED


def is_mlflow(uri: str, seconds: float = ANSWER_SECONDS) -> bool:
    """Whether what answers in time is an MLflow server that lets us in and reaches its database."""
    return works(asked_as_mlflow(uri, ONE_EXPERIMENT, seconds))


def works(answer: requests.Response | None) -> bool:
    """Whether the answer to ``ONE_EXPERIMENT`` is that of an MLflow server that reaches its database."""
    try:
        return answer is not None and answer.ok and isinstance(answer.json(), dict)
    except ValueError:
        return False


def asked(url: str, login: str = "", seconds: float = ANSWER_SECONDS) -> requests.Response | None:
    """The answer; None where none came in time. ``login`` is ``user:password``.

    ``requests`` is what MLflow itself uses: proxies and certificates mean the same to both.
    """
    user, _, password = login.partition(":")
    given, patience = (user, password) if login else None, (min(CONNECT_SECONDS, seconds), seconds)
    return in_time(lambda: requests.get(url, auth=given, timeout=patience), seconds)


def in_time(get: Callable[[], T], seconds: float) -> T | None:
    """What is got, or None after so many seconds.

    Resolving a name and reading a slow answer have no timeout of their own, so a thread asks and is left behind when
    the time is over.
    """
    answers: list[T] = []

    def ask() -> None:
        # MLflow wraps whatever went wrong in an exception of its own.
        with suppress(Exception):
            answers.append(get())

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    return answers[0] if answers else None
