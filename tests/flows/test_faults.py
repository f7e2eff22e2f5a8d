"""What is lost when a process dies is what was in flight, and the next sweep tidies up."""

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable

import patience
import processes
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import FlowRunSort
from prefect.settings import PREFECT_API_URL, temporary_settings

# Long enough to be caught in mid-training, and to be trained to the end where that is needed.
LONG = ["--data", "digits", "--positive", "8", "--size", "16", "--recipe", "sound", "--epochs", "10", "--seeds", "1,"]
LONG += ["--weights", "0.8"]
KEPT = "finished trials are kept; the same command goes on from there"
Process = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def arguments(sqlite_uri: str) -> list[str]:
    return ["-m", "steelyard", "sweep", *LONG, "--workers", "1", "--tracking-uri", sqlite_uri]


def test_killing_a_worker_fails_its_trial_alone(process: Process, arguments: list[str], sqlite_uri: str) -> None:
    running = process(*arguments)
    _wait_for_epochs(sqlite_uri, 1)
    [worker] = processes.workers(running.pid)
    os.kill(worker, signal.SIGKILL)
    out, _ = running.communicate(timeout=patience.SECONDS)
    assert running.returncode == 1
    assert "1 of 2 trials failed: none · seed 1: its process was " in out
    killed, other = _trials(sqlite_uri)
    assert (killed.info.status, other.info.status) == ("FAILED", "FINISHED")
    assert killed.data.tags["failure"].startswith("its process was killed by signal 9")


def test_sigterm_ends_children_closes_runs_and_is_one_line_within_5_s(
    process: Process, arguments: list[str], sqlite_uri: str, prefect_server: str
) -> None:
    mark = uuid.uuid4().hex
    running = process(*arguments, **{processes.MARK: mark})
    _wait_for_epochs(sqlite_uri, 1)
    begun = time.monotonic()
    os.killpg(running.pid, signal.SIGTERM)
    _, err = running.communicate(timeout=patience.SECONDS)
    assert processes.seconds_until_gone(mark, 5) + time.monotonic() - begun < 5
    assert running.returncode == 143
    assert err.endswith(f"\nsteelyard: ended by SIGTERM; {KEPT}\n")
    assert "Traceback" not in err
    assert {run.info.status for run in (*_runs(sqlite_uri, "role = 'sweep'"), *_trials(sqlite_uri))} == {"KILLED"}
    with temporary_settings({PREFECT_API_URL: prefect_server}), get_client(sync_client=True) as client:
        [newest] = client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC, limit=1)
    assert newest.state and newest.state.name == "Cancelled"


def _trials(uri: str) -> list[Run]:
    return _runs(uri, "role = 'trial'")


def _runs(uri: str, tag: str) -> list[Run]:
    """Oldest first."""
    client = MlflowClient(uri)
    everywhere = [experiment.experiment_id for experiment in client.search_experiments()]
    return list(client.search_runs(everywhere, f"tags.{tag}", order_by=["attributes.start_time ASC"]))


def _wait_for_epochs(uri: str, epochs: int) -> None:
    patience.wait_for(lambda: any(run.data.metrics for run in _trials(uri)))
    patience.wait_for(
        lambda: len(MlflowClient(uri).get_metric_history(_trials(uri)[0].info.run_id, "val/loss")) >= epochs
    )
