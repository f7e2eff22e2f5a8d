"""MLflow's client for a sweep: what it is to log goes by way of an outbox, and the store may be away meanwhile."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partialmethod
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunData, RunInfo, RunTag
from mlflow.exceptions import MlflowException
from requests import RequestException

from steelyard.tasks.tracking import experiments, file_place, outbox, records
from steelyard.tasks.tracking.outbox import Outbox
from steelyard.tasks.tracking.records import Record

READS = (
    "get_run",
    "search_runs",
    "get_experiment",
    "search_experiments",
    "list_artifacts",
    "download_artifacts",
    "get_metric_history",
)


class PatientClient(MlflowClient):
    """A client whose writes, within ``patient``, never wait for a store that is away; elsewhere it is as MLflow's.

    A read of a store that is away raises ``outbox.Away`` at once.

    Attributes:
        begun: runs that it created or adopted, by id, with the parameters and tags that it gave them.
        ended: ids of those that it has ended.
    """

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self._plain = MlflowClient(uri)
        self._outbox: Outbox | None = None
        self._last: Outbox | None = None
        self.begun: dict[str, Run] = {}
        self.ended: set[str] = set()

    @contextmanager
    def patient(self, cache: Path) -> Iterator[None]:
        """Keep below a cache what is to be logged in the block while the store is away; a block within one is that."""
        if self._outbox:
            yield
            self._outbox.settle()
            return
        self._outbox = self._last = outbox.new(self.tracking_uri, cache)
        try:
            with self._outbox.attended():
                yield
        finally:
            self._outbox = None

    @property
    def undelivered(self) -> Path | None:
        """Where that is kept which the store was not told in the last ``patient`` block; None if it was told all."""
        return self._last.folder if self._last and self._last.waiting else None

    def translated(self, text: str) -> str:
        """A text in which runs are called as the store calls them, as far as it knows them."""
        return self._last.translated(text) if self._last else text

    def log(self, run_id: str, record: Record) -> None:
        """Log a record to a run."""
        if self._outbox:
            self._outbox.log(run_id, record)
        else:
            records.apply(self._plain, run_id, record)

    def log_if_there(self, run_id: str, record: Record) -> None:
        """Log a record that nobody misses, if the store answers."""
        with suppress(MlflowException, RequestException):
            if self._outbox:
                self._outbox.log(run_id, record, keep=False)
            else:
                records.apply(self._plain, run_id, record)

    def experiment_id(self, name: str) -> str:
        """Id of an experiment, which is made where it is missing."""
        return self._outbox.experiment(name) if self._outbox else experiments.experiment_id(self._plain, name)

    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: dict[str, Any] | None = None,
        run_name: str | None = None,
    ) -> Run:
        """Begin a run."""
        start, tags = start_time or int(time.time() * 1000), tags or {}
        if self._outbox:
            record = {"experiment": experiment_id, "name": run_name, "tags": tags, "start": start}
            run_id, run = self._outbox.create(record)
        else:
            run = self._plain.create_run(experiment_id, start, tags, run_name)
            run_id = run.info.run_id
        if run is None:
            info = RunInfo(run_id, experiment_id, "", "RUNNING", start, None, "active", run_name=run_name)
            run = Run(info, RunData(tags=[RunTag(key, value) for key, value in tags.items()]))
        self.begun[run_id] = run
        return run

    def known(self, run_id: str) -> Run:
        """A run as far as this process has made it, else as the store has it."""
        return self.begun.get(run_id) or self.get_run(run_id)

    def adopt(self, run_id: str) -> Run:
        """A run that another has begun."""
        self.begun[run_id] = self.get_run(run_id)
        return self.begun[run_id]

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
        synchronous: bool | None = None,
    ) -> None:
        """Log what MLflow takes in one request."""
        if run := self.begun.get(run_id):
            run.data.params.update((param.key, param.value) for param in params)
            run.data.tags.update((tag.key, tag.value) for tag in tags)
        self.log(run_id, records.batch(metrics, params, tags))

    def set_tag(self, run_id: str, key: str, value: Any, synchronous: bool | None = None) -> None:
        """Set a tag."""
        self.log_batch(run_id, tags=[RunTag(key, str(value))])

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        """Keep a text as an artifact."""
        self.log(run_id, {"text": {"file": artifact_file, "text": text}})

    def set_terminated(self, run_id: str, status: str | None = None, end_time: int | None = None) -> None:
        """End a run."""
        self.log(run_id, records.end(status))
        self.ended.add(run_id)

    def _asked(self, name: str, *args: Any, **options: Any) -> Any:
        def ask() -> Any:
            with file_place.told():
                return getattr(self._plain, name)(*args, **options)

        return self._outbox.read(ask) if self._outbox else ask()


for _name in READS:
    setattr(PatientClient, _name, partialmethod(PatientClient._asked, _name))
