"""What dead sweeps left behind; each has a way to clear it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from steelyard.tasks import atomic_files
from steelyard.tasks.doctor.findings import Finding
from steelyard.tasks.doctor.folders import size
from steelyard.tasks.settings import Settings

CLEAR = "steelyard doctor --clear"


def folders(settings: Settings) -> Iterator[Finding]:
    """Folders of the cache that dead processes were filling."""
    for root in sorted(folder for folder in settings.cache.glob("*") if folder.is_dir()):
        if dead := atomic_files.leftovers(root):
            what = "half-built folders" if len(dead) > 1 else "half-built folder"
            told = f"{len(dead):,} {what} of dead processes in {root}, {size(_bytes(dead))}"
            yield Finding("warn", "leftovers", told, f"{CLEAR} removes them", partial(atomic_files.clear, root))


def checkpoints(settings: Settings) -> Iterator[Finding]:
    """What trials that were cut off go on from."""
    from steelyard.tasks.checkpoints import FOLDER

    if files := [file for file in (settings.cache / FOLDER).glob("*.pt") if file.is_file()]:
        told = f"{len(files):,} trial{'s' * (len(files) > 1)} cut off or running, kept in {settings.cache / FOLDER}"
        told += f", {size(sum(file.stat().st_size for file in files))}"
        yield Finding("ok", "checkpoints", told, "the same sweep goes on from them; else they may be deleted")


def _bytes(dead: list[Path]) -> int:
    return sum(file.stat().st_size for folder in dead for file in folder.rglob("*") if file.is_file())


def runs(settings: Settings) -> Iterator[Finding]:
    """Runs that are RUNNING in MLflow although their sweep is dead."""
    from steelyard.tasks.tracking import liveness, search, store
    from steelyard.tasks.tracking.experiments import sqlite_path

    uri = store.resolve_uri(settings.tracking_uri)
    path = sqlite_path(uri)
    if path and not (path.exists() and path.stat().st_size):
        return
    with store.told(uri):
        client, alive = store.client(uri), settings.cache / "alive"
        experiments = search.experiment_ids(client)
        dead = [run_id for left in liveness.dead(client, experiments, alive).values() for run_id in left]
    if dead:
        told = f"{len(dead):,} are RUNNING in {uri} although their sweep is dead: {', '.join(dead[:3])}"
        told += f" and {len(dead) - 3:,} more" * (len(dead) > 3)
        yield Finding(
            "warn",
            "runs",
            told,
            f"{CLEAR} or the next sweep closes them",
            partial(liveness.close_dead, client, experiments, alive),
        )


def unsent(settings: Settings) -> Iterator[Finding]:
    """What dead sweeps could not log, whose store was away: it is kept, and never cleared."""
    from steelyard.tasks.tracking import outbox

    for kept in outbox.left(settings.cache):
        told = f"{kept.waiting:,} runs are not in {kept.contact.uri} yet, they are kept in {kept.folder}"
        yield Finding("warn", "unsent", told, "steelyard sync logs them once that store answers")
