"""Flow runs as Prefect's server shows them, run all the same without a server, and when one dies or hangs."""

import atexit
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from prefect import Flow, State
from prefect.client.orchestration import SyncPrefectClient
from prefect.context import FlowRunContext, SyncClientContext
from prefect.events.worker import EventsWorker
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

from steelyard.tasks import interrupt
from steelyard.tasks.credentials import masked
from steelyard.tasks.interrupt import Stage
from steelyard.tasks.prefect_view import unsent
from steelyard.tasks.prefect_view.client import CRASH_SECONDS, SECONDS, Away, Onlooker
from steelyard.tasks.prefect_view.post import Post
from steelyard.tasks.prefect_view.server import page_of

logger = logging.getLogger(__name__)

INSIDE = logging.getLogger("prefect._internal.concurrency")
"""Where Prefect prints two kilobytes of each event that it could not make whole."""

LAST_SECONDS = 2.0
"""For what still waits to be sent when a flow has ended and the server is lost."""

NOWHERE = "nowhere://127.0.0.1/api"
"""Where there is no server: Prefect would start one of its own, and ask one that refuses four times within 1.5 s."""

HASTE = {PREFECT_CLIENT_MAX_RETRIES: 1, PREFECT_API_REQUEST_TIMEOUT: SECONDS}
ALONE = HASTE | {
    PREFECT_API_URL: NOWHERE,
    PREFECT_LOGGING_TO_API_ENABLED: False,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
}

P = ParamSpec("P")
T = TypeVar("T")


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
        for line in unsent.deliver(cache):
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
    post.redirect()
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


def _finish(post: Post, cache: Path, seconds: float) -> None:
    unsent.keep(post.server, post.end(seconds), cache)


def page() -> str:
    """Address of the current flow run in Prefect's pages; "" where there is none, or no server that shows it."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return ""
    client = context.client
    return "" if isinstance(client, Onlooker) and client.post.send is None else page_of(context.flow_run.id)


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
    client.post.redirect()
    interrupt.on_end(Stage.TELL, partial(client.cancel, cache))
    # Prefect has handed all events over by then.
    atexit.register(_finish, client.post, cache, LAST_SECONDS)
