"""Whether a store answers: what may be asked again is, and a store that is away is not asked until it is back."""

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from mlflow.exceptions import MlflowException
from requests import RequestException

from steelyard.tasks.tracking.experiments import sqlite_path
from steelyard.tasks.tracking.server import is_mlflow, server_answers

logger = logging.getLogger(__name__)

TRIES = 3
"""For what a store that answers refuses all the same."""

ANSWER_SECONDS = 4.0

TOO_MANY = 429
"""HTTP's status for what may be asked again later, as those above it."""

FAILURES = (MlflowException, RequestException)
"""What MLflow raises where a store refuses or is away."""

T = TypeVar("T")


class Away(MlflowException):
    """The store does not answer."""


class Contact:
    """What is known of a store, by its absolute URI.

    Attributes:
        away: it did not answer the last time.
        seen: when it answered last, on the monotonic clock.
    """

    def __init__(self, uri: str) -> None:
        self.uri, self.away, self.seen = uri, False, time.monotonic()

    def tell(self, tell: Callable[[], T]) -> T:
        """What the store says to something that may be said again to the same effect.

        Raises:
            Away: it does not answer, or did not the last time.
            MlflowException: it refuses.
        """
        for attempt in range(TRIES):
            if self.away:
                break
            try:
                told = tell()
            except FAILURES as error:
                if is_final(error):
                    raise
                self.away = not answers(self.uri)
                if not self.away and attempt == TRIES - 1:
                    raise
            else:
                self.seen = time.monotonic()
                return told
        raise Away("MLflow's store does not answer")

    def is_back(self) -> bool:
        """Ask whether it answers, and note it."""
        self.away = not answers(self.uri)
        self.seen = self.seen if self.away else time.monotonic()
        return not self.away


def answers(uri: str) -> bool:
    """Whether a store, by its absolute URI, can be written to now."""
    path = sqlite_path(uri)
    if path is None:
        return server_answers(uri, ANSWER_SECONDS) and is_mlflow(uri, ANSWER_SECONDS)
    try:
        with closing(sqlite3.connect(path, timeout=ANSWER_SECONDS)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.Error:
        return False
    return True


def is_final(error: MlflowException | RequestException) -> bool:
    """Whether a store that answers has refused something for good."""
    if isinstance(error, MlflowException):
        status = int(error.get_http_status_code())  # type: ignore[no-untyped-call]
    else:
        status = error.response.status_code if error.response is not None else 0
    return 400 <= status < TOO_MANY
