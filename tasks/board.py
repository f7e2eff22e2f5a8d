"""A sweep's board in Prefect: how far it is and what each trial does, two artifacts kept up to date while it trains."""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import copy_context
from dataclasses import replace
from functools import cached_property
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate
from prefect.context import FlowRunContext
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from steelyard.models.markdown import code, escaped
from steelyard.models.sweep_plan import SweepPlan
from steelyard.models.trial import Trial
from steelyard.tasks import progress
from steelyard.tasks.progress import News, TrialNews
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import links, store, where
from steelyard.tasks.tracking.sweeps import SweepRun

logger = logging.getLogger(__name__)

PROGRESS, TRIALS = "sweep-progress", "sweep-trials"
ENDED = ("finished", "reused", "failed")

PAUSE_SECONDS = 5.0
"""Between two updates: each also leaves an event in Prefect's database."""

REQUEST_SECONDS = 10.0
"""For Prefect's server to answer, asked twice."""

PATIENCE_SECONDS, HURRY_SECONDS = 10.0, 1.0
"""For the last update when the block ends, and when it is interrupted."""


@contextmanager
def shown(plan: SweepPlan, sweep: SweepRun, settings: Settings) -> Iterator[None]:
    """Show the trials on the current flow run while the block runs; outside a flow run nothing happens.

    A Prefect server that refuses, or is gone, is warned of once; the sweep goes on.

    Args:
        plan: the trials.
        sweep: the parent run.
        settings: where the store is.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        yield
        return
    keeper, patience = _Keeper(_Board(plan, sweep, settings), context.flow_run.id), PATIENCE_SECONDS
    keeper.begin()
    try:
        with progress.listening(keeper.hear):
            yield
    except BaseException as error:
        keeper.board.stop()
        patience = PATIENCE_SECONDS if isinstance(error, Exception) else HURRY_SECONDS
        raise
    finally:
        keeper.end(patience)


class _Board:
    """What there is to show."""

    def __init__(self, plan: SweepPlan, sweep: SweepRun, settings: Settings) -> None:
        self.title, self.sweep = plan.shared.subject.title, sweep
        self.uri = store.resolve_uri(settings.tracking_uri)
        self.latest = {trial: TrialNews(trial, "waiting", 0) for trial in plan.trials}

    def stop(self) -> None:
        """Say of what is in flight that it will not end: the sweep is left early."""
        for trial, news in self.latest.items():
            if news.state == "running":
                self.latest[trial] = replace(news, state="stopped")

    def percent(self) -> float:
        """Epochs done over epochs planned; a trial that failed has none left to do."""
        done = sum(
            trial.budget if news.state in ENDED else min(news.epoch, trial.budget)
            for trial, news in self.latest.items()
        )
        return round(100 * done / sum(trial.budget for trial in self.latest), 1)

    def rows(self) -> list[dict[str, str]]:
        """One per trial, in the order they start."""
        return [self._row(trial, news) for trial, news in self.latest.items()]

    @cached_property
    def about(self) -> str:
        """The title, and where to look at the whole sweep."""
        place = where.to_look(self.uri, self.sweep)
        whole = f"[in MLflow]({place})" if place.startswith("http") else f"with {code(place)}"
        return f"Trials of {escaped(self.title)} while they train; the whole sweep {whole}"

    def _row(self, trial: Trial, news: TrialNews) -> dict[str, str]:
        on_the_way = news.state in ("running", "stopped")
        return {
            "trial": trial.name,
            "MLflow run": links.in_markdown(self.uri, self.sweep.experiment_id, news.run_id),
            "state": news.state + f", epoch {news.epoch} of {trial.budget}" * (on_the_way and trial.seeded),
            "rank on val": "" if news.rank is None else f"{news.rank:.3f}",
            "why": escaped(news.detail) if news.state == "failed" else "",
        }


def _impatient() -> AbstractContextManager[object]:
    """Prefect's own patience with a server that is gone, minutes, would outlast the sweep."""
    return temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 1})


class _Keeper:
    """Keeps the board's artifacts up to date, in a thread of its own: whoever tells the news waits for no server."""

    def __init__(self, board: _Board, flow_run: UUID) -> None:
        self.board, self.flow_run = board, flow_run
        self.artifacts: dict[str, UUID] = {}
        self.new, self.over, self.warned = threading.Event(), threading.Event(), False
        # In the flow run's context, so that a warning reaches its log in Prefect.
        self.thread = threading.Thread(target=copy_context().run, args=(self._keep,), name="board", daemon=True)

    def begin(self) -> None:
        """Show that all trials wait."""
        self.thread.start()

    def hear(self, news: News) -> None:
        """Note what is new; this is called in the threads that train."""
        if isinstance(news, TrialNews) and news.trial in self.board.latest:
            self.board.latest[news.trial] = news
            self.new.set()

    def end(self, patience: float) -> None:
        """Show how it ended; a server that is slower than ``patience``, in seconds, is not waited for."""
        self.over.set()
        self.new.set()
        self.thread.join(patience)

    def _keep(self) -> None:
        with self._warning(), _impatient(), get_client({"timeout": REQUEST_SECONDS}, sync_client=True) as client:
            while not self.over.is_set():
                self._show(client)
                self.over.wait(PAUSE_SECONDS)
                self.new.wait()
                self.new.clear()
            self._show(client)

    def _show(self, client: SyncPrefectClient) -> None:
        with self._warning():
            self._put(client, "progress", PROGRESS, self.board.percent())
            self._put(client, "table", TRIALS, json.dumps(self.board.rows()))

    def _put(self, client: SyncPrefectClient, kind: str, key: str, data: float | str) -> None:
        if key in self.artifacts:
            client.update_artifact(self.artifacts[key], ArtifactUpdate(data=data))
            return
        new = ArtifactCreate(type=kind, key=key, data=data, description=self.board.about, flow_run_id=self.flow_run)
        self.artifacts[key] = client.create_artifact(new).id

    @contextmanager
    def _warning(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001  # whatever it is, a picture of the sweep is no reason to lose it
            if not self.warned:
                logger.warning("no progress of this sweep in Prefect: %s", " ".join(str(error).split()))
            self.warned = True
