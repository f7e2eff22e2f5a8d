"""The temporary Prefect server: how it is started, how long it is waited for, and how it ends."""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import patience
import pytest

Process = Callable[..., "subprocess.Popen[str]"]
COMMANDS = {"sweep": ["--positive", "dog"], "tutorial": []}


@pytest.mark.parametrize("command", COMMANDS)
def test_one_that_does_not_start_in_time_is_one_line_that_says_what_to_do(
    command: str, process: Process, pets: Path, tmp_path: Path
) -> None:
    # It waits for its database, which another process holds, for as long as it takes.
    database = tmp_path / "prefect.db"
    own = {"PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{database}", "PREFECT_API_URL": ""}
    own |= {"PREFECT_SERVER_DATABASE_TIMEOUT": "600", "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "1"}
    with closing(sqlite3.connect(database)) as held:
        held.execute("BEGIN EXCLUSIVE")
        asked = [*COMMANDS[command], "--data", f"folder:{pets}", "--tracking-uri", "sqlite:///mlflow.db"]
        running = process("-m", "steelyard", command, *asked, **own)
        _, told = running.communicate(timeout=patience.SECONDS)
    assert running.returncode == 1
    assert told.splitlines()[-1].startswith("steelyard: Prefect's temporary server did not start within 1 s; ")
    assert "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS" in told and "Traceback" not in told


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_the_process_that_began_it(ending: signal.Signals, process: Process) -> None:
    script = "import os, time; from steelyard.tasks import prefect_server as its; its.begin(); its.wait()\n"
    script += "print(its._started.process.pid, flush=True); time.sleep(600)"
    running = process("-c", script, PREFECT_API_URL="")
    assert running.stdout is not None
    server = int(running.stdout.readline())
    running.send_signal(ending)
    running.communicate(timeout=patience.SECONDS)
    _wait_for_end(server)


def _wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + patience.SECONDS
    while _lives(pid):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Whoever inherits it may be slow to look after it.
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
