"""The span of a sweep, or of a story, in MLflow: its run is opened, shown to be alive, and ended however it ends."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from pathlib import Path

from mlflow.exceptions import MlflowException

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import cell_of
from steelyard.models.markdown import code, escaped
from steelyard.models.names import cut
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.tutorial.chapters import Story
from steelyard.tasks import interrupt, trial_identity
from steelyard.tasks.interrupt import Stage
from steelyard.tasks.report.figures import palette
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import ledger, links, liveness, outbox, saved_views, search, store, sweeps, trials
from steelyard.tasks.tracking.contact import FAILURES, Away
from steelyard.tasks.tracking.patient_client import PatientClient
from steelyard.tasks.tracking.sweeps import SweepRun

logger = logging.getLogger(__name__)

ALIVE = "alive"
"""Folder of locks, below the cache."""

_story: ContextVar[str] = ContextVar("story", default="")
"""The run of the story that is being told; "" outside one."""


@contextmanager
def sweep_run(
    plan: SweepPlan, spec: Sweep, settings: Settings, schedule: str = "", flow_run: str = ""
) -> Iterator[SweepRun]:
    """Open the sweep's parent run, below that of the story if one is told, after closing what dead sweeps left RUNNING.

    Whoever holds the run ends it with ``sweeps.finish``; if an exception leaves the span first, the run is FAILED, or
    KILLED when the sweep was interrupted, with the reason. ``schedule`` is Prefect's deployment that the sweep is a run
    of, or ""; ``flow_run`` the address of its page there, or "".
    """
    client, subject = store.client(settings.tracking_uri), plan.shared.subject
    asked = {key: str(value) for key, value in spec.model_dump().items() if value not in (None, "")}
    params = asked | {"trials": str(len(plan.trials)), "workers": str(plan.shared.workers)} | trial_identity.versions()
    of_sweep = {search.SCHEDULE: schedule, search.FLOW_RUN: flow_run, search.OTHER_CLASS: subject.other}
    of_sweep[ledger.IMAGE_SET] = subject.content_hash
    tags = {key: value for key, value in of_sweep.items() if value}
    with _kept(client, settings.cache), liveness.held(settings.cache / ALIVE) as living:
        note, tags = _note(plan, spec), tags | living
        start = partial(sweeps.start, client, subject.title, spec, params, note, _story.get(), tags)
        with _open(client, start, settings.cache) as run:
            # Here first: MLflow has no lock for two trials that name a data set that is new to the store.
            trials.log_dataset(client, run.run_id, subject.image_set, subject.content_hash, spec.data)
            axis = saved_views.POWER if subject.classes else saved_views.POSITIVE
            most = len(plan.trials) + len(plan.following(spec.then_finetune))
            try:
                client.log(run.run_id, {"views": {"trials": most, "axis": axis}})
            except MlflowException as error:
                logger.warning("no charts of this sweep in MLflow: %s", " ".join(str(error).split()))
            if not client.undelivered:
                logger.info("watch the trials: %s", links.to_look(client.tracking_uri, run, len(plan.trials)))
            yield replace(run, colours=palette.colours([cell_of(trial) for trial in plan.trials]))


def as_stored(comparison: Comparison, settings: Settings) -> Comparison:
    """A comparison whose runs are called as the store calls them, which may have been away when they were begun."""
    client, text = store.client(settings.tracking_uri), comparison.model_dump_json()
    return comparison if (own := client.translated(text)) == text else Comparison.model_validate_json(own)


@contextmanager
def story_run(title: str, story: Story, settings: Settings) -> Iterator[SweepRun]:
    """Open the run under which the sweeps of a story are nested; it ends as a sweep's does."""
    client = store.client(settings.tracking_uri)
    with _kept(client, settings.cache), liveness.held(settings.cache / ALIVE) as living:
        start = partial(sweeps.start_story, client, title, story, trial_identity.versions(), living)
        with _open(client, start, settings.cache) as run:
            token = _story.set(run.run_id)
            try:
                yield run
            finally:
                _story.reset(token)


@contextmanager
def _kept(client: PatientClient, cache: Path) -> Iterator[None]:
    """Within the block what is to be logged is kept while the store is away; first, what was kept before is logged."""
    for kept in outbox.left(cache):
        if kept.contact.uri == client.tracking_uri:
            with suppress(*FAILURES):
                if runs := kept.deliver():
                    logger.info("logged what an earlier sweep had kept of %d runs", runs)
    with client.patient(cache):
        yield


@contextmanager
def _open(client: PatientClient, start: Callable[[], SweepRun], cache: Path) -> Iterator[SweepRun]:
    with ExitStack() as known:
        with interrupt.undivided():
            run = start()
            known.enter_context(interrupt.closing(Stage.TELL, partial(sweeps.kill, client, run)))
        known.enter_context(liveness.beating(client, run.run_id))
        try:
            with suppress(Away):
                for run_id in liveness.close_dead(client, search.experiment_ids(client), cache / ALIVE):
                    logger.warning("closed run %s, which a dead sweep had left RUNNING", run_id)
            yield run
        except BaseException as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            with suppress(MlflowException):
                sweeps.finish(client, run.run_id, "FAILED" if isinstance(error, Exception) else "KILLED", reason)
            raise


def _note(plan: SweepPlan, spec: Sweep) -> str:
    subject = plan.shared.subject
    lines = [f"Sweep for **{escaped(subject.title)}**, objective {code(spec.objective)}.", ""]
    if subject.classes:
        return "\n".join([*lines, *_class_counts(plan)])
    negative, positive = map(escaped, subject.read)
    lines += [f"| part | {negative} | {positive} |", "|---|---|---|"]
    lines += [f"| {part} | {negatives} | {positives} |" for part, (negatives, positives) in plan.counts.items()]
    return "\n".join(lines)


LISTED, LONGEST = 30, 60
"""Classes in the note's table of counts and characters of each name; a tag has to hold it."""


def _class_counts(plan: SweepPlan) -> Iterator[str]:
    names, counts = plan.shared.subject.classes, plan.counts
    yield f"| class | {' | '.join(counts)} |"
    yield f"|---|{'---|' * len(counts)}"
    for name, *of_class in list(zip(names, *counts.values(), strict=True))[:LISTED]:
        yield f"| {escaped(cut(name, LONGEST))} | {' | '.join(map(str, of_class))} |"
    if len(names) > LISTED:
        yield f"| and {len(names) - LISTED} more |{' |' * len(counts)}"
