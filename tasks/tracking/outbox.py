"""What a store could not be told while it was away: kept on disk, and logged in order once it is back."""

import json
import logging
import shutil
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from requests import RequestException

from steelyard.tasks import atomic_files
from steelyard.tasks.tracking import contact, experiments, parcel, records
from steelyard.tasks.tracking.contact import FAILURES, Away, Contact
from steelyard.tasks.tracking.parcel import COPIED, Parcel, translate
from steelyard.tasks.tracking.records import Record

logger = logging.getLogger(__name__)

KEY = "created_as"
"""Tag of a run: what its creation was called, by which it is found if the store's answer was lost."""

BEGINNINGS = {"create", "experiment"}
"""Kinds of the first record of what was begun while the store was away."""

FOLDER = "unsent/mlflow"
"""Below the cache: a folder per process that kept something."""

STORE, IDS, LOCK = "store.json", "ids.json", ".lock"

PAUSE_SECONDS = 2.0
"""Between two looks whether the store is back."""

PATIENCE_SECONDS = 180.0
"""For a store to come back once all is judged, since it answered last."""

T = TypeVar("T")


class Outbox:
    """Logs to a store as long as it answers, keeps what is to be logged while it does not, and delivers it later.

    Runs and experiments that are begun while the store is away have an id of our own, for which the store's is put in
    wherever it stands, once there is one. Every step can be done again to the same effect.

    Attributes:
        folder: for what is kept; there only while something is.
        refused: folders of what the store refused when it was back.
    """

    def __init__(self, uri: str, folder: Path) -> None:
        """For a store by its absolute URI; the folder is made when it is needed, or holds what another process left."""
        self.store, self.contact, self.folder = MlflowClient(uri), Contact(uri), folder
        self.refused = sorted(folder.glob(f"{parcel.REFUSED}*"))
        self._lock, self._over = threading.RLock(), threading.Event()
        self._of_run: dict[str, threading.RLock] = defaultdict(threading.RLock)
        self._alive: FileLock | None = None
        ids = folder / IDS
        self._ids: dict[str, str] = json.loads(ids.read_text("utf-8")) if ids.exists() else {}
        # Without records there is but a copy whose process was killed as it made it.
        begun = (file.parent for file in sorted(folder.glob(f"[0-9]*-*/{parcel.RECORDS}")))
        self._parcels = {kept.run_id: kept for kept in map(Parcel, begun)}

    @property
    def waiting(self) -> int:
        """Runs of which something is kept that the store does not have."""
        return len(self._parcels) + len(self.refused)

    def log(self, run_id: str, record: Record, keep: bool = True) -> None:
        """Log a record to a run now, or once the store is back; one that is not to be kept, now or never.

        Raises:
            MlflowException: the store refuses it.
            OSError: there is no room to keep it.
        """
        with self._of_run[run_id]:
            if run_id not in self._parcels:
                try:
                    place = partial(self._place, run_id) if record.keys() & records.FILES else str
                    self.contact.tell(lambda: records.apply(self.store, *self._own(run_id, record)), place)
                except Away:
                    pass
                else:
                    return
            if keep:
                self._parcel(run_id).add(record)

    def create(self, record: Record) -> tuple[str, Run | None]:
        """Begin a run: its id, and the run as the store has it, if it answers.

        Args:
            record: ``experiment``, ``name``, ``tags`` and ``start`` in milliseconds.
        """
        local, asked = uuid.uuid4().hex, count()
        record = record | {"tags": record["tags"] | {KEY: local}}
        try:
            run = self.contact.tell(lambda: self._create(local, record, again=next(asked) > 0))
        except Away:
            self._parcel(local).add({"create": record})
            return local, None
        return str(run.info.run_id), run

    def experiment(self, name: str) -> str:
        """The id of an experiment, which is made where it is missing; one of our own while the store is away."""
        try:
            return self.contact.tell(lambda: experiments.experiment_id(self.store, name))
        except Away:
            local = uuid.uuid4().hex
            self._parcel(local).add({"experiment": name})
            return local

    def read(self, ask: Callable[[], T]) -> T:
        """What the store answers.

        Raises:
            Away: it does not.
            MlflowException: it refuses.
        """
        return self.contact.tell(ask)

    def translated(self, text: str) -> str:
        """A text with the store's ids in place of our own, as far as they are known."""
        for local, own in self._ids.items():
            text = text.replace(local, own)
        return text

    def deliver(self) -> int:
        """Log all that is kept, and remove it; gives how many runs there were.

        Raises:
            MlflowException: the store is away again.
        """
        for kept in self._kept():
            try:
                self._identify(kept)
            except FAILURES as error:
                self._refused(kept, error)
        self.contact.is_back()
        delivered = 0
        # A run that goes on adds to its parcel until that is delivered; a sweep ends after its trials.
        for kept in sorted(self._kept(), key=lambda kept: kept.changed):
            with self._of_run[kept.run_id]:
                delivered += self._deliver(kept)
        self._clear()
        return delivered

    def _deliver(self, kept: Parcel) -> bool:
        run_id = self.translated(kept.run_id)
        try:
            for record in kept.records(self.translated):
                if not record.keys() & BEGINNINGS:
                    records.apply(self.store, run_id, record)
                    self.contact.seen = time.monotonic()
        except FAILURES as error:
            self._refused(kept, error)
            return False
        kept.remove()
        self._parcels.pop(kept.run_id)
        return True

    def _refused(self, kept: Parcel, error: MlflowException | RequestException) -> None:
        """Set aside what the store refuses for good; raises again what it may take later."""
        if not contact.is_final(error):
            self.contact.look(partial(self._place, kept.run_id))
            raise error
        self.refused.append(kept.set_aside())
        self._parcels.pop(kept.run_id)
        logger.warning("%s refuses what is kept in %s: %s", self.contact.uri, self.refused[-1], error)

    @contextmanager
    def attended(self) -> Iterator[None]:
        """While the block runs, deliver what is kept when the store is back; at its end, wait a while for that."""
        thread = threading.Thread(target=self._attend, name="outbox", daemon=True)
        thread.start()
        try:
            yield
            self.settle()
        finally:
            self._over.set()
            thread.join(PAUSE_SECONDS)
            if self._alive:
                self._alive.release()

    def settle(self) -> None:
        """Wait until all is delivered, or the store has been away for long."""
        if self._parcels:
            left = max(0.0, PATIENCE_SECONDS - (time.monotonic() - self.contact.seen))
            logger.info("all is judged; waiting for MLflow's store, %.0f s at most", left)
        while self._parcels and time.monotonic() - self.contact.seen < PATIENCE_SECONDS:
            time.sleep(PAUSE_SECONDS / 10)
        if self.waiting:
            logger.warning(
                "%d runs are not in MLflow, whose store at %s does not answer; they are kept in %s, and "
                "`steelyard sync` or the same command logs them once it does",
                self.waiting,
                self.contact,
                self.folder,
            )

    def _attend(self) -> None:
        while not self._over.wait(PAUSE_SECONDS):
            if self._parcels and self.contact.is_back():
                try:
                    logger.info("MLflow's store is back: logged what was kept of %d runs", self.deliver())
                except FAILURES:
                    self.contact.is_back()

    def _place(self, run_id: str) -> str:
        """Where the store keeps the files of a run."""
        return str(self.store.get_run(self.translated(run_id)).info.artifact_uri)

    def _own(self, run_id: str, record: Record) -> tuple[str, Record]:
        """Both as the store calls them; what lies at a path is translated there, and the path stays."""
        if not self._ids:
            return run_id, record
        own, translated = json.loads(self.translated(json.dumps([run_id, record])))
        paths = {kind: what for kind, what in record.items() if kind in COPIED}
        for path in paths.values():
            translate(Path(path), self.translated)
        return own, translated | paths

    def _parcel(self, run_id: str) -> Parcel:
        with self._lock:
            if not self._alive:
                self._begin()
            if run_id not in self._parcels:
                number = max((kept.number for kept in self._kept()), default=0) + 1
                self._parcels[run_id] = Parcel(self.folder / f"{number:06d}-{run_id}")
            return self._parcels[run_id]

    def _begin(self) -> None:
        logger.info("MLflow's store does not answer; what is to be logged is kept until it does")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._alive = FileLock(self.folder / LOCK, thread_local=False)
        self._alive.acquire(timeout=0)
        atomic_files.write_text(self.folder / STORE, json.dumps({"tracking_uri": self.contact.uri}))
        atomic_files.write_text(self.folder / IDS, json.dumps(self._ids))

    def _kept(self) -> list[Parcel]:
        with self._lock:
            return list(self._parcels.values())

    def _identify(self, kept: Parcel) -> None:
        """Ask for the store's id of what a parcel begins."""
        local, first = kept.run_id, next(kept.records(self.translated), {})
        if local in self._ids or not first.keys() & BEGINNINGS:
            return
        if name := first.get("experiment"):
            self._ids[local] = experiments.experiment_id(self.store, name)
        else:
            self._ids[local] = str(self._create(local, first["create"], again=True).info.run_id)
        atomic_files.write_text(self.folder / IDS, json.dumps(self._ids))

    def _create(self, local: str, record: Record, again: bool = False) -> Run:
        experiment_id, tags = json.loads(self.translated(json.dumps([record["experiment"], record["tags"]])))
        there = self.store.search_runs([experiment_id], f"tags.{KEY} = '{local}'") if again else []
        return there[0] if there else self.store.create_run(experiment_id, record["start"], tags, record["name"])

    def _clear(self) -> None:
        """Remove the folder of what has been delivered; the ids stay known to this process."""
        with self._lock:
            if not self.waiting and self.folder.exists():
                shutil.rmtree(self.folder, ignore_errors=True)
                if self._alive:
                    self._alive.release()
                    self._alive = None


def new(uri: str, cache: Path) -> Outbox:
    """An outbox of this process for a store by its absolute URI."""
    return Outbox(uri, cache / FOLDER / uuid.uuid4().hex)


def left(cache: Path) -> Iterator[Outbox]:
    """The outboxes of processes that have ended; each is this process's own until the next is asked for."""
    for folder in sorted((cache / FOLDER).glob("*/")):
        lock = FileLock(folder / LOCK, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):  # Its process lives, and delivers it; or it just has.
            continue
        try:
            if (folder / STORE).exists():
                yield Outbox(json.loads((folder / STORE).read_text("utf-8"))["tracking_uri"], folder)
            else:
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            lock.release()
