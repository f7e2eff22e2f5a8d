"""Real processes that hold a sweep, killed without warning."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import patience
import pytest
from filelock import FileLock

from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Trial
from steelyard.tasks import atomic_files
from steelyard.tasks.tracking import liveness, sweeps, trials
from steelyard.tasks.tracking.patient_client import PatientClient
from steelyard.tasks.tracking.sweeps import SweepRun

HOLD = """
import sys, time
from pathlib import Path
from steelyard.tasks.tracking import liveness, store
uri, sweep_id, folder = sys.argv[1:]
client = store.open_client(uri)
with liveness.held(Path(folder)) as living:
    for key, value in living.items():
        client.set_tag(sweep_id, key, value)
    print("held", flush=True)
    time.sleep(600)
"""
Holder = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def alive(tmp_path: Path) -> Path:
    return tmp_path / "alive"


@pytest.fixture
def hold(client: PatientClient, alive: Path) -> Iterator[Holder]:
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


@pytest.fixture
def tell(client: PatientClient) -> Callable[[str, dict[str, str]], None]:
    """Gives a run tags."""

    def tell(run_id: str, tags: dict[str, str]) -> None:
        for key, value in tags.items():
            client.set_tag(run_id, key, value)

    return tell


Tell = Callable[[str, dict[str, str]], None]


def test_a_sweep_that_ends_between_being_listed_and_looked_at_stays_finished(
    client: PatientClient, experiment: str, spec: Sweep, trial: Trial, alive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = liveness.held(alive)
    ending = sweeps.start(client, experiment, spec, {}, "", tags=held.__enter__())
    of_it = trials.start(client, ending, trial, "a")
    looked_at = atomic_files.is_held

    def ends_first(lock: Path) -> bool:
        for run_id in (of_it, ending.run_id):
            sweeps.finish(client, run_id, "FINISHED")
        held.__exit__(None, None, None)
        return looked_at(lock)

    monkeypatch.setattr(atomic_files, "is_held", ends_first)
    assert liveness.close_dead(client, [ending.experiment_id], alive) == []
    assert {client.get_run(run_id).info.status for run_id in (of_it, ending.run_id)} == {"FINISHED"}


def test_what_a_killed_sweep_left_running_is_closed_and_what_a_living_one_runs_is_not(
    client: PatientClient, sweep: SweepRun, spec: Sweep, experiment: str, trial: Trial, alive: Path, hold: Holder
) -> None:
    doomed = hold(sweep.run_id)
    with liveness.held(alive) as living_tags:
        living = sweeps.start(client, experiment, spec, {}, "", tags=living_tags)
        done, left, other = (
            trials.start(client, parent, trial, name) for parent, name in ((sweep, "a"), (sweep, "b"), (living, "c"))
        )
        sweeps.finish(client, done, "FINISHED")
        assert liveness.close_dead(client, [sweep.experiment_id], alive) == []
        doomed.kill()
        doomed.wait()
        assert liveness.close_dead(client, [sweep.experiment_id], alive) == [left, sweep.run_id]
    runs = [client.get_run(run_id) for run_id in (sweep.run_id, left, done, living.run_id, other)]
    assert [run.info.status for run in runs] == ["FAILED", "FAILED", "FINISHED", "RUNNING", "RUNNING"]
    failures = [run.data.tags.get("failure") for run in runs]
    assert failures == [liveness.REASON, liveness.REASON, None, None, None]


def test_a_sweep_of_before_whose_lock_has_its_own_id_is_judged_by_that(
    client: PatientClient, sweep: SweepRun, alive: Path, tell: Tell
) -> None:
    alive.mkdir()
    tell(sweep.run_id, {liveness.LIVES_AT: f"{socket.gethostname()}:{alive}"})
    with FileLock(alive / f"{sweep.run_id}.lock"):
        assert liveness.close_dead(client, [sweep.experiment_id], alive) == []
    assert liveness.close_dead(client, [sweep.experiment_id], alive) == [sweep.run_id]


def test_a_sweep_whose_lock_cannot_be_seen_is_judged_by_its_beat(
    client: PatientClient, sweep: SweepRun, trial: Trial, alive: Path, tmp_path: Path, tell: Tell
) -> None:
    """Another container has the same host name, and a folder of the same name that is another one."""
    left = trials.start(client, sweep, trial, "a")
    with liveness.held(alive) as tags:
        tell(sweep.run_id, tags)
    (alive / "id").unlink()
    assert liveness.close_dead(client, [sweep.experiment_id], alive) == []
    tell(sweep.run_id, {liveness.BEAT: (datetime.now(UTC) - 2 * liveness.SILENT).isoformat()})
    assert liveness.close_dead(client, [sweep.experiment_id], alive) == [left, sweep.run_id]


def test_a_sweep_of_another_host_that_never_beat_is_not_judged(
    client: PatientClient, sweep: SweepRun, alive: Path, tell: Tell
) -> None:
    tell(sweep.run_id, {liveness.LIVES_AT: f"another-host:{alive}"})
    assert liveness.close_dead(client, [sweep.experiment_id], alive) == []


def test_a_sweep_that_goes_on_beats(
    client: PatientClient, sweep: SweepRun, monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    monkeypatch.setattr(liveness, "BEAT_SECONDS", 0.1)
    tell(sweep.run_id, {liveness.BEAT: "before"})
    with liveness.beating(client, sweep.run_id):
        deadline = time.monotonic() + patience.SECONDS
        while (beat := client.get_run(sweep.run_id).data.tags[liveness.BEAT]) == "before":
            assert time.monotonic() < deadline
    assert datetime.now(UTC) - datetime.fromisoformat(beat) < liveness.SILENT


def test_children_of_a_sweep_that_another_tool_ended_are_closed(
    client: PatientClient, sweep: SweepRun, trial: Trial, alive: Path, tell: Tell
) -> None:
    """``mlflow run`` ends its own run when the sweep is killed, and knows nothing of the children."""
    left = trials.start(client, sweep, trial, "a")
    with liveness.held(alive) as tags:
        tell(sweep.run_id, tags)
        client.set_terminated(sweep.run_id, "FAILED")
    assert liveness.close_dead(client, [sweep.experiment_id], alive) == [left]


def test_a_sweep_that_ends_leaves_no_lock(alive: Path) -> None:
    with liveness.held(alive) as tags:
        assert liveness.is_alive(alive, tags[liveness.LOCK])
    assert not liveness.is_alive(alive, tags[liveness.LOCK])
    assert [file.name for file in alive.iterdir()] == ["id"]
