"""Servers that are gone, or hang, in mid-sweep: for a while, which costs nothing, and for good, which is told."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import kept
import patience
import pytest
import servers
import sweeping
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

pytestmark = pytest.mark.faults

AWAY = float(os.environ.get("STEELYARD_AWAY", "15"))
"""Seconds."""

EPOCHS_PER_SECOND = 3
"""So that training lasts about as long: 8 trials of 0.2 s per epoch, two at once, on two cores."""

WEIGHTS = "0.7,0.8,0.9" if AWAY > 60 else "0.8"

LONG = sweeping.SMALL | {"weights": WEIGHTS, "seeds": "2", "epochs": str(int(AWAY * EPOCHS_PER_SECOND))}
"""Four trials on features and eight of networks from scratch; two and four where the servers are away for seconds."""

FOR_GOOD = [("prefect", "gone")]
ALL = [(who, how) for how in ("killed", "halted") for who in ("mlflow", "prefect", "both")] + FOR_GOOD
IN_SHORT = [("mlflow", "killed"), ("both", "halted"), *FOR_GOOD]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> sweeping.Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    shutil.copy(migrated, folder / "mlflow.db")
    return sweeping.undisturbed(folder, LONG)


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
def test_servers_that_are_away_for_a_while_and_prefect_for_good_cost_nothing(
    who: str,
    how: str,
    mlflow: servers.Server,
    prefect: servers.Server,
    undisturbed: sweeping.Undisturbed,
    tmp_path: Path,
) -> None:
    sweep = _begun(mlflow, prefect, undisturbed, tmp_path)
    away = [server for server, name in ((mlflow, "mlflow"), (prefect, "prefect")) if who in (name, "both")]
    for server in away:
        server.send(signal.SIGSTOP) if how == "halted" else server.kill()
    if how != "gone":
        time.sleep(AWAY)
        assert sweep.process.poll() is None, sweep.said
        for server in away:
            server.start() if how == "killed" else server.send(signal.SIGCONT)
    code = sweep.end()
    assert "Traceback" not in sweep.said
    assert code == 0, sweep.said
    _whole(tmp_path, undisturbed)


def test_mlflow_away_for_good_is_one_line_and_what_it_was_to_get_is_delivered_later(
    mlflow: servers.Server, prefect: servers.Server, undisturbed: sweeping.Undisturbed, tmp_path: Path
) -> None:
    sweep = _begun(mlflow, prefect, undisturbed, tmp_path)
    mlflow.kill()
    assert sweep.end() == 1, sweep.said
    assert "steelyard sync" in sweep.line and str(sweep.cache / "unsent") in sweep.line
    there = {name: tmp_path.with_name(f"before-{name}") for name in ("mlflow.db", "mlartifacts", "cache")}
    _copy(there, tmp_path)

    mlflow.start()
    assert _sync(sweep) == 0
    _whole(tmp_path, undisturbed)
    assert _sync(sweep) == 0  # With nothing left to deliver, nothing is delivered twice.
    _whole(tmp_path, undisturbed)
    assert not sweep.leftovers()

    mlflow.kill()
    _copy_back(there, tmp_path)
    mlflow.start()
    again = sweeping.Sweep(tmp_path, mlflow.uri, sweep.cache, LONG, sweep.environment)
    assert again.end() == 0, again.said
    first, second = kept.runs(tmp_path, "tags.role = 'sweep'")
    assert not kept.differences(kept.of_sweep(first, tmp_path), undisturbed.runs)
    assert not kept.differences(kept.of_sweep(second, tmp_path), undisturbed.runs)
    assert all("reused_from" in run.data.tags for run in kept.trials(tmp_path, second.info.run_id))
    assert not again.leftovers()


def _copy(copies: dict[str, Path], folder: Path) -> None:
    with closing(sqlite3.connect(folder / "mlflow.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # The server was killed: what it wrote is beside the file.
    for name, copy in copies.items():
        (shutil.copytree if (folder / name).is_dir() else shutil.copy)(folder / name, copy)


def _copy_back(copies: dict[str, Path], folder: Path) -> None:
    for engine in SqlAlchemyStore._engine_map.values():
        engine.dispose()  # An open connection of this process goes on reading the file that is replaced here.
    for name, copy in copies.items():
        shutil.rmtree(folder / name) if copy.is_dir() else [file.unlink() for file in folder.glob(f"{name}*")]
        copy.rename(folder / name)


def _begun(
    mlflow: servers.Server, prefect: servers.Server, undisturbed: sweeping.Undisturbed, folder: Path
) -> sweeping.Sweep:
    """A sweep of which a trial or more have finished."""
    shutil.copytree(undisturbed.cache, folder / "cache")
    sweep = sweeping.Sweep(folder, mlflow.uri, folder / "cache", LONG, {"PREFECT_API_URL": prefect.uri})
    patience.wait_for(lambda: ": finished, " in sweep.said or sweep.process.poll() is not None)
    assert sweep.process.poll() is None, sweep.said
    return sweep


def _sync(sweep: sweeping.Sweep) -> int:
    return subprocess.run(
        [sys.executable, "-m", "steelyard", "sync"],
        env=os.environ | {"STEELYARD_CACHE": str(sweep.cache)},
        timeout=patience.SECONDS,
        check=False,
    ).returncode


def _whole(folder: Path, undisturbed: sweeping.Undisturbed) -> None:
    """The store has one sweep, and in it neither more nor less than one that nothing disturbed."""
    (only,) = kept.runs(folder, "tags.role = 'sweep'")
    assert len(kept.runs(folder)) == len(undisturbed.runs)
    assert not kept.differences(kept.of_sweep(only, folder), undisturbed.runs)
