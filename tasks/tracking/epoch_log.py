"""The epochs of a trial on their way to MLflow: a request every few seconds, however short the epochs are."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from mlflow.entities import Metric

from steelyard.tasks.tracking import trials
from steelyard.tasks.tracking.patient_client import PatientClient

LOGGED_EVERY = 2.0
"""Seconds between two requests: one takes 25 ms, however little it says."""


@dataclass
class EpochLog:
    """The epochs of a run.

    Attributes:
        client: of the store.
        run_id: of the trial.
        unsent: what is not logged yet.
        sent: when epochs were last logged.
    """

    client: PatientClient
    run_id: str
    unsent: list[Metric] = field(default_factory=list)
    sent: float = field(default_factory=time.monotonic)

    def add(self, number: int, metrics: dict[str, float]) -> None:
        """Take an epoch, and log what has come if it is time.

        Raises:
            ValueError: a metric is not finite; nothing of the epoch is logged then.
        """
        self.unsent += trials.points(number, metrics)
        if time.monotonic() - self.sent >= LOGGED_EVERY:
            self._send()

    @contextmanager
    def whole_if_it_fails(self) -> Iterator[None]:
        """Log what is left if the block raises; why it did says more than what the store has against that."""
        try:
            yield
        except Exception:
            with suppress(Exception):
                self._send()
            raise

    def _send(self) -> None:
        if self.unsent:
            trials.log_points(self.client, self.run_id, self.unsent)
        self.unsent, self.sent = [], time.monotonic()
