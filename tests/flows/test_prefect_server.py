"""Prefect's server is a view of a sweep: one that is not there, dies or hangs costs nothing but the view."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import patience
import pytest
import servers
from mlflow import MlflowClient
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, temporary_settings

from steelyard.tasks.prefect_view import unsent

DIGITS = ["--data", "digits", "--positive", "8", "--size", "8", "--recipe", "sound", "--epochs", "20", "--seeds", "2"]
DIGITS += ["--weights", "0.8"]
LOST = "does not answer"
Process = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def arguments(sqlite_uri: str, tmp_path: Path) -> list[str]:
    return ["-m", "steelyard", "sweep", *DIGITS, "--tracking-uri", sqlite_uri, "--cache", str(tmp_path / "cache")]


def test_without_a_server_no_port_is_opened_and_packages_named_like_our_folders_are_not_in_the_way(
    process: Process, arguments: list[str], sqlite_uri: str, tmp_path: Path
) -> None:
    for name in ("tasks", "models", "flows"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('not ours')")
    running, listening = process(*arguments, PREFECT_API_URL="", PREFECT_HOME=str(tmp_path / "prefect")), set[str]()
    while running.poll() is None:
        listening |= _listening(running.pid)
        time.sleep(0.05)
    _, err = running.communicate()
    assert running.returncode == 0, err
    assert listening == set()
    assert not list(tmp_path.glob("prefect/*.db"))
    assert LOST not in err
    _all_finished(sqlite_uri, err)


@pytest.mark.faults
def test_a_server_that_hangs_stops_no_sweep_and_is_told_later_how_it_ended(
    process: Process, arguments: list[str], sqlite_uri: str, tmp_path: Path
) -> None:
    cache, prefect = tmp_path / "cache", servers.prefect(tmp_path)
    with prefect:
        running = process(*arguments, PREFECT_API_URL=prefect.uri)
        said = _read_until(running, "watch the trials")
        prefect.send(signal.SIGSTOP)
        _, err = running.communicate(timeout=patience.SECONDS)
        assert running.returncode == 0, said + err
    _all_finished(sqlite_uri, said + err)
    kept = [json.loads(file.read_text())["flow_run_id"] for file in (cache / "unsent" / "prefect").iterdir()]
    with prefect, temporary_settings({PREFECT_API_URL: prefect.uri}):
        [run] = _flow_runs()
        assert kept == [str(run.id)]
        assert unsent.deliver(cache) == ["told Prefect's server how 1 flow run ended while it was away"]
        [run] = _flow_runs()
        assert (run.state_name, run.state and run.state.message) == ("Completed", "4 trials compared")
        assert unsent.deliver(cache) == []


@pytest.mark.faults
def test_a_server_that_is_back_before_the_end_shows_the_sweep_whole(
    process: Process, arguments: list[str], tmp_path: Path
) -> None:
    prefect = servers.prefect(tmp_path)
    with prefect:
        longer = ["40" if argument == "20" else argument for argument in arguments]
        running = process(*longer, PREFECT_API_URL=prefect.uri)
        said = _read_until(running, "watch the trials")
    with prefect, temporary_settings({PREFECT_API_URL: prefect.uri}):
        _, err = running.communicate(timeout=patience.SECONDS)
        assert running.returncode == 0, said + err
        [run] = _flow_runs()
        assert run.state_name == "Completed"
        patience.wait_for(lambda: _tasks(run.id) == {"Completed": 13})


@pytest.mark.faults
def test_a_server_that_is_lost_before_the_flow_run_is_made_is_warned_of_once(
    process: Process, arguments: list[str], sqlite_uri: str, tmp_path: Path
) -> None:
    with _only_healthy() as url:
        running = process(*arguments, PREFECT_API_URL=url)
        _, err = running.communicate(timeout=patience.SECONDS)
    assert running.returncode == 0, err
    _all_finished(sqlite_uri, err)
    assert not (tmp_path / "cache" / "unsent").exists()


def _all_finished(uri: str, err: str) -> None:
    client = MlflowClient(uri)
    everywhere = [experiment.experiment_id for experiment in client.search_experiments()]
    states = [run.info.status for run in client.search_runs(everywhere)]
    assert states == ["FINISHED"] * 5
    assert err.count(LOST) <= 1
    assert not [noise for noise in ("Traceback", "EventsWorker", "Error", "prefect.") if noise in err], err


def _read_until(running: "subprocess.Popen[str]", mark: str) -> str:
    """What a process says on standard error until a line that has the mark in it."""
    assert running.stderr is not None
    said = ""
    while mark not in said:
        line = running.stderr.readline()
        assert line, said
        said += line
    return said


def _listening(pid: int) -> set[str]:
    """The ports on which a process, or one that it has started, listens."""
    table = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    opened = {f"socket:[{row[9]}]": row[1] for row in table if row[3] == "0A"}
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(folder.name)) == os.getsid(pid):
                found |= {opened[name] for fd in (folder / "fd").iterdir() if (name := str(fd.readlink())) in opened}
        except OSError:  # It has ended.
            continue
    return found


def _flow_runs() -> list[FlowRun]:
    with get_client(sync_client=True) as client:
        return client.read_flow_runs()


def _tasks(run_id: UUID) -> dict[str, int]:
    """How many tasks of a flow run are in each state."""
    with get_client(sync_client=True) as client:
        wanted = {"flow_runs": {"id": {"any_": [str(run_id)]}}}
        states = [task["state_name"] for task in client._client.post("/task_runs/filter", json=wanted).json()]
    return {state: states.count(state) for state in states}


@contextmanager
def _only_healthy() -> Iterator[str]:
    """The API of a server that says it is well, and to all else says nothing."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            if self.path != "/api/health":
                over.wait(patience.SECONDS)
                return
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"true")

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}/api"
        finally:
            over.set()
            listening.shutdown()
