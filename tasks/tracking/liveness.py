"""Whether the process behind a RUNNING run lives: on this machine by a lock, everywhere by a beat in the store."""

import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from filelock import FileLock
from mlflow.entities import RunTag
from mlflow.exceptions import MlflowException

from steelyard.tasks import atomic_files, interrupt
from steelyard.tasks.interrupt import Stage
from steelyard.tasks.tracking import records, search, sweeps
from steelyard.tasks.tracking.patient_client import PatientClient

LIVES_AT, LOCK, BEAT = "lives_at", "lock", "alive_at"
"""Tags of a sweep's run: where its lock is and what that is called, and when it last said that it lives, in UTC."""

REASON = "the sweep that ran it died"

NEW_SECONDS = 5.0
BEAT_SECONDS = 20.0
SILENT = timedelta(minutes=5)
"""After which a process is dead, on a clock that may differ from its own by a minute or two."""


@contextmanager
def held(alive_folder: Path) -> Iterator[dict[str, str]]:
    """Hold a lock, free at once however the process ends; gives the tags of a run that is begun meanwhile and tells so.

    A run that has them from its beginning is never taken for dead too early, nor left RUNNING for ever. A child that is
    forked without exec would keep the lock; start workers by forkserver or spawn.
    """
    alive_folder.mkdir(parents=True, exist_ok=True)
    name = uuid.uuid4().hex
    lock = FileLock(_file(alive_folder, name))
    with lock.acquire(timeout=10):
        try:
            with interrupt.closing(Stage.REMOVE, partial(Path(lock.lock_file).unlink, missing_ok=True)):
                yield {LIVES_AT: _places(alive_folder)[0], LOCK: name, BEAT: _now()}
        finally:
            Path(lock.lock_file).unlink(missing_ok=True)


@contextmanager
def beating(client: PatientClient, sweep_id: str) -> Iterator[None]:
    """Say in the store, again and again while the block runs, that the sweep lives."""
    over = threading.Event()
    threading.Thread(target=_beat, args=(client, sweep_id, over), name="beat", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _beat(client: PatientClient, sweep_id: str, over: threading.Event) -> None:
    while not over.wait(BEAT_SECONDS):
        client.log_if_there(sweep_id, records.batch(tags=[RunTag(BEAT, _now())]))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def is_alive(alive_folder: Path, name: str) -> bool:
    """Whether some process holds the lock of this name."""
    return atomic_files.is_held(_file(alive_folder, name))


def dead(client: PatientClient, experiment_ids: list[str], alive_folder: Path) -> dict[str, list[str]]:
    """Sweep -> ids of its runs, itself last, of whatever dead sweeps left RUNNING in these experiments."""
    by_sweep: dict[str, list[str]] = {}
    for run in search.runs(client, experiment_ids, "attributes.status = 'RUNNING'"):
        tags, run_id = run.data.tags, run.info.run_id
        if sweep_id := run_id if tags.get("role") in ("sweep", "tutorial") else tags.get("sweep_id"):
            by_sweep.setdefault(sweep_id, []).append(run_id)
    died = {sweep_id: left for sweep_id, left in by_sweep.items() if _is_dead(client, sweep_id, alive_folder)}
    # One that has ended since its runs were listed let its lock go after it had closed them.
    running = {sweep_id: [run_id for run_id in left if _is_running(client, run_id)] for sweep_id, left in died.items()}
    return {sweep_id: sorted(left, key=sweep_id.__eq__) for sweep_id, left in running.items() if left}


def close_dead(client: PatientClient, experiment_ids: list[str], alive_folder: Path) -> list[str]:
    """Set FAILED whatever dead sweeps left RUNNING in these experiments.

    Returns:
        Ids of the runs closed, children before their parent.
    """
    closed: list[str] = []
    for left in dead(client, experiment_ids, alive_folder).values():
        for run_id in left:
            sweeps.finish(client, run_id, "FAILED", REASON)
            closed.append(run_id)
    for file in alive_folder.glob("*.lock"):
        # One that has just been made is about to be held.
        with suppress(FileNotFoundError):
            if time.time() - file.stat().st_mtime > NEW_SECONDS and not is_alive(alive_folder, file.stem):
                file.unlink()
    return closed


def _is_dead(client: PatientClient, sweep_id: str, alive_folder: Path) -> bool:
    try:
        tags = client.get_run(sweep_id).data.tags
    except MlflowException:
        return False
    if tags.get(LIVES_AT) in _places(alive_folder):
        # A sweep of before called its lock by its own id.
        return not is_alive(alive_folder, tags.get(LOCK, sweep_id))
    # Its lock cannot be seen from here, on another machine, of another user or in another container.
    beat = tags.get(BEAT)
    return beat is not None and datetime.now(UTC) - datetime.fromisoformat(beat) > SILENT


def _is_running(client: PatientClient, run_id: str) -> bool:
    with suppress(MlflowException):
        return str(client.get_run(run_id).info.status) == "RUNNING"
    return False


def _file(alive_folder: Path, name: str) -> Path:
    return alive_folder / f"{name}.lock"


def _places(alive_folder: Path) -> tuple[str, str]:
    """What a folder of locks is called, by an id of its own: containers share host names and paths. Then, of before."""
    place, id_file = f"{socket.gethostname()}:{alive_folder.resolve()}", alive_folder / "id"
    if alive_folder.exists() and not id_file.exists():
        mine = alive_folder / f".{uuid.uuid4().hex}"
        mine.write_text(mine.name)
        with suppress(FileExistsError):  # Another process has just given it one.
            os.link(mine, id_file)
        mine.unlink()
    return f"{place}:{id_file.read_text() if id_file.exists() else ''}", place
