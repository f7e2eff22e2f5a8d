"""Real stores and servers for the whole test run, and nothing of the user's: set before Prefect is imported.

One SQLite database is migrated once and copied per test; one lean MLflow server keeps the files itself.
"""

import os
import tempfile

_home = tempfile.mkdtemp(prefix="steelyard-tests-")
os.environ |= {
    "PREFECT_HOME": f"{_home}/prefect",
    "STEELYARD_CACHE": f"{_home}/cache",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    # Of two threads on busy cores one waits for the other, and the tests already fill all cores; where two are wanted,
    # as in a trial that has the machine for itself, the waiting one leaves its core to others.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
}
for outside in ("PREFECT_API_URL", "PREFECT_PROFILE", "MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"):
    os.environ.pop(outside, None)

import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import servers
import sharing
import synthetic

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.tracking import store

# A shell lets what it starts in the background ignore Ctrl-C, and so would the sweeps that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_collection_modifyitems = sharing.arrange
pytest_xdist_auto_num_workers = sharing.processes
pytest_xdist_make_scheduler = sharing.scheduler


def pytest_sessionfinish() -> None:
    shutil.rmtree(_home, ignore_errors=True)


@pytest.fixture(autouse=True)
def no_store_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def hears_interrupts() -> Iterator[None]:
    """Processes inherit that Ctrl-C is ignored, and so would those that later tests start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    left = signal.signal(signal.SIGINT, signal.default_int_handler)
    assert left != signal.SIG_IGN, "the test leaves SIGINT ignored"


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
    with servers.mlflow(folder) as server:
        yield server.uri


@pytest.fixture(scope="session")
def judged() -> Callable[..., Dossier]:
    """A factory of judged sweeps of known scores, with all that a report is made of."""
    return synthetic.judged
