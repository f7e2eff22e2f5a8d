"""Prefect's server: the one that the user names, or a temporary one that starts while this process still imports.

Prefect can start one itself, but only once everything is imported, with its whole server imported here too, and it
leaves the server behind when this process is killed.
"""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from prefect.context import refresh_global_settings_context
from prefect.settings import Settings, get_current_settings

from steelyard.models.errors import BadInput
from steelyard.tasks import credentials
from steelyard.tasks.tracking.server import asked, asks_for_login, server_answers

SERVED = Path(__file__).with_name("prefect_server_process.py")

START_ONE = "start one with `prefect server start`, then `export PREFECT_API_URL=http://127.0.0.1:4200/api`"

START_SECONDS = 120
"""For the temporary server, unless the user's Prefect says otherwise: its own 20 are too few on a busy machine."""

AT_LEAST_SECONDS = 0.5
"""For a server to say that it has started, however late this process asks."""

_started: "Temporary | None" = None
_lock = threading.Lock()


class Temporary:
    """A server that ends when this process has ended, however it does: its standard input is closed then."""

    def __init__(self, seconds: float, port: int = 0) -> None:
        """Start it, which must answer in so many seconds, and let the Prefect of this process know where it will be.

        The port is that of one that has ended, whose place it takes; 0 for a free one.
        """
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  # the server writes to it as long as it lives
        # Bound here and handed over, so that no other program takes the port meanwhile.
        with socket.create_server(("127.0.0.1", port)) as door:
            self.port = int(door.getsockname()[1])
            self.seconds, self.deadline = seconds, time.monotonic() + seconds
            self.process = subprocess.Popen(
                # Without the working folder on the path of imports; Ctrl-C at a terminal is for this process alone.
                [sys.executable, "-P", str(SERVED), str(door.fileno())],
                stdin=subprocess.PIPE,
                # Not what this process writes to: whoever reads that would wait for the server to end too.
                stdout=self.log,
                stderr=self.log,
                env=os.environ | {"PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"},
                pass_fds=[door.fileno()],
                start_new_session=True,
            )
        self.url = os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{self.port}/api"
        refresh_global_settings_context()

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            OSError: it does not in time, or has ended; says what to do.
        """
        left = max(AT_LEAST_SECONDS, self.deadline - time.monotonic())
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=left)
        try:
            asking.request("GET", "/api/health")
            if asking.getresponse().status == http.HTTPStatus.OK:
                return
            why = "does not work"
        except TimeoutError:
            why = f"did not start within {self.seconds:g} s"
        except (OSError, http.client.HTTPException):
            self.log.seek(0)
            said = self.log.read().decode(errors="replace").strip().split("\n")[-1].strip()
            why = f"ended before it had started ({said or 'and said nothing'})"
        finally:
            asking.close()
        self.process.kill()
        raise OSError(
            f"Prefect's temporary server {why}; run the same command again with a longer "
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS, or with PREFECT_API_URL of a `prefect server start`"
        )


def begin() -> None:
    """Start a temporary server, unless the user names one, or this process has begun one that lives.

    Raises:
        BadInput: the one that is named does not answer, or no temporary one may or can be started.
    """
    global _started
    with _lock:
        settings = get_current_settings()
        if _started and settings.api.url == _started.url:
            if _started.process.poll() is not None:
                # What Prefect could not tell the other yet it tells this one.
                _started = Temporary(_started.seconds, _started.port)
        elif settings.api.url:
            check(", or unset it for a temporary one")
        else:
            _started = Temporary(_startup_seconds(settings))


def _startup_seconds(settings: Settings) -> float:
    """For the temporary server to start, if one may and can be started."""
    there = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    if not os.access(there, os.W_OK):
        raise BadInput(f"PREFECT_HOME must be a folder that can be written, got {settings.home}; name another")
    ephemeral = settings.server.ephemeral
    if not ephemeral.enabled:
        raise BadInput(f"PREFECT_API_URL must be set where PREFECT_SERVER_ALLOW_EPHEMERAL_MODE is off; {START_ONE}")
    asked = "startup_timeout_seconds" in ephemeral.model_fields_set
    return ephemeral.startup_timeout_seconds if asked else START_SECONDS


def wait() -> None:
    """Wait for the temporary server that ``begin`` started, if it did.

    Raises:
        OSError: as ``Temporary.wait``.
    """
    if _started and get_current_settings().api.url == _started.url:
        _started.wait()


def check(otherwise: str = "") -> None:
    """Refuse to go on without a server that the user names: only one that is started for good has a scheduler.

    Raises:
        BadInput: none is named, or it does not answer; says what to do, or what else.
    """
    url = _without_login(get_current_settings().api.url or "")
    shown = credentials.masked(url)
    if not url or not server_answers(url):
        known = "PREFECT_API_URL must be a Prefect server that answers"
        raise BadInput(f"{known}, got {shown or 'none'}; {START_ONE}{otherwise}")
    login = get_current_settings().api.auth_string
    if asks_for_login(asked(f"{url}/admin/version", login.get_secret_value() if login else "")):
        raise BadInput(
            f"PREFECT_API_URL {shown} lets nobody in without a user and a password that it knows; set "
            "PREFECT_API_AUTH_STRING=user:password"
        )


def _without_login(url: str) -> str:
    """The server's address without user and password, which move to where Prefect looks for them."""
    kept = credentials.of_prefect(url)
    if kept != url:
        refresh_global_settings_context()
    return kept
