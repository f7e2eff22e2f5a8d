"""A real server, looked at with a real browser, and gone afterwards."""

import shutil
import socket
import subprocess
from pathlib import Path

import patience
import pytest

from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Trial
from steelyard.tasks.tracking import links, server, store, sweeps, trials


def shown_by_a_browser(link: str, folder: Path) -> str:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium on this machine")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += [f"--user-data-dir={folder}", "--window-size=1500,900", "--virtual-time-budget=15000", "--dump-dom"]
    command += [link]
    return subprocess.run(command, capture_output=True, text=True, timeout=patience.SECONDS).stdout


def test_a_sweep_can_be_looked_at_and_no_process_stays(
    sqlite_uri: str, spec: Sweep, trial: Trial, tmp_path: Path
) -> None:
    client = store.open_client(sqlite_uri)
    shown, hidden = (sweeps.start(client, "digits · 8 vs rest", spec, {}, "") for _ in range(2))
    for parent, seed, rank in ((shown, 1, 0.2), (shown, 2, 0.9), (hidden, 3, 0.5)):
        run_id = trials.start(client, parent, trial.model_copy(update={"seed": seed}), f"id{seed}")
        trials.log_once(client, run_id, {"operating/rank": rank})
    with server.serve(sqlite_uri, server._any_free()) as (base, process):
        assert server.server_answers(base) and process.poll() is None
        page = shown_by_a_browser(links.sweep_link(base, shown.experiment_id, shown.run_id), tmp_path / "browser")
    assert not server.server_answers(base)
    assert process.poll() is not None
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
    with (
        pytest.raises(BadInput, match=r"did not start.*not a database") as refused,
        server.serve(uri, server._any_free()),
    ):
        pass
    assert "\n" not in str(refused.value)
