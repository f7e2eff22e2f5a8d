"""A sweep is ended at any moment, whole or a process of it: the same command then ends as if nothing had been."""

import os
import random
import shutil
import signal
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import kept
import processes
import pytest
import servers
import sweeping
from mlflow.entities import Run

from steelyard.models.comparison import short_metrics

pytestmark = pytest.mark.faults

KILLS = int(os.environ.get("STEELYARD_KILLS", "10"))
"""At least so many, in chains; of every two chains one is on a server."""

IN_CHAIN = 5
"""Kills before the command is left undisturbed."""

SIGNALS = int(os.environ.get("STEELYARD_SIGNALS", "4"))
"""Sweeps that are ended by Ctrl-C or SIGTERM."""

ENDS, LISTENS = 5.0, 0.5
"""Seconds from such a signal to the end, and from the start until it is heard."""

OUTLIVES = 10.0
"""Seconds that anything may live longer than the main process."""

STUCK = 240.0
"""Seconds after which a sweep that goes on without one of its processes is taken for stuck."""

CHAINS = [f"{('sqlite', 'server')[number % 2]}-{number}" for number in range(-(-KILLS // IN_CHAIN))]


@pytest.mark.slow
@pytest.mark.parametrize("chain", CHAINS)
def test_whatever_is_killed_the_same_command_loses_nothing_and_trains_nothing_twice(
    chain: str, undisturbed: sweeping.Undisturbed, migrated: Path, tmp_path: Path
) -> None:
    draw = random.Random(chain)
    shutil.copy(migrated, tmp_path / "mlflow.db")
    mlflow = servers.mlflow(tmp_path) if chain.startswith("server") else None
    uri = mlflow.uri if mlflow else f"sqlite:///{tmp_path / 'mlflow.db'}"
    wrong: list[str] = []
    with mlflow or nullcontext():
        for _ in range(IN_CHAIN):
            sweep = sweeping.Sweep(tmp_path, uri, tmp_path / "cache")
            wrong += _killed(sweep, draw, undisturbed, chain)
        last = sweeping.Sweep(tmp_path, uri, tmp_path / "cache")
        code, _ = last.end(), last.line
        wrong += ["something outlived the last"] * (processes.seconds_until_gone(last.mark, OUTLIVES) > OUTLIVES)
    assert code == 0, last.said
    assert not wrong
    assert not last.leftovers()
    assert not kept.differences(kept.newest_sweep(tmp_path), undisturbed.runs)
    _each_once(kept.runs(tmp_path), tmp_path, undisturbed)


@pytest.mark.parametrize("number", range(SIGNALS))
def test_ctrl_c_and_sigterm_end_it_in_time_with_its_runs_closed_and_nothing_left(
    number: int, undisturbed: sweeping.Undisturbed, migrated: Path, tmp_path: Path
) -> None:
    shutil.copy(migrated, tmp_path / "mlflow.db")
    with servers.mlflow(tmp_path) if number % 2 else nullcontext() as mlflow:
        uri = mlflow.uri if mlflow else f"sqlite:///{tmp_path / 'mlflow.db'}"
        sweep = sweeping.Sweep(tmp_path, uri, tmp_path / "cache")
        _wait_for_a_moment(sweep, random.Random(number), undisturbed)
        time.sleep(max(0, sweep.started + LISTENS - time.monotonic()))
        if sweep.process.poll() is not None:
            pytest.skip("it ended before the signal")
        phase, sent, ending = sweep.phase, time.monotonic(), (signal.SIGINT, signal.SIGTERM)[number // 2 % 2]
        os.killpg(sweep.process.pid, ending)  # As a terminal does.
        code, seconds, outlived = sweep.end(), time.monotonic() - sent, processes.seconds_until_gone(sweep.mark, 1)
        print(f"{ending.name} while {phase}: exit {code} after {seconds:.1f} s, all gone {outlived:.1f} s later")
        if code == 0:
            return  # It had just ended.
        assert code == 128 + ending, sweep.said
        assert seconds < ENDS and outlived < 1
        assert "Traceback" not in sweep.said and sweep.said.count("steelyard: ") == 1, sweep.said
        assert "RUNNING" not in {run.info.status for run in kept.runs(tmp_path)}
        assert not sweep.leftovers()


def _wait_for_a_moment(sweep: sweeping.Sweep, draw: random.Random, undisturbed: sweeping.Undisturbed) -> None:
    moment = draw.choice(list(undisturbed.seconds))
    while sweep.process.poll() is None and sweeping.PHASES.index(sweep.phase) < sweeping.PHASES.index(moment):
        time.sleep(0.005)
    time.sleep(draw.uniform(0, undisturbed.seconds[moment]))


def _killed(sweep: sweeping.Sweep, draw: random.Random, undisturbed: sweeping.Undisturbed, chain: str) -> list[str]:
    """Kill one of its processes at a moment, and wait until all of it has ended; says what was wrong with that."""
    _wait_for_a_moment(sweep, draw, undisturbed)
    there, phase = processes.marked(sweep.mark), sweep.phase
    if sweep.process.pid not in there:
        print(f"{chain}: ended before it was killed")
        return []
    kind = draw.choice(sorted(set(there.values())))
    hit = draw.choice([pid for pid in there if there[pid] == kind])
    os.kill(hit, signal.SIGKILL)
    killed = time.monotonic()
    print(f"{chain}: {kind} killed while {phase};", end=" ", flush=True)
    code = sweep.end(STUCK)
    seconds, outlived = time.monotonic() - killed, processes.seconds_until_gone(sweep.mark, OUTLIVES)
    print(f"exit {code} after {seconds:.1f} s, all gone {outlived:.1f} s later", flush=True)
    return [f"{phase}, {kind}: {what}" for what in _wrong(sweep, kind, code, outlived)]


def _wrong(sweep: sweeping.Sweep, kind: str, code: int, outlived: float) -> list[str]:
    wrong = [f"something of it lives {outlived} s longer"] * (outlived > OUTLIVES)
    if kind == "main":
        return wrong
    said = sweep.said
    wrong += [f"a traceback: {said[-1500:]}"] * ("Traceback" in said)
    wrong += [f"exit {code}: {said[-1500:]}"] * (code not in ((0,) if kind in UNNEEDED else (0, 1)))
    # It ended by itself, and so has closed what it began.
    running = [run for run in kept.runs(sweep.folder) if run.info.status == "RUNNING"]
    wrong += [f"{len(running)} runs are RUNNING after exit {code}"] * bool(running)
    wrong += [f"exit 1 without a line: {said[-1500:]}"] * (code == 1 and not _tells(said))
    return wrong


UNNEEDED = ("resource tracker",)
"""Kinds of process without which a sweep ends well."""


def _tells(said: str) -> bool:
    return "failed: " in said or "\nsteelyard: " in f"\n{said}"


def _each_once(runs: list[Run], folder: Path, undisturbed: sweeping.Undisturbed) -> None:
    """No run is RUNNING, no trial was trained again once it had FINISHED, and whatever FINISHED is whole."""
    finished: dict[str, int] = {}
    for run in runs:
        name, info = run.info.run_name if run.data.tags["role"] == "trial" else "", run.info
        if info.status == "FINISHED":
            assert not kept.differences({name: kept.kept(run, folder)}, undisturbed.runs, models=False)
        else:
            assert info.status in ("FAILED", "KILLED") and run.data.tags["failure"]
        if not name:
            continue
        trial_id = run.data.tags["trial_id"]
        if info.start_time > finished.get(trial_id, 2**63):
            assert not _trained(run), f"{name} was trained again"
        if info.status == "FINISHED":
            finished.setdefault(trial_id, info.end_time)
    of_sweep = Counter((tags["sweep_id"], tags["trial_id"]) for run in runs if (tags := run.data.tags).get("trial_id"))
    assert max(of_sweep.values()) == 1


def _trained(run: Run) -> bool:
    """Whether it has metrics of its own, but for those at its operating point: copied ones are older than the run."""
    of_point = [*short_metrics.TRIAL, *(key for key in run.data.metrics if key.startswith("operating/"))]
    measured = [metric for metric in run.data._metric_objs if metric.key not in of_point]
    return any(metric.timestamp >= run.info.start_time for metric in measured)
