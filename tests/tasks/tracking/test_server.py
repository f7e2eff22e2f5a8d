"""A real server, looked at with a real browser, and gone afterwards."""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from models.errors import BadInput
from models.spec import Sweep
from models.trial import Trial
from tasks.tracking import health, links, server, store, sweeps, trials


def group_of(port: int) -> int:
    """Process group of whoever listens on the port, found through the kernel's tables."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if str(link.readlink()).removeprefix("socket:[").rstrip("]") in inodes:
                return os.getpgid(int(link.parts[2]))
        except OSError:
            continue
    raise LookupError(port)


def processes_in(group: int) -> list[str]:
    found = subprocess.run(["/bin/ps", "-e", "-o", "pgid=,stat=,args="], capture_output=True, text=True).stdout
    return [line for line in found.splitlines() if line.split()[0] == str(group) and " Z" not in line]


def shown_by_a_browser(link: str, folder: Path) -> str:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium on this machine")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += [f"--user-data-dir={folder}", "--window-size=1500,900", "--virtual-time-budget=15000", "--dump-dom"]
    command += [link]
    return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout


def test_a_sweep_can_be_looked_at_and_no_process_stays(
    sqlite_uri: str, spec: Sweep, trial: Trial, tmp_path: Path
) -> None:
    client = store.open_client(sqlite_uri)
    shown, hidden = (sweeps.start(client, "digits · 8 vs rest", spec, {}, "") for _ in range(2))
    for parent, seed, rank in ((shown, 1, 0.2), (shown, 2, 0.9), (hidden, 3, 0.5)):
        run_id = trials.start(client, parent, trial.model_copy(update={"seed": seed}), f"id{seed}", {})
        trials.log_once(client, run_id, {"operating/rank": rank})
    with server.serve(sqlite_uri) as base:
        group = group_of(int(base.rpartition(":")[2]))
        assert health.server_answers(base) and processes_in(group)
        page = shown_by_a_browser(links.sweep_link(base, shown.experiment_id, shown.run_id), tmp_path / "browser")
    assert not health.server_answers(base)
    assert processes_in(group) == []
    assert 0 < page.find("seed 2") < page.find("seed 1")
    assert "seed 3" not in page


def test_a_port_that_is_taken_is_told(sqlite_uri: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=f"port {port} is taken"), server.serve(sqlite_uri, port):
            pass


def test_a_server_that_dies_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("not a database at all")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with pytest.raises(BadInput, match=r"did not start.*not a database") as refused, server.serve(uri):
        pass
    assert "\n" not in str(refused.value)


def test_processes_that_ignore_a_polite_end_are_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "STOP_SECONDS", 0.5)
    stubborn = "trap '' TERM; echo ready; while true; do sleep 0.1; done"
    process = subprocess.Popen(["/bin/sh", "-c", stubborn], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    try:
        server._stop(process)
        assert process.poll() == -signal.SIGKILL
    finally:
        process.kill()
        process.communicate()
