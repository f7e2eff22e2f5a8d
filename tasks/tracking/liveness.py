"""Whether the process behind a RUNNING run lives: on this machine by a lock, everywhere by a beat in the store."""

import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout
from mlflow.entities import RunTag
from mlflow.exceptions import MlflowException

from steelyard.tasks import atomic_files, interrupt
from steelyard.tasks.interrupt import Stage
from steelyard.tasks.tracking import records, search, sweeps
from steelyard.tasks.tracking.patient_client import PatientClient

LIVES_AT, BEAT = "lives_at", "alive_at"
"""Tags of a sweep's run: which folder has its lock, and when its process last said that it lives, in UTC."""

REASON = "the sweep that ran it died"

BEAT_SECONDS = 20.0
SILENT = timedelta(minutes=5)
"""After which a process is dead, on a clock that may differ from its own by a minute or two."""


@contextmanager
def held(client: PatientClient, sweep_id: str, alive_folder: Path) -> Iterator[None]:
    """Show that the sweep lives: a file lock, free at once however the process ends, and a beat in the store.

    The tag that lets ``close_dead`` judge the sweep is set only under the lock, so a sweep that has just begun is never
    taken for dead. A child that is forked without exec would keep the lock; start workers by forkserver or spawn.
    """
    alive_folder.mkdir(parents=True, exist_ok=True)
    lock, over = FileLock(_file(alive_folder, sweep_id)), threading.Event()
    with lock.acquire(timeout=10):
        client.set_tag(sweep_id, LIVES_AT, _places(alive_folder)[0])
        thread = threading.Thread(target=_beat, args=(client, sweep_id, over), name="beat", daemon=True)
        thread.start()
        try:
            with interrupt.closing(Stage.REMOVE, partial(Path(lock.lock_file).unlink, missing_ok=True)):
                yield
        finally:
            over.set()
            Path(lock.lock_file).unlink(missing_ok=True)


def _beat(client: PatientClient, sweep_id: str, over: threading.Event) -> None:
    while True:
        tag = RunTag(BEAT, datetime.now(UTC).isoformat(timespec="seconds"))
        client.log_if_there(sweep_id, records.batch(tags=[tag]))
        if over.wait(BEAT_SECONDS):
            return


def is_alive(alive_folder: Path, sweep_id: str) -> bool:
    """Whether some process holds the sweep's lock."""
    path = _file(alive_folder, sweep_id)
    if not path.exists():
        return False
    try:
        with FileLock(path).acquire(timeout=0):
            return False
    except Timeout:
        return True


def dead(client: PatientClient, experiment_ids: list[str], alive_folder: Path) -> dict[str, list[str]]:
    """Sweep -> ids of its runs, itself last, of whatever dead sweeps left RUNNING in these experiments."""
    by_sweep: dict[str, list[str]] = {}
    for run in search.runs(client, experiment_ids, "attributes.status = 'RUNNING'"):
        tags, run_id = run.data.tags, run.info.run_id
        if sweep_id := run_id if tags.get("role") in ("sweep", "tutorial") else tags.get("sweep_id"):
            by_sweep.setdefault(sweep_id, []).append(run_id)
    return {
        sweep_id: sorted(left, key=sweep_id.__eq__)
        for sweep_id, left in by_sweep.items()
        if _is_dead(client, sweep_id, alive_folder)
    }


def close_dead(client: PatientClient, experiment_ids: list[str], alive_folder: Path) -> list[str]:
    """Set FAILED whatever dead sweeps left RUNNING in these experiments.

    Returns:
        Ids of the runs closed, children before their parent.
    """
    closed: list[str] = []
    for sweep_id, left in dead(client, experiment_ids, alive_folder).items():
        for run_id in left:
            sweeps.finish(client, run_id, "FAILED", REASON)
            closed.append(run_id)
        _file(alive_folder, sweep_id).unlink(missing_ok=True)
    return closed


def _is_dead(client: PatientClient, sweep_id: str, alive_folder: Path) -> bool:
    try:
        tags = client.get_run(sweep_id).data.tags
    except MlflowException:
        return False
    if tags.get(LIVES_AT) in _places(alive_folder):
        return not is_alive(alive_folder, sweep_id)
    # Its lock cannot be seen from here, on another machine, of another user or in another container.
    beat = tags.get(BEAT)
    return beat is not None and datetime.now(UTC) - datetime.fromisoformat(beat) > SILENT


def _file(alive_folder: Path, sweep_id: str) -> Path:
    return alive_folder / f"{sweep_id}.lock"


def _places(alive_folder: Path) -> tuple[str, str]:
    """What a folder of locks is called, by an id of its own: containers share host names and paths. Then, of before."""
    place, id_file = f"{socket.gethostname()}:{alive_folder.resolve()}", alive_folder / "id"
    if alive_folder.exists() and not id_file.exists():
        atomic_files.write_text(id_file, uuid.uuid4().hex)
    return f"{place}:{id_file.read_text() if id_file.exists() else ''}", place
