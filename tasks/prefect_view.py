"""Flow runs as Prefect's server shows them: it is told what happens, and is asked for nothing that a sweep needs.

Without a server, and when one dies or hangs, Prefect's engine runs flows and tasks all the same: its client answers for
the server.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast
from uuid import UUID, uuid4

import httpx
from prefect import Flow, State
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.objects import Artifact, FlowRun
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus, StateAcceptDetails
from prefect.context import FlowRunContext, SyncClientContext, TaskRunContext
from prefect.events.clients import NullEventsClient
from prefect.events.worker import EventsWorker, ProcessPoolForwardingEventsClient
from prefect.logging.handlers import set_api_log_sink
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_KEY,
    PREFECT_API_REQUEST_TIMEOUT,
    PREFECT_API_URL,
    PREFECT_CLIENT_MAX_RETRIES,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)
from prefect.states import Cancelled
from typing_extensions import override

from steelyard.tasks import interrupt, prefect_unsent
from steelyard.tasks.credentials import masked
from steelyard.tasks.interrupt import Stage
from steelyard.tasks.prefect_post import Post

logger = logging.getLogger(__name__)

INSIDE = logging.getLogger("prefect._internal.concurrency")
"""Where Prefect prints two kilobytes of each event that it could not make whole."""

SECONDS = 5.0
"""For an answer of the server; then it is taken for lost, and nobody waits for it again until it has answered."""

BEGIN_SECONDS = 10.0
"""The same for the flow run to be made, without which nothing of it is shown."""

CRASH_SECONDS = 1.0
"""The same where the sweep is being ended from outside."""

BUSY, PAUSE_SECONDS = (429, 502, 503), 0.3

LAST_SECONDS = 2.0
"""For what still waits to be sent when a flow has ended and the server is lost."""

NOWHERE = "http://127.0.0.1:0/api"
"""Where there is no server: Prefect would start one of its own."""

HASTE = {PREFECT_CLIENT_MAX_RETRIES: 1, PREFECT_API_REQUEST_TIMEOUT: SECONDS}
ALONE = HASTE | {
    PREFECT_API_URL: NOWHERE,
    PREFECT_LOGGING_TO_API_ENABLED: False,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
}

P = ParamSpec("P")
T = TypeVar("T")


class Away(Exception):
    """The server is lost, of which the user has been told."""


class Onlooker(SyncPrefectClient):
    """Prefect's client for a server that is told and not asked: what it does not answer is taken to be granted.

    Attributes:
        courier: sends the post.
        post: what is on its way to the server.
        runs: the flow runs of this process, as last known.
        ended: those that have ended.
    """

    courier: SyncPrefectClient
    post: Post
    runs: dict[UUID, FlowRun]
    ended: set[UUID]

    def look_on(self, server: str, send: bool = True) -> None:
        """Begin; ``server`` is how messages name it."""
        self._client.timeout = httpx.Timeout(SECONDS)
        # Of its own, since the engine closes this one when the flow has ended, and more is to be told then.
        self.courier = SyncPrefectClient(
            str(self.api_url),
            auth_string=PREFECT_API_AUTH_STRING.value(),
            api_key=PREFECT_API_KEY.value(),
            httpx_settings={"timeout": SECONDS},
        )
        self.post, self.runs, self.ended = Post(server, self._send if send else None), {}, set()

    def cancel(self, cache: Path) -> None:
        """Have the server show as Cancelled what has not ended, or keep it for later where it does not answer."""
        self.courier._client.timeout = httpx.Timeout(CRASH_SECONDS)
        for run_id in set(self.runs) - self.ended if self.post.send else ():
            path, message = prefect_unsent.message(run_id, Cancelled(message="The process was ended."))
            try:
                if self.post.lost:
                    raise Away
                self._send(path, message)
            except (Away, httpx.HTTPError):
                prefect_unsent.keep(self.post.server, {path: [message]}, cache)

    def _send(self, path: str, message: Any) -> None:
        _asked(lambda: self.courier._client.post(path, json=message))

    def _ask(self, question: Callable[[], T], otherwise: Callable[[], T]) -> T:
        if not self.post.lost:
            try:
                return _asked(question)
            except Exception as error:  # noqa: BLE001  # whatever it is, the sweep goes on
                self.post.lose(error)
        return otherwise()

    @override
    def raise_for_api_version_mismatch_once(self) -> None:
        self._ask(super().raise_for_api_version_mismatch_once, lambda: None)

    @override
    def create_flow_run(self, flow: "Flow[Any, Any]", *args: Any, **kwargs: Any) -> FlowRun:
        def unshown() -> FlowRun:
            if self.runs:
                raise Away
            self.post.close()
            _redirect(self.post)
            return FlowRun(flow_id=uuid4(), state=kwargs.get("state"), parameters=kwargs.get("parameters") or {})

        create = super().create_flow_run
        self._client.timeout = httpx.Timeout(BEGIN_SECONDS)
        run = self._ask(lambda: create(flow, *args, **kwargs), unshown)
        self._client.timeout = httpx.Timeout(SECONDS)
        return self.runs.setdefault(run.id, run)

    @override
    def read_flow_run(self, flow_run_id: UUID) -> FlowRun:
        read = super().read_flow_run
        return self._ask(lambda: read(flow_run_id), lambda: self.runs[flow_run_id])

    @override
    def set_flow_run_state(
        self, flow_run_id: UUID | str, state: State[T], force: bool = False
    ) -> OrchestrationResult[T]:
        set_state = super().set_flow_run_state

        if state.is_final() and not interrupt.ending():
            self.ended.add(UUID(str(flow_run_id)))

        def granted() -> OrchestrationResult[T]:
            if state.is_final() and not interrupt.ending():
                self.post.add(*prefect_unsent.message(flow_run_id, state))
            return OrchestrationResult.model_construct(
                state=state, status=SetStateStatus.ACCEPT, details=StateAcceptDetails()
            )

        if interrupt.ending():  # It says itself what is to be shown.
            return granted()
        if state.is_crashed():
            self._client.timeout = httpx.Timeout(CRASH_SECONDS)
        elif state.is_final():
            # Whoever sees that a run has ended looks at its log and tables next.
            self.post.flush(SECONDS)
        return self._ask(lambda: set_state(flow_run_id, state, force), granted)

    @override
    def update_flow_run_labels(self, *args: Any, **kwargs: Any) -> None:
        update = super().update_flow_run_labels
        self._ask(lambda: update(*args, **kwargs), lambda: None)

    @override
    def renew_concurrency_lease(self, lease_id: UUID, lease_duration: float) -> httpx.Response:
        # Prefect would end a scheduled run whose lease is not renewed.
        renew = super().renew_concurrency_lease
        return self._ask(lambda: renew(lease_id, lease_duration), lambda: httpx.Response(200))

    def create_artifact(self, artifact: ArtifactCreate) -> Artifact:
        """Of a task it is sent later, since no task waits; raises ``Away`` where the server is lost, elsewhere."""
        if TaskRunContext.get():
            message = artifact.model_dump(mode="json", exclude_unset=True)
            self.post.add("/artifacts/", message)
            return Artifact.model_validate(message)
        create = super().create_artifact
        return self._tell(lambda: create(artifact))

    def update_artifact(self, artifact_id: UUID, artifact: ArtifactUpdate) -> None:
        """Raises ``Away`` where the server is lost."""
        update = super().update_artifact
        self._tell(lambda: update(artifact_id, artifact))

    def _tell(self, call: Callable[[], T]) -> T:
        if self.post.lost:
            raise Away
        try:
            return _asked(call)
        except httpx.TransportError as error:
            self.post.lose(error)
            raise Away from error


def _asked(question: Callable[[], T]) -> T:
    """The answer to a request; of a server that is busy, as with a database that is locked, it may take several."""
    deadline, closed = time.monotonic() + SECONDS, False
    while True:
        try:
            # Prefect asks again for minutes, also where nobody is there to answer.
            with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
                return question()
        except httpx.RemoteProtocolError:
            # A connection that was kept open and that the server has just closed.
            if closed:
                raise
            closed = True
        except httpx.HTTPStatusError as error:
            if error.response.status_code not in BUSY or time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)


class _Watched(SyncClientContext):
    """Within it the engine, and all tasks, have this client."""

    def __init__(self, client: Onlooker) -> None:
        super(SyncClientContext, self).__init__(client=client)


def run(flow: "Flow[P, State[T]]", cache: Path, *args: P.args, **kwargs: P.kwargs) -> State[T]:
    """Run a flow, shown by Prefect's server if one is named and while it answers.

    Args:
        flow: returns its state.
        cache: where it is kept how a flow run ended that its server could not be told of.
        args: of the flow.
        kwargs: of the flow.
    """
    above = SyncClientContext.get()
    if above and isinstance(above.client, Onlooker):
        return _begun(flow, above.client, *args, **kwargs)
    url = PREFECT_API_URL.value()
    with temporary_settings(HASTE if url else ALONE):
        client = Onlooker(url or NOWHERE, auth_string=PREFECT_API_AUTH_STRING.value(), api_key=PREFECT_API_KEY.value())
        client.look_on(masked(url or ""), send=bool(url))
        for line in prefect_unsent.deliver(cache):
            logger.info(line)
        ended = interrupt.closing(Stage.TELL, partial(client.cancel, cache))
        with ended, _Watched(client), _told(client.post, cache):
            return _begun(flow, client, *args, **kwargs)


def _begun(flow: "Flow[P, State[T]]", client: Onlooker, *args: P.args, **kwargs: P.kwargs) -> State[T]:
    """The state of a flow; of a part of another flow that cannot be shown as such it is run as it is."""
    if not FlowRunContext.get() or not client.post.lost:
        try:
            return cast("State[T]", flow(*args, return_state=True, **kwargs))
        except Exception as error:
            # What its body raises is in its state: it has not begun.
            if not FlowRunContext.get():
                raise
            if not isinstance(error, Away):
                client.post.lose(error)
    return flow.fn(*args, **kwargs)


@contextmanager
def _told(post: Post, cache: Path) -> Iterator[None]:
    """Within the block events and log lines go by the post; then what is left of it is sent or kept."""
    level = INSIDE.level
    INSIDE.setLevel(logging.CRITICAL)
    _redirect(post)
    seconds = CRASH_SECONDS
    try:
        yield
        seconds = LAST_SECONDS if post.lost else SECONDS
    finally:
        if post.send is not None:
            forwarded = threading.Thread(target=EventsWorker.instance().wait_until_empty, daemon=True)
            forwarded.start()
            forwarded.join(seconds)
        _finish(post, cache, seconds)
        EventsWorker.set_client_override(None)
        set_api_log_sink(None)
        INSIDE.setLevel(level)


def _redirect(post: Post) -> None:
    if post.send is None:
        EventsWorker.set_client_override(NullEventsClient)
        set_api_log_sink(lambda line: None)
    else:
        EventsWorker.set_client_override(ProcessPoolForwardingEventsClient, event_queue=post)
        set_api_log_sink(post.log)


def _finish(post: Post, cache: Path, seconds: float) -> None:
    prefect_unsent.keep(post.server, post.end(seconds), cache)


def look_on(context: FlowRunContext, cache: Path) -> None:
    """Let the flow run that a deployment started, and its process, go on without the server as ``run`` does."""
    client, run = context.client, context.flow_run
    if not isinstance(client, SyncPrefectClient) or isinstance(client, Onlooker) or run is None:
        return
    # The engine holds it already: it becomes another one where it is.
    client.__class__ = Onlooker
    assert isinstance(client, Onlooker)
    client.look_on(masked(str(PREFECT_API_URL.value())))
    client.runs[run.id] = run
    INSIDE.setLevel(logging.CRITICAL)
    _redirect(client.post)
    interrupt.on_end(Stage.TELL, partial(client.cancel, cache))
    # Prefect has handed all events over by then.
    atexit.register(_finish, client.post, cache, LAST_SECONDS)
