"""Servers that are gone, or hang, in mid-sweep: for a while, which costs nothing, and for good, which is told."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import kept
import patience
import pytest
import servers
import sweeping

pytestmark = pytest.mark.faults

AWAY = float(os.environ.get("STEELYARD_AWAY", "20"))
"""Seconds."""

EPOCHS_PER_SECOND = 6
"""So that training lasts longer than the servers are away: 8 trials of 0.1 s per epoch, two at once."""

TWELVE = sweeping.SMALL | {"weights": "0.7,0.8,0.9", "seeds": "2", "epochs": str(int(AWAY * EPOCHS_PER_SECOND))}
"""Four trials on features, eight of networks from scratch."""

ALL = [(who, how) for how in ("killed", "halted") for who in ("mlflow", "prefect", "both")]
IN_SHORT = [("mlflow", "killed"), ("prefect", "killed"), ("both", "halted")]


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> sweeping.Undisturbed:
    folder = tmp_path_factory.mktemp("twelve")
    shutil.copy(migrated, folder / "mlflow.db")
    return sweeping.undisturbed(folder, TWELVE)


@pytest.fixture
def mlflow(migrated: Path, tmp_path: Path) -> Iterator[servers.Server]:
    shutil.copy(migrated, tmp_path / "mlflow.db")
    with servers.mlflow(tmp_path) as server:
        yield server


@pytest.fixture
def prefect(tmp_path: Path) -> Iterator[servers.Server]:
    (tmp_path / "prefect").mkdir()
    with servers.prefect(tmp_path / "prefect") as server:
        yield server


@pytest.mark.parametrize(("who", "how"), ALL if AWAY > 60 else IN_SHORT)
def test_a_server_that_is_away_for_a_while_costs_nothing(
    who: str, how: str, mlflow: servers.Server, prefect: servers.Server, twelve: sweeping.Undisturbed, tmp_path: Path
) -> None:
    sweep = _begun(mlflow, prefect, twelve, tmp_path)
    away = [server for server, name in ((mlflow, "mlflow"), (prefect, "prefect")) if who in (name, "both")]
    for server in away:
        server.kill() if how == "killed" else server.send(signal.SIGSTOP)
    time.sleep(AWAY)
    assert sweep.process.poll() is None, sweep.said
    for server in away:
        server.start() if how == "killed" else server.send(signal.SIGCONT)
    code = sweep.end()
    assert "Traceback" not in sweep.said
    assert code == 0, sweep.said
    _whole(tmp_path, twelve)


def test_prefect_away_for_good_costs_nothing(
    mlflow: servers.Server, prefect: servers.Server, twelve: sweeping.Undisturbed, tmp_path: Path
) -> None:
    sweep = _begun(mlflow, prefect, twelve, tmp_path)
    prefect.kill()
    code = sweep.end()
    assert "Traceback" not in sweep.said
    assert code == 0, sweep.said
    _whole(tmp_path, twelve)


@pytest.mark.parametrize("delivered_by", ["sync", "the same command"])
def test_mlflow_away_for_good_is_one_line_and_what_it_was_to_get_is_delivered_later(
    delivered_by: str, mlflow: servers.Server, prefect: servers.Server, twelve: sweeping.Undisturbed, tmp_path: Path
) -> None:
    sweep = _begun(mlflow, prefect, twelve, tmp_path)
    mlflow.kill()
    assert sweep.end() == 1, sweep.said
    assert sweep.line.startswith("steelyard: ") and "steelyard sync" in sweep.line
    assert any(Path(word.strip(".,;:'")).is_dir() for word in sweep.line.split() if word.startswith("/"))
    assert sweep.out.read_text() == "" or "failed" not in sweep.out.read_text()
    mlflow.start()
    if delivered_by == "sync":
        told = _sync(sweep)
        assert told.returncode == 0, told.stderr
        _whole(tmp_path, twelve)
        assert _sync(sweep).returncode == 0  # With nothing left to deliver, nothing is delivered twice.
        _whole(tmp_path, twelve)
        return
    again = sweeping.Sweep(tmp_path, mlflow.uri, twelve.cache, TWELVE, sweep.environment)
    assert again.end() == 0, again.said
    first, second = kept.runs(tmp_path, "tags.role = 'sweep'")
    assert not kept.differences(kept.of_sweep(first, tmp_path), twelve.runs)
    assert not kept.differences(kept.of_sweep(second, tmp_path), twelve.runs)
    assert all("reused_from" in run.data.tags for run in kept.trials(tmp_path, second.info.run_id))


def _begun(
    mlflow: servers.Server, prefect: servers.Server, twelve: sweeping.Undisturbed, folder: Path
) -> sweeping.Sweep:
    """A sweep of which a trial or more have finished."""
    sweep = sweeping.Sweep(folder, mlflow.uri, twelve.cache, TWELVE, {"PREFECT_API_URL": prefect.uri})
    patience.wait_for(lambda: ": finished, " in sweep.said or sweep.process.poll() is not None)
    assert sweep.process.poll() is None, sweep.said
    return sweep


def _sync(sweep: sweeping.Sweep) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "steelyard", "sync", "--tracking-uri", sweep.uri],
        env=os.environ | {"STEELYARD_CACHE": str(sweep.cache)},
        capture_output=True,
        text=True,
        timeout=patience.SECONDS,
        check=False,
    )


def _whole(folder: Path, twelve: sweeping.Undisturbed) -> None:
    """The store has one sweep, and in it neither more nor less than one that nothing disturbed."""
    (only,) = kept.runs(folder, "tags.role = 'sweep'")
    assert len(kept.runs(folder)) == 1 + 12
    assert not kept.differences(kept.of_sweep(only, folder), twelve.runs)
