"""What Prefect shows: how far a sweep is and what each trial does, how tasks hang together, tables beside them."""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import replace
from typing import Any, TypeVar, cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactUpdate
from prefect.context import FlowRunContext, TaskRunContext
from prefect.futures import PrefectFuture, as_completed
from prefect.utilities.annotations import quote

from steelyard.models.markdown import code, escaped
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import Trial
from steelyard.tasks import progress
from steelyard.tasks.prefect_view.client import Away
from steelyard.tasks.progress import News, TrialNews
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import links, store
from steelyard.tasks.tracking.sweeps import SweepRun

logger = logging.getLogger(__name__)

PROGRESS, TRIALS = "sweep-progress", "sweep-trials"
ENDED = ("finished", "reused", "failed")

PAUSE_SECONDS = 5.0
"""Between two updates: each also leaves an event in Prefect's database."""

PATIENCE_SECONDS, STOPPED_SECONDS = 5.0, 1.0
"""For the last update, when the block ends, and when the sweep is left early."""

T = TypeVar("T")
Futures = dict[Trial, PrefectFuture[Any]]


def opaque(value: T) -> T:
    """A task's argument that Prefect does not search for results of other tasks.

    Trials share parts, such as their recipe, and Prefect would draw an arrow to each from every trial before it.
    """
    return cast("T", quote(value))


def succeeded(futures: Futures) -> Iterator[tuple[Trial, Any]]:
    """Trials whose task ended with a result, with its future, as they end; those that failed are passed over."""
    trials = {future: trial for trial, future in futures.items()}
    for future in as_completed(list(trials)):
        future.wait()
        if future.state.is_completed():
            yield trials[future], future


def show_table(key: str, rows: list[dict[str, Any]], description: str) -> None:
    """Show a table, below Markdown, on the current run; outside a run there is nowhere to, and nothing happens.

    The key has lower case, digits and dashes.
    """
    if TaskRunContext.get() or FlowRunContext.get():
        try:
            create_table_artifact(key=key, table=rows, description=description)
        except Exception as error:  # noqa: BLE001  # whatever it is, a picture of the sweep is no reason to lose it
            logger.warning("no table %s in Prefect: %s", key, " ".join(str(error).split()))


@contextmanager
def trials_shown(plan: SweepPlan, sweep: SweepRun, settings: Settings) -> Iterator[None]:
    """Show the trials on the current flow run while the block runs; outside a flow run nothing happens.

    A Prefect server that refuses, or is gone, is warned of once; the sweep goes on.
    """
    if not FlowRunContext.get():
        yield
        return
    board = _Board(plan, sweep, settings)
    # In a thread of its own, so that training waits for no server, and in the flow run's context, which the artifacts
    # and a warning belong to.
    thread = threading.Thread(target=copy_context().run, args=(board.keep,), name="board", daemon=True)
    thread.start()
    seconds = PATIENCE_SECONDS
    try:
        with progress.listening(board.hear):
            yield
    except BaseException:
        board.stop()
        seconds = STOPPED_SECONDS
        raise
    finally:
        board.over.set()
        thread.join(seconds)


class _Board:
    """What there is to show, and what is shown of it."""

    def __init__(self, plan: SweepPlan, sweep: SweepRun, settings: Settings) -> None:
        self.title, self.sweep = plan.shared.subject.title, sweep
        self.uri = store.resolve_uri(settings.tracking_uri)
        self.latest = {trial: TrialNews(trial, "waiting", 0) for trial in plan.trials}
        self.later = frozenset(plan.later)
        self.over, self.warned, self.rows = threading.Event(), False, list[dict[str, str]]()
        self.bar: UUID | None = None
        self.table: UUID | None = None

    def hear(self, news: News) -> None:
        """Note what is new; this is called in the threads that train."""
        if isinstance(news, TrialNews) and (news.trial in self.latest or news.trial in self.later):
            self.latest[news.trial] = news

    def stop(self) -> None:
        """Say of what is in flight that it will not end: the sweep is left early."""
        for trial, news in self.latest.items():
            if news.state == "running":
                self.latest[trial] = replace(news, state="stopped")

    def keep(self) -> None:
        """Show what is new every few seconds, and at last how it ended."""
        over = False
        while not over:
            over = self.over.is_set()
            try:
                self._show()
            except Away:
                pass
            except Exception as error:  # noqa: BLE001  # whatever it is, a picture of the sweep is no reason to lose it
                if not self.warned:
                    logger.warning("no progress of this sweep in Prefect: %s", " ".join(str(error).split()))
                self.warned = True
            self.over.wait(PAUSE_SECONDS)

    def _show(self) -> None:
        rows, percent = [self._row(trial, news) for trial, news in self.latest.items()], self._percent()
        if self.table is None or self.bar is None:
            place = links.to_look(self.uri, self.sweep)
            whole = f"[in MLflow]({place})" if place.startswith("http") else f"with {code(place)}"
            about = f"Trials of {escaped(self.title)} while they train; the whole sweep {whole}"
            self.bar = self.bar or cast("UUID", create_progress_artifact(percent, PROGRESS, about))
            self.table = cast("UUID", create_table_artifact(rows, TRIALS, about))
        elif rows != self.rows:
            update_progress_artifact(self.bar, percent)
            # Prefect has no function for this.
            get_client(sync_client=True).update_artifact(self.table, ArtifactUpdate(data=json.dumps(rows)))
        self.rows = rows

    def _percent(self) -> float:
        """Epochs done over epochs planned; a trial that failed has none left to do."""
        done = sum(
            trial.budget if news.state in ENDED else min(news.epoch, trial.budget)
            for trial, news in self.latest.items()
        )
        return round(100 * done / sum(trial.budget for trial in self.latest), 1)

    def _row(self, trial: Trial, news: TrialNews) -> dict[str, str]:
        on_the_way = news.state in ("running", "stopped")
        return {
            "trial": trial.name,
            "MLflow run": links.in_markdown(self.uri, self.sweep.experiment_id, news.run_id),
            "state": news.state + f", epoch {news.epoch} of {trial.budget}" * (on_the_way and trial.seeded),
            "rank on val": "" if news.rank is None else f"{news.rank:.3f}",
            "why": escaped(news.detail) if news.state == "failed" else "",
        }
