"""Where runs are kept: an MLflow server or an SQLite file, checked before use and opened without a race."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from filelock import FileLock
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from steelyard.models.errors import BadInput
from steelyard.tasks import credentials, scratch
from steelyard.tasks.tracking import file_place, server
from steelyard.tasks.tracking.experiments import ARTIFACTS, SQLITE, sqlite_path
from steelyard.tasks.tracking.patient_client import PatientClient
from steelyard.tasks.tracking.server import server_answers

A_SERVER = "start `mlflow server --backend-store-uri` on it"
DATABASES = ("postgresql", "mysql", "mssql")
"""Begin the URIs of what only an MLflow server talks to."""

KNOWN = "give sqlite:///mlflow.db or the http:// address of an MLflow server"
_answered: set[str] = set()


def resolve_uri(given: str | None) -> str:
    """The store's absolute URI: ``given``, else ``MLFLOW_TRACKING_URI``, else ``mlflow.db`` in the working folder.

    It is without user and password, which move to where MLflow looks for them in the environment.
    """
    named = os.environ.get("MLFLOW_TRACKING_URI")
    uri = credentials.of_mlflow((given or named or f"{SQLITE}mlflow.db").strip())
    if named and not given:
        os.environ["MLFLOW_TRACKING_URI"] = uri
    if uri.startswith(SQLITE):
        path = uri.removeprefix(SQLITE)
        return f"{SQLITE}{Path(path).absolute()}{'/' * path.endswith('/')}"
    return uri.rstrip("/")


def check(uri: str) -> None:
    """Refuse a store that cannot be used, within 10 s and before MLflow starts its minutes of retries.

    Raises:
        BadInput: no server answers, the database cannot be written, or MLflow has no such store.
    """
    shown = credentials.masked(uri)
    if uri.startswith(("http://", "https://")):
        if not server_answers(uri):
            raise BadInput(
                f"tracking-uri {shown} does not answer at {shown}/health; start the server or correct the address"
            )
        _refuse_other_server(uri)
        _answered.add(uri)
    elif path := sqlite_path(uri):
        if uri.endswith("/"):
            raise BadInput(f"tracking-uri must be an SQLite file, got the folder {shown}; add mlflow.db")
        _check_database(path)
    elif "://" not in uri or uri.startswith("file:"):
        raise BadInput(f"tracking-uri must not be a folder, got {shown}; MLflow refuses file stores: {KNOWN}")
    else:
        mend = f"{A_SERVER}, and give its address" if uri.startswith(DATABASES) else KNOWN
        raise BadInput(f"tracking-uri must be an MLflow server or an SQLite file, got {shown}; {mend}")


def _refuse_other_server(uri: str) -> None:
    shown = credentials.masked(uri)
    if server.asks_for_login(answer := server.asked_as_mlflow(uri, server.ONE_EXPERIMENT)):
        raise BadInput(
            f"tracking-uri {shown} lets nobody in without a user and a password that it knows; set "
            "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
        )
    if not server.works(answer):
        raise BadInput(
            f"tracking-uri must be an MLflow server that works, got {shown}, which answers otherwise "
            f"({answer.reason if answer is not None else 'or not in time'}); correct the address, or look into the "
            "server's log"
        )


def check_exists(uri: str) -> None:
    """Refuse an SQLite store that is not there, instead of making an empty one to look at.

    Raises:
        BadInput: there is no such file.
    """
    path = sqlite_path(uri)
    if path and not _is_there(path):
        raise BadInput(f"tracking-uri must be a store that exists, got {path}; run steelyard sweep there first")


@contextmanager
def told(uri: str) -> Iterator[None]:
    """Say in one line that a store, named by its absolute URI, failed or went away.

    Raises:
        OSError: in place of what MLflow raises.
    """
    try:
        with file_place.told():
            yield
    except MlflowException as error:
        why = credentials.masked(" ".join(str(error).split()))[:500]
        raise OSError(f"tracking-uri {credentials.masked(uri)} failed: {why}") from error


def _check_database(path: Path) -> None:
    if not path.parent.is_dir():
        raise BadInput(f"tracking-uri must lie in a folder that exists, got {path}; create {path.parent}")
    if _is_there(path) and not _is_database(path):
        raise BadInput(f"tracking-uri must be an SQLite database that can be written, got {path}; name another file")
    for folder in filter(Path.exists, (path.parent, path.parent / ARTIFACTS)):
        try:
            # Written and not only asked for: root may do anything, and a full disk takes no page.
            with tempfile.TemporaryFile(dir=folder) as probe:
                probe.write(bytes(4096))
        except OSError as error:
            raise BadInput(
                f"tracking-uri {path} cannot be written in {folder} ({error.strerror}); name another folder"
            ) from None


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # A name that is too long, or a folder that is closed.
        raise BadInput(
            f"tracking-uri must be a file that can be read, got {path} ({error.strerror}); correct it"
        ) from None


@contextmanager
def to_read(uri: str) -> Iterator[str]:
    """The URI of a store to look at: where its database cannot be written, of a copy, and nothing is left beside it.

    MLflow writes to whatever it opens. Files of runs are read where they are. What is written to a copy is lost.

    Raises:
        BadInput: there is no such store.
    """
    check_exists(uri)
    path = sqlite_path(uri)
    if path is None or not _is_read_only(path):
        yield uri
        return
    with scratch.folder() as folder:
        # What was written last may stand in the second.
        for file in filter(Path.exists, (path, path.with_name(f"{path.name}-wal"))):
            shutil.copyfile(file, folder / file.name)
        yield f"{SQLITE}{folder / path.name}"


def _is_read_only(path: Path) -> bool:
    if not path.is_file() or not os.access(path, os.R_OK):
        return False
    try:
        with tempfile.TemporaryFile(dir=path.parent) as probe:
            probe.write(bytes(4096))
    except OSError:
        return True
    return not os.access(path, os.W_OK)


def _is_database(path: Path) -> bool:
    """Whether SQLite can read a file, which may be empty.

    SQLite itself looks: whoever closes a file that this process has open as a database ends the locks on it, and the
    next process to close it takes away the log that this one reads and writes.
    """
    if not path.is_file() or not os.access(path, os.R_OK | os.W_OK):
        return False
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", timeout=0, uri=True)) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.DatabaseError as error:
        # One that is locked is one.
        return isinstance(error, sqlite3.OperationalError)
    return True


def client(given: str | None) -> PatientClient:
    """The store's client, opened once per process; thread-safe. What is given is resolved as by ``resolve_uri``.

    Raises:
        BadInput: it cannot be opened, or is no longer the file that this process opened.
    """
    uri = resolve_uri(given)
    opened, file = _opened(uri)
    if file != _file(uri):
        # MLflow goes on with the file that it has open, which nobody else can see.
        raise BadInput(
            f"tracking-uri must stay the database that Python opened, got {sqlite_path(uri)}, which was removed or "
            "replaced since; start Python again, or name another file"
        )
    return opened


@cache
def _opened(uri: str) -> tuple[PatientClient, int]:
    # A server that answered before the sweep began may be away now.
    if uri not in _answered:
        check(uri)
    return open_client(uri), _file(uri)


def _file(uri: str) -> int:
    """What tells a database file from another of its name; 0 for a server, or for none."""
    path = sqlite_path(uri)
    return path.stat().st_ino if path and path.exists() else 0


def open_client(uri: str) -> PatientClient:
    """Open the store, bringing a fresh database up to date; any number of processes may do so at once.

    Raises:
        BadInput: the database is damaged, full, locked by another program, or of another version of MLflow.
    """
    path = sqlite_path(uri)
    if path is None:
        return PatientClient(uri)
    try:
        # Of four processes that open a fresh database at once, three die in MLflow's migration.
        with FileLock(f"{path}.lock"):
            # Two to three times as many writes per second, and readers never wait; the setting stays in the file.
            with closing(sqlite3.connect(path, timeout=20)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
            return PatientClient(uri)
    except (MlflowException, sqlite3.Error, SQLAlchemyError, OSError) as error:
        why = str(error).partition("(Background on this error")[0]
        raise BadInput(f"tracking-uri {path} cannot be opened: {' '.join(why.split())}; name another file") from error
