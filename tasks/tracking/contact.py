"""Whether a store answers: what may be asked again is, and a store that is away is not asked until it is back."""

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from typing import TypeVar

from mlflow.exceptions import MlflowException
from requests import RequestException

from steelyard.tasks.tracking import file_place
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
        away: it, or where it keeps files, did not answer the last time.
        seen: when it took something last, or was back, on the monotonic clock.
        place: for files that did not answer, which is S3, mostly; "" where it did.
    """

    def __init__(self, uri: str) -> None:
        self.uri, self.away, self.seen, self.place = uri, False, time.monotonic(), ""

    def __str__(self) -> str:
        """What does not answer."""
        return f"{self.uri} (files in {self.place})" if self.place else self.uri

    def tell(self, tell: Callable[[], T], place: Callable[[], str] = str) -> T:
        """What the store says to something that may be said again to the same effect.

        Where the store answers and refuses all the same, ``place`` gives that of the files it was to keep, or "".

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
                self.look(place)
                if not self.away and attempt == TRIES - 1:
                    raise
            else:
                self.seen = time.monotonic()
                return told
        raise Away("MLflow's store does not answer")

    def look(self, place: Callable[[], str] = str) -> None:
        """Ask whether it answers, and the place that its files are for, and note it."""
        self.away = not answers(self.uri)
        if not self.away:
            with suppress(*FAILURES):
                self.place = place() or self.place
            self.away = bool(self.place) and not file_place.answers(self.place, self.uri)
        self.place = self.place if self.away else ""

    def is_back(self) -> bool:
        """Ask whether it answers, and note it."""
        was_away = self.away
        self.look()
        # One that answers and takes nothing is not waited for without end.
        self.seen = time.monotonic() if was_away and not self.away else self.seen
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
