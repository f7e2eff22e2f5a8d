"""Where runs are kept, and what is refused before any training."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import patience
import pytest
from mlflow import MlflowClient

from steelyard.models.errors import BadInput
from steelyard.tasks.tracking import server, store


def test_the_store_is_what_is_given_else_the_environment_else_the_working_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert store.resolve_uri(None) == f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000/")
    assert store.resolve_uri(None) == "http://127.0.0.1:5000"
    assert store.resolve_uri("sqlite:///sub/a.db") == f"sqlite:///{tmp_path}/sub/a.db"
    assert store.resolve_uri("sqlite:////sub/a.db") == "sqlite:////sub/a.db"


def test_a_store_that_can_be_used_passes_and_is_left_untouched(tmp_path: Path, server_uri: str) -> None:
    store.check(f"sqlite:///{tmp_path}/mlflow.db")
    store.check(server_uri)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("file:///mlruns", "give sqlite:///mlflow.db"),
        ("./mlruns", "must not be a folder"),
        ("ftp://host", "must be an MLflow server or an SQLite file"),
        (
            "postgresql://me:hidden@host/runs",
            "got postgresql://.*@host/runs; start `mlflow server --backend-store-uri`",
        ),
        ("sqlite:////no/such/folder/mlflow.db", "create /no/such/folder"),
        ("http://", "does not answer"),
    ],
)
def test_a_store_that_cannot_be_used_is_one_line(uri: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as refused:
        store.check(uri)
    assert "\n" not in str(refused.value) and "hidden" not in str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("not a database at all")
    with pytest.raises(BadInput, match="must be an SQLite database"):
        store.check(f"sqlite:///{tmp_path}/mlflow.db")


def test_a_folder_that_another_user_may_not_write_is_refused(tmp_path: Path) -> None:
    """As root a mode stops nothing, so a child that is nobody asks."""
    if os.getuid() != 0:
        tmp_path.chmod(0o555)
    code = (
        "import os, sys; from steelyard.tasks.tracking import store\n"
        "if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "try: store.check(sys.argv[1])\n"
        "except store.BadInput as error: print(error)"
    )
    folder = "/" if os.getuid() == 0 else str(tmp_path)
    asked = subprocess.run([sys.executable, "-c", code, f"sqlite:///{folder}/x.db"], capture_output=True, text=True)
    assert f"cannot be written in {Path(folder)}" in asked.stdout.replace("//", "/"), asked.stderr
    assert "(Permission denied)" in asked.stdout


@pytest.fixture
def dripping_server() -> Iterator[str]:
    """Sends a byte now and then and never an answer, so that no timeout of a socket ever strikes."""

    def drip() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                while True:
                    connection.send(b"H")
                    time.sleep(0.2)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_server_that_never_answers_is_refused_in_time(dripping_server: str) -> None:
    assert server.ANSWER_SECONDS < 10
    begin = time.monotonic()
    assert not server.server_answers(dripping_server, seconds=1)
    assert time.monotonic() - begin < 60, "1 s where nothing else runs, for ever where a socket is waited for"


def test_a_connection_refused_is_known_at_once() -> None:
    begin = time.monotonic()
    assert not server.server_answers("http://127.0.0.1:9", seconds=patience.SECONDS)
    assert time.monotonic() - begin < 60


def test_processes_that_open_a_fresh_database_at_once_all_get_it_with_wal(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    code = f"from steelyard.tasks.tracking import store; store.open_client({uri!r}).experiment_id('same')"
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT count(*) FROM experiments WHERE name = 'same'").fetchone() == (1,)


def test_threads_that_want_one_experiment_get_the_same(client: MlflowClient, experiment: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(lambda _: client.experiment_id(experiment), range(8)))
    assert len(ids) == 1


def test_a_deleted_experiment_comes_back(client: MlflowClient, experiment: str) -> None:
    first = client.experiment_id(experiment)
    client.delete_experiment(first)
    assert client.experiment_id(experiment) == first
    assert client.get_experiment(first).lifecycle_stage == "active"


def test_one_process_opens_a_store_once(sqlite_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", sqlite_uri)
    assert store.client(None) is store.client(sqlite_uri)


def test_artifacts_lie_beside_the_database(sqlite_client: MlflowClient, tmp_path: Path) -> None:
    found = sqlite_client.get_experiment(sqlite_client.experiment_id("a"))
    assert found.artifact_location == f"file://{tmp_path}/mlartifacts"


def test_a_folder_may_have_any_name(migrated: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a b · ü #1 100%"
    folder.mkdir()
    shutil.copy(migrated, folder / "mlflow.db")
    uri = store.resolve_uri(f"sqlite:///{folder}/mlflow.db")
    store.check(uri)
    client = store.open_client(uri)
    run_id = client.create_run(client.experiment_id("a")).info.run_id
    client.log_text(run_id, "text", "note.txt")
    assert [path.parent.parent.name for path in (folder / "mlartifacts").rglob("note.txt")] == [run_id]
    assert Path(client.download_artifacts(run_id, "note.txt", str(tmp_path))).read_text() == "text"


def test_an_experiment_whose_files_a_server_keeps_is_refused_without_it(sqlite_client: MlflowClient) -> None:
    sqlite_client.create_experiment("a", artifact_location="mlflow-artifacts:/1")
    with pytest.raises(BadInput, match="give the server's address"):
        sqlite_client.experiment_id("a")


def test_a_database_of_another_version_of_mlflow_is_refused(sqlite_uri: str) -> None:
    path = store.sqlite_path(sqlite_uri)
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
        connection.commit()
    with pytest.raises(BadInput, match="cannot be opened") as refused:
        store.open_client(sqlite_uri)
    assert "\n" not in str(refused.value)


@pytest.fixture
def other_server() -> Iterator[Callable[[int], str]]:
    """``other_server(500)`` is healthy and answers anything else with that status and a page."""
    with ExitStack() as running:

        def served(status: int) -> str:
            class Answer(BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    self.send_response(200 if self.path == "/health" else status)
                    self.end_headers()
                    self.wfile.write(b"<html>")

                def log_message(self, *_: object) -> None:
                    """Quiet."""

            listening = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
            threading.Thread(target=listening.serve_forever, daemon=True).start()
            running.callback(listening.server_close)
            running.callback(listening.shutdown)
            return f"http://127.0.0.1:{listening.server_port}"

        yield served


@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_server_that_is_no_mlflow_is_refused(status: int, other_server: Callable[[int], str]) -> None:
    with pytest.raises(BadInput, match="must be an MLflow server that works, got http"):
        store.check(other_server(status))


def test_a_server_that_asks_for_a_password_is_refused_without_one(other_server: Callable[[int], str]) -> None:
    with pytest.raises(BadInput, match=r"lets nobody in .* set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"):
        store.check(other_server(401))


def test_a_damaged_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"SQLite format 3\x00" + os.urandom(8192))
    with pytest.raises(BadInput, match=r"tracking-uri .*mlflow\.db cannot be opened: .*; name another file") as refused:
        store.open_client(f"sqlite:///{tmp_path}/mlflow.db")
    assert "\n" not in str(refused.value)


WRITES = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=20) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS written (number INTEGER)")
    connection.execute("INSERT INTO written VALUES (?)", (int(sys.argv[2]),))
connection.close()
"""


def test_looking_at_a_store_that_this_process_has_open_loses_nothing_that_others_write(sqlite_uri: str) -> None:
    """Closing any handle of a file ends all locks of the process on it, and others then take away what it reads."""
    path, client = str(store.sqlite_path(sqlite_uri)), store.client(sqlite_uri)
    for number in range(4):
        client.create_experiment(f"before {number}")
        store.check(sqlite_uri)
        subprocess.run([sys.executable, "-c", WRITES, path, str(number)], check=True)
        client.create_experiment(f"after {number}")
    with closing(sqlite3.connect(path)) as connection:
        assert [number for (number,) in connection.execute("SELECT number FROM written")] == [0, 1, 2, 3]
        names = {name for (name,) in connection.execute("SELECT name FROM experiments")}
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert names >= {f"{when} {number}" for when in ("before", "after") for number in range(4)}
