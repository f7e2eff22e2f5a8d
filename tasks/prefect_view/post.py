"""What a flow run tells Prefect's server: sent in order by a thread of its own, so that nothing waits for it."""

import itertools
import json
import logging
import threading
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

import httpx
from prefect.events import Event
from prefect.events.clients import NullEventsClient
from prefect.events.worker import EventsWorker, ProcessPoolForwardingEventsClient
from prefect.logging.handlers import set_api_log_sink

logger = logging.getLogger(__name__)

EVENTS, LOGS = "/events", "/logs/"

MOST = 5_000
"""Of a kind that are kept while the server is away; the oldest are dropped."""

AT_ONCE = 100
"""Events or log lines of a request."""

PAUSE_SECONDS = 3.0
"""Before a server that did not answer is asked again."""

Send = Callable[[str, Any], object]


class Post:
    """Messages on their way to a server.

    Attributes:
        lost: whether the server did not answer when it was last asked: whoever would wait for it need not ask.
    """

    def __init__(self, server: str, send: Send | None) -> None:
        """``send`` posts JSON to a path of the server; None where there is no server, and nothing is kept."""
        self.server, self.send, self.lost = server, send, send is None
        self._waiting: dict[str, deque[Any]] = {EVENTS: deque(maxlen=MOST), LOGS: deque(maxlen=MOST)}
        self._changed, self._over, self._warned = threading.Condition(), False, send is None
        self._sending = False
        self._thread = threading.Thread(target=copy_context().run, args=(self._work,), name="post", daemon=True)
        if send:
            self._thread.start()

    def redirect(self) -> None:
        """Let all events and log lines of this process go by it; none where there is no server."""
        if self.send is None:
            EventsWorker.set_client_override(NullEventsClient)
            set_api_log_sink(lambda line: None)
        else:
            EventsWorker.set_client_override(ProcessPoolForwardingEventsClient, event_queue=self)
            set_api_log_sink(self.log)

    def put(self, item: tuple[str, Event]) -> None:
        """Take an event, as the queue that Prefect forwards its events to."""
        self.add(EVENTS, item[1].model_dump(mode="json"))

    def log(self, line: dict[str, Any]) -> None:
        """Take a line of Prefect's log."""
        self.add(LOGS, {key: value for key, value in line.items() if not key.startswith("_")})

    def add(self, path: str, message: Any) -> None:
        """Take what is to be posted to a path."""
        if self.send is None:
            return
        with self._changed:
            self._waiting.setdefault(path, deque(maxlen=MOST)).append(message)
            self._changed.notify_all()

    def lose(self, error: Exception) -> None:
        """Note that the server does not answer; it is warned of once."""
        with self._changed:
            self.lost = True
            warned, self._warned = self._warned, True
            self._changed.notify_all()
        if not warned:
            why = " ".join(str(error).split())[:200] or type(error).__name__
            logger.warning("Prefect's server at %s does not answer (%s); the sweep goes on", self.server, why)

    def close(self) -> None:
        """Send nothing from now on: the server does not know the flow run."""
        with self._changed:
            self.send, self.lost = None, True
            self._waiting.clear()
            self._changed.notify_all()

    def flush(self, seconds: float) -> None:
        """Wait until all is sent, for so many seconds at most, or until the server is lost."""
        with self._changed:
            self._changed.wait_for(lambda: self.lost or not (self._sending or any(self._waiting.values())), seconds)

    def end(self, seconds: float) -> dict[str, list[Any]]:
        """Try what waits once more, for so many seconds, and end.

        Returns:
            What was not sent, by path, without events and log lines.
        """
        with self._changed:
            self._over = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(seconds)
        with self._changed:
            self.send = None
            return {path: [*left] for path, left in self._waiting.items() if left and path not in (EVENTS, LOGS)}

    def _work(self) -> None:
        over = False
        while self.send is not None and not over:
            with self._changed:
                self._changed.wait_for(lambda: self._over or self.send is None or any(self._waiting.values()))
                over = self._over
            sent: bool | None = True
            while sent:
                sent = self._send_some()
            if sent is None and not over:
                self._rest()

    def _rest(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._over or self.send is None, PAUSE_SECONDS)

    def _send_some(self) -> bool | None:
        """Whether something was sent; None where the server does not answer."""
        with self._changed:
            path = next((path for path, waiting in self._waiting.items() if waiting), None)
            if path is None or self.send is None:
                return False
            waiting, listed = self._waiting[path], path in (EVENTS, LOGS)
            batch, send = [*itertools.islice(waiting, AT_ONCE if listed else 1)], self.send
            for _ in batch:
                waiting.popleft()
            self._sending = True
        try:
            send(path, batch if listed else batch[0])
        except Exception as error:  # noqa: BLE001  # whatever it is, a view of the sweep is no reason to lose it
            if _is_refused(error):
                return True
            with self._changed:
                waiting.extendleft(reversed(batch[: MOST - len(waiting)]))
            self.lose(error)
            return None
        else:
            self.lost = False
            return True
        finally:
            with self._changed:
                self._sending = False
                self._changed.notify_all()


def _is_refused(error: Exception) -> bool:
    """Whether the server answered, and will not take this message another time either."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code < 500 and error.response.status_code not in (401, 403, 408, 429)
    return isinstance(error, (TypeError, ValueError, json.JSONDecodeError))
