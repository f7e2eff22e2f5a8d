"""Which sweeps still live, and an end for the runs of those that died without saying so."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from steelyard.tasks.tracking import search, sweeps

LIVES_AT = "lives_at"
REASON = "the sweep that ran it died"


@contextmanager
def held(client: MlflowClient, sweep_id: str, alive_folder: Path) -> Iterator[None]:
    """Show that the sweep lives: a file lock, free at once however the process ends.

    The tag that lets ``close_dead`` judge the sweep is set only under the lock, so a sweep that has just begun is never
    taken for dead. A child that is forked without exec would keep the lock; start workers by forkserver or spawn.
    """
    alive_folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(_file(alive_folder, sweep_id))
    with lock.acquire(timeout=10):
        client.set_tag(sweep_id, LIVES_AT, _place(alive_folder))
        try:
            yield
        finally:
            Path(lock.lock_file).unlink(missing_ok=True)


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


def close_dead(client: MlflowClient, experiment_ids: list[str], alive_folder: Path) -> list[str]:
    """Set FAILED whatever dead sweeps of this host and user left RUNNING in these experiments.

    Returns:
        Ids of the runs closed, children before their parent.
    """
    by_sweep: dict[str, list[str]] = {}
    for run in search.runs(client, experiment_ids, "attributes.status = 'RUNNING'"):
        tags, run_id = run.data.tags, run.info.run_id
        if sweep_id := run_id if tags.get("role") in ("sweep", "tutorial") else tags.get("sweep_id"):
            by_sweep.setdefault(sweep_id, []).append(run_id)
    closed: list[str] = []
    for sweep_id, left in by_sweep.items():
        if _is_dead(client, sweep_id, alive_folder):
            for run_id in sorted(left, key=lambda run_id: run_id == sweep_id):
                sweeps.finish(client, run_id, "FAILED", REASON)
                closed.append(run_id)
            _file(alive_folder, sweep_id).unlink(missing_ok=True)
    return closed


def _is_dead(client: MlflowClient, sweep_id: str, alive_folder: Path) -> bool:
    # Another host's lock cannot be seen from here, nor another user's: those sweeps are not ours to judge.
    try:
        place = client.get_run(sweep_id).data.tags.get(LIVES_AT)
    except MlflowException:
        return False
    return place == _place(alive_folder) and not is_alive(alive_folder, sweep_id)


def _file(alive_folder: Path, sweep_id: str) -> Path:
    return alive_folder / f"{sweep_id}.lock"


def _place(alive_folder: Path) -> str:
    return f"{socket.gethostname()}:{alive_folder.resolve()}"
