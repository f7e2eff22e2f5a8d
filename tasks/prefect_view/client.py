"""Prefect's client for a server that is told what happens, and is asked for nothing that a sweep needs."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
from prefect import Flow, State
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.client.schemas.objects import Artifact, FlowRun
from prefect.client.schemas.responses import OrchestrationResult, SetStateStatus, StateAcceptDetails
from prefect.context import TaskRunContext
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_KEY,
    PREFECT_CLIENT_MAX_RETRIES,
    temporary_settings,
)
from prefect.states import Cancelled
from typing_extensions import override

from steelyard.tasks import interrupt
from steelyard.tasks.prefect_view import unsent
from steelyard.tasks.prefect_view.post import Post
from steelyard.tasks.prefect_view.server import page_of

logger = logging.getLogger(__name__)

SECONDS = 5.0
"""For an answer of the server; then it is taken for lost, and nobody waits for it again until it has answered."""

BEGIN_SECONDS = 10.0
"""The same for the flow run to be made, without which nothing of it is shown."""

CRASH_SECONDS = 1.0
"""The same where the sweep is being ended from outside."""

BUSY, PAUSE_SECONDS = (429, 502, 503), 0.3

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
            path, message = unsent.message(run_id, Cancelled(message="The process was ended."))
            try:
                if self.post.lost:
                    raise Away
                self._send(path, message)
            except (Away, httpx.HTTPError):
                unsent.keep(self.post.server, {path: [message]}, cache)

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
            self.post.redirect()
            return FlowRun(flow_id=uuid4(), state=kwargs.get("state"), parameters=kwargs.get("parameters") or {})

        create = super().create_flow_run
        self._client.timeout = httpx.Timeout(BEGIN_SECONDS)
        run = self._ask(lambda: create(flow, *args, **kwargs), unshown)
        self._client.timeout = httpx.Timeout(SECONDS)
        if not self.runs and self.post.send:
            logger.info("watch the flow run: %s", page_of(run.id))
        return self.runs.setdefault(run.id, run)

    @override
    def set_flow_run_name(self, flow_run_id: UUID, name: str) -> httpx.Response:
        rename = super().set_flow_run_name
        return self._ask(lambda: rename(flow_run_id, name), lambda: httpx.Response(200))

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
                self.post.add(*unsent.message(flow_run_id, state))
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
