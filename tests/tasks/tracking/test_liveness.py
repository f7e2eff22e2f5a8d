"""Real processes that hold a sweep, killed without warning."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Trial
from steelyard.tasks.tracking import liveness, sweeps, trials
from steelyard.tasks.tracking.sweeps import SweepRun

HOLD = """
import sys, time
from pathlib import Path
from steelyard.tasks.tracking import liveness, store
uri, sweep_id, folder = sys.argv[1:]
with liveness.held(store.open_client(uri), sweep_id, Path(folder)):
    print("held", flush=True)
    time.sleep(600)
"""
Holder = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def alive(tmp_path: Path) -> Path:
    return tmp_path / "alive"


@pytest.fixture
def hold(client: MlflowClient, alive: Path) -> Iterator[Holder]:
    """Starts a process that holds a sweep, and returns once it does."""
    started: list[subprocess.Popen[str]] = []

    def start(sweep_id: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLD, client.tracking_uri, sweep_id, str(alive)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_what_a_killed_sweep_left_running_is_closed_and_what_a_living_one_runs_is_not(
    client: MlflowClient, sweep: SweepRun, spec: Sweep, experiment: str, trial: Trial, alive: Path, hold: Holder
) -> None:
    living = sweeps.start(client, experiment, spec, {}, "")
    done, left, other = (
        trials.start(client, parent, trial, name) for parent, name in ((sweep, "a"), (sweep, "b"), (living, "c"))
    )
    sweeps.finish(client, done, "FINISHED")
    doomed = hold(sweep.run_id)
    with liveness.held(client, living.run_id, alive):
        assert liveness.close_dead(client, [sweep.experiment_id], alive) == []
        doomed.kill()
        doomed.wait()
        assert liveness.close_dead(client, [sweep.experiment_id], alive) == [left, sweep.run_id]
    runs = [client.get_run(run_id) for run_id in (sweep.run_id, left, done, living.run_id, other)]
    assert [run.info.status for run in runs] == ["FAILED", "FAILED", "FINISHED", "RUNNING", "RUNNING"]
    failures = [run.data.tags.get("failure") for run in runs]
    assert failures == [liveness.REASON, liveness.REASON, None, None, None]


def test_a_sweep_of_another_host_or_user_is_not_judged(
    client: MlflowClient, sweep: SweepRun, alive: Path, tmp_path: Path
) -> None:
    with liveness.held(client, sweep.run_id, tmp_path / "of another user"):
        pass
    assert liveness.close_dead(client, [sweep.experiment_id], alive) == []
    client.set_tag(sweep.run_id, "lives_at", f"another-host:{alive}")
    assert liveness.close_dead(client, [sweep.experiment_id], alive) == []


def test_a_sweep_that_has_only_just_begun_is_not_taken_for_dead(
    client: MlflowClient, sweep: SweepRun, alive: Path
) -> None:
    assert liveness.close_dead(client, [sweep.experiment_id], alive) == []


def test_children_of_a_sweep_that_another_tool_ended_are_closed(
    client: MlflowClient, sweep: SweepRun, trial: Trial, alive: Path
) -> None:
    """``mlflow run`` ends its own run when the sweep is killed, and knows nothing of the children."""
    left = trials.start(client, sweep, trial, "a")
    with liveness.held(client, sweep.run_id, alive):
        client.set_terminated(sweep.run_id, "FAILED")
    assert liveness.close_dead(client, [sweep.experiment_id], alive) == [left]


def test_a_sweep_that_ends_leaves_no_file(client: MlflowClient, sweep: SweepRun, alive: Path) -> None:
    with liveness.held(client, sweep.run_id, alive):
        assert liveness.is_alive(alive, sweep.run_id)
    assert not liveness.is_alive(alive, sweep.run_id)
    assert [file.name for file in alive.iterdir()] == ["id"]
