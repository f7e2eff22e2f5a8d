"""PostgreSQL as Debian packs it, on a port of its own, with a password that nothing may show."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from steelyard.tasks.tracking.server import _any_free

SECRET = "a-word-for-the-database"  # noqa: S105


@dataclass(frozen=True)
class Postgres:
    """A cluster in a folder; ``programs`` is where those of its version are."""

    programs: Path
    folder: Path
    port: int

    def start(self) -> None:
        # Nothing survives a power cut, which no test is.
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """As a crash does: no client is waited for."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def make(self, database: str) -> str:
        """A new database, as what stands behind ``postgresql`` and a driver in its URI."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "steelyard", database)
        return f"://steelyard:{SECRET}@127.0.0.1:{self.port}/{database}"

    def initialise(self) -> None:
        word = self.folder / "word"
        word.write_text(SECRET)
        login = ["-U", "steelyard", "-A", "scram-sha-256", "--pwfile", str(word)]
        self._run("initdb", "-D", self._data, "-E", "UTF8", "--locale", "C", "--no-sync", *login)
        word.unlink()

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        # A log rather than a pipe, which the server would keep open.
        with (self.folder / "said").open("ab") as said:
            subprocess.run(
                [self.programs / program, *arguments],
                cwd=self.folder,
                env=os.environ | {"PGPASSWORD": SECRET},
                stdout=said,
                stderr=said,
                user=owner(),
                check=True,
            )


def owner() -> str | None:
    """Whom it is to run as, since it refuses root."""
    return "postgres" if os.geteuid() == 0 else None


@contextmanager
def started() -> Iterator[Postgres]:
    """A cluster of its own, removed at the end; the test is skipped where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed: pip install psycopg2-binary")
    # Its user may not enter pytest's own folders.
    with tempfile.TemporaryDirectory(prefix="steelyard-postgres-") as folder:
        if user := owner():
            shutil.chown(folder, user)
        database = Postgres(found[-1].parent, Path(folder), _any_free())
        database.initialise()
        database.start()
        try:
            yield database
        finally:
            database.stop()
