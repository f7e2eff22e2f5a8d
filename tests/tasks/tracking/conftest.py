"""Real stores: an SQLite database migrated once and copied per test, and one lean server that keeps the files."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from mlflow import MlflowClient

from models.networks import classifier
from models.spec import Compute, Handling, Partition, Recipe, Sweep, Trial
from tasks.tracking import health, server, store, sweeps


@pytest.fixture(autouse=True)
def no_store_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    store.open_client(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def sqlite_uri(migrated: Path, tmp_path: Path) -> str:
    shutil.copy(migrated, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path / 'mlflow.db'}"


@pytest.fixture(scope="session")
def server_uri(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    shutil.copy(migrated, folder / "mlflow.db")
    uri = f"http://127.0.0.1:{server._any_free()}"
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    command += ["--port", uri.rpartition(":")[2], "--workers", "1"]
    lean = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    process = subprocess.Popen(
        command, cwd=folder, env=lean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while not health.server_answers(uri, seconds=2):
            assert process.poll() is None
        yield uri
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


@pytest.fixture
def sqlite_client(sqlite_uri: str) -> MlflowClient:
    return store.open_client(sqlite_uri)


@pytest.fixture(params=["sqlite", "server"])
def client(request: pytest.FixtureRequest) -> MlflowClient:
    return store.open_client(request.getfixturevalue(f"{request.param}_uri"))


@pytest.fixture
def experiment() -> str:
    """A name that no other test has, since all share one server."""
    return f"digits · 8 vs rest {uuid.uuid4().hex}"


@pytest.fixture
def spec() -> Sweep:
    return Sweep(data="digits", positive="8")


@pytest.fixture
def sweep(client: MlflowClient, experiment: str, spec: Sweep) -> sweeps.SweepRun:
    return sweeps.start(client, experiment, spec, {}, "")


@pytest.fixture
def trial() -> Trial:
    return Trial(
        image_set="0123456789abcdef",
        partition=Partition(positive="8"),
        handling=Handling(name="weights", class_weights=(0.15, 0.85)),
        seed=1,
        recipe=Recipe(),
        compute=Compute(device="cpu", threads=1, precision="float32"),
    )


@pytest.fixture(scope="session")
def images() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (300, 16, 16, 1), dtype=np.uint8)


@pytest.fixture(scope="session")
def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return classifier("residual", channels=1).eval()


@pytest.fixture(scope="session")
def weights(network: torch.nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "weights.pt"
    torch.save(network.state_dict(), path)
    return path
