"""Processes that train: the same one for trial after trial, a new one after whatever went wrong."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import forkserver, util
from pathlib import Path

import patience
import pytest

from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import index_plans, planning, scratch
from steelyard.tasks.images import extraction, image_sets
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source
from steelyard.tasks.workers import pool
from steelyard.tasks.workers.pool import TrialFailed, TrialStopped
from steelyard.tasks.workers.trial_process import Job

SPEC = Sweep(data="digits", positive="8", recipe="sound", size=8, epochs=1, weights="0.6:0.9:3")


@dataclass(frozen=True)
class Ready:
    """A sweep whose trials are only to be trained."""

    folder: Path
    jobs: tuple[Job, ...]

    def train(self, job: Job) -> None:
        job.out.mkdir(parents=True)
        pool.fit(job, self.folder, lambda epoch: None)
        assert (job.out / "scores.parquet").exists()

    @property
    def processes(self) -> set[int | None]:
        return {process.pid for process, sweep in pool._running.items() if sweep == self.folder}


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[Ready]:
    settings = Settings(cache=tmp_path / "cache", device="cpu", workers=1)
    image_set = extraction.extract_images(open_source(SPEC.data, settings.cache), SPEC.size, settings.cache, False)
    folder = tmp_path / "sweep"
    plan, turns = planning.plan_sweep(image_set, SPEC, settings, folder)
    index_plans.write(folder, turns, plan.trials, image_sets.load(image_set).table["group"].to_numpy())
    named = [(trial, tmp_path / str(number)) for number, trial in enumerate(plan.trials[:4])]
    yield Ready(folder, tuple(Job(trial, image_set, None, folder, "cpu", out) for trial, out in named))
    pool.close(folder)


def test_one_process_trains_trial_after_trial_and_ends_with_the_sweep(ready: Ready) -> None:
    for job in ready.jobs[:3]:
        ready.train(job)
    [only] = ready.processes
    assert only is not None
    pool.close(ready.folder)
    assert not ready.processes
    with pytest.raises(ProcessLookupError):
        os.kill(only, 0)


OTHER = """
from multiprocessing import forkserver
from steelyard.tasks import scratch
from steelyard.tasks.workers import start
start.server()
print(forkserver._forkserver._forkserver_pid, flush=True)
input()
process = start._context.Process(target=int)
process.start()
process.join()
print(forkserver._forkserver._forkserver_pid, flush=True)
input()
"""


@pytest.mark.slow
def test_the_socket_of_a_forkserver_is_removed_once_its_sweep_is_dead_and_one_that_lives_is_not_disturbed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, own = [sys.executable, "-c", OTHER], os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None and other.stdout is not None
        server = other.stdout.readline()
        [folder] = tmp_path.glob("pymp-*")
        util.get_temp_dir()  # Of this process, which it keeps.
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        scratch.clear_dead()
        print(file=other.stdin, flush=True)
        assert other.stdout.readline() == server
        assert folder.exists()
        other.kill()
    patience.wait_for(lambda: not Path(f"/proc/{int(server)}").exists())
    scratch.clear_dead()
    assert not folder.exists()


def test_a_temporary_folder_with_a_long_name_is_no_hindrance(tmp_path: Path) -> None:
    (long := tmp_path / ("long" * 20)).mkdir()
    own = os.environ | {"TMPDIR": str(long)}
    done = subprocess.run([sys.executable, "-c", OTHER], env=own, input="\n\n", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(set(done.stdout.split())) == 1 and not [*long.glob("pymp-*")]


def test_no_more_train_at_once_than_there_are_places(ready: Ready) -> None:
    pool.limit(ready.folder, 1)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(ready.train, ready.jobs))
    assert len(ready.processes) == 1


def test_a_process_that_is_killed_while_it_waits_costs_no_trial(ready: Ready) -> None:
    ready.train(ready.jobs[0])
    [killed] = ready.processes
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    patience.wait_for(lambda: not any(process.pid == killed and process.is_alive() for process in pool._running))
    ready.train(ready.jobs[1])
    assert len(ready.processes) == 1 and killed not in ready.processes


def test_a_process_whose_trial_raised_trains_no_other(ready: Ready) -> None:
    ready.train(ready.jobs[0])
    [first] = ready.processes
    broken = replace(ready.jobs[1], image_set=ready.folder / "nowhere")
    with pytest.raises(TrialFailed, match="FileNotFoundError"):
        ready.train(broken)
    assert not ready.processes
    ready.train(ready.jobs[2])
    assert ready.processes and first not in ready.processes


def test_a_file_that_ends_too_early_is_the_trials_own_failure_and_is_named(ready: Ready, tmp_path: Path) -> None:
    cut = shutil.copytree(ready.jobs[0].image_set, tmp_path / "cut")
    (cut / "images.npy").write_bytes(b"")
    with pytest.raises(TrialFailed, match="EOFError"):
        ready.train(replace(ready.jobs[0], image_set=cut))


def test_a_forkserver_that_is_killed_costs_no_trial(ready: Ready) -> None:
    for job in ready.jobs[:3]:
        pool.warm()
        os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)  # type: ignore[attr-defined]
        pool.close(ready.folder)
        ready.train(job)


def test_a_function_is_called_in_a_process_of_its_own_that_ends_then(ready: Ready) -> None:
    assert pool.call(os.getpid, sweep=ready.folder) != os.getpid()
    assert pool.call(divmod, 7, 2, sweep=ready.folder) == (3, 1)
    assert not ready.processes
    with pytest.raises(TrialFailed, match="ZeroDivisionError"):
        pool.call(divmod, 7, 0, sweep=ready.folder)
    with pytest.raises(TrialFailed, match="signal 9"):
        pool.call(signal.raise_signal, signal.SIGKILL, sweep=ready.folder)


def test_a_function_ends_with_its_sweep(ready: Ready) -> None:
    with ThreadPoolExecutor(1) as threads:
        called = threads.submit(pool.call, time.sleep, 60.0, sweep=ready.folder)
        patience.wait_for(lambda: bool(ready.processes))
        pool.stop(ready.folder)
        with pytest.raises(TrialStopped):
            called.result()
