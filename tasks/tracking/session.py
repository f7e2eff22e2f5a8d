"""The span of a sweep, or of a story, in MLflow: its run is opened, shown to be alive, and ended however it ends."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from filelock import FileLock, Timeout
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from steelyard.models.markdown import code, escaped
from steelyard.models.names import cut
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.tutorial.chapters import Story
from steelyard.tasks import trial_identity
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import links, saved_views, search, store, sweeps, trials
from steelyard.tasks.tracking.sweeps import SweepRun

logger = logging.getLogger(__name__)

LIVES_AT = "lives_at"
REASON = "the sweep that ran it died"

_story: ContextVar[str] = ContextVar("story", default="")
"""The run of the story that is being told; "" outside one."""


@contextmanager
def sweep_run(plan: SweepPlan, spec: Sweep, settings: Settings, schedule: str = "") -> Iterator[SweepRun]:
    """Open the sweep's parent run, below that of the story if one is told, after closing what dead sweeps left RUNNING.

    Whoever holds the run ends it with ``sweeps.finish``; if an exception leaves the span first, the run is FAILED, or
    KILLED when the sweep was interrupted, with the reason. ``schedule`` is Prefect's deployment that the sweep is a run
    of, or "".
    """
    client, subject = store.client(settings.tracking_uri), plan.shared.subject
    asked = {key: str(value) for key, value in spec.model_dump().items() if value not in (None, "")}
    params = asked | {"trials": str(len(plan.trials)), "workers": str(plan.shared.workers)} | trial_identity.versions()
    run = sweeps.start(client, subject.title, spec, params, _note(plan, spec), _story.get())
    with _open(run, settings):
        tags = trials.optimistic(plan.partition) | ({search.SCHEDULE: schedule} if schedule else {})
        for key, value in tags.items():
            client.set_tag(run.run_id, key, value)
        # Here first: MLflow has no lock for two trials that name a data set that is new to the store.
        trials.log_dataset(client, run.run_id, subject.image_set, subject.content_hash, spec.data)
        try:
            axis = saved_views.POWER if subject.classes else saved_views.POSITIVE
            saved_views.save(client, run, len(plan.trials), axis)
            links.introduce(client, run, subject.title)
        except MlflowException as error:
            logger.warning("no charts of this sweep in MLflow: %s", " ".join(str(error).split()))
        uri = store.resolve_uri(settings.tracking_uri)
        logger.info("watch the trials: %s", links.to_look(uri, run, len(plan.trials)))
        yield run


@contextmanager
def story_run(title: str, story: Story, settings: Settings) -> Iterator[SweepRun]:
    """Open the run under which the sweeps of a story are nested; it ends as a sweep's does."""
    client = store.client(settings.tracking_uri)
    run = sweeps.start_story(client, title, story, trial_identity.versions())
    with _open(run, settings):
        token = _story.set(run.run_id)
        try:
            yield run
        finally:
            _story.reset(token)


@contextmanager
def _open(run: SweepRun, settings: Settings) -> Iterator[None]:
    client, alive = store.client(settings.tracking_uri), settings.cache / "alive"
    with held(client, run.run_id, alive):
        try:
            for run_id in close_dead(client, search.experiment_ids(client), alive):
                logger.warning("closed run %s, which a dead sweep had left RUNNING", run_id)
            yield
        except BaseException as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            with suppress(MlflowException):
                sweeps.finish(client, run.run_id, "FAILED" if isinstance(error, Exception) else "KILLED", reason)
            raise


@contextmanager
def held(client: MlflowClient, sweep_id: str, alive_folder: Path) -> Iterator[None]:
    """Show that the sweep lives: a file lock, free at once however the process ends.

    The tag that lets ``close_dead`` judge the sweep is set only under the lock, so a sweep that has just begun is never
    taken for dead. A child that is forked without exec would keep the lock; start workers by forkserver or spawn.
    """
    alive_folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(_file(alive_folder, sweep_id))
    with lock.acquire(timeout=10):
        client.set_tag(sweep_id, LIVES_AT, _place(alive_folder))
        try:
            yield
        finally:
            Path(lock.lock_file).unlink(missing_ok=True)


def is_alive(alive_folder: Path, sweep_id: str) -> bool:
    """Whether some process holds the sweep's lock."""
    path = _file(alive_folder, sweep_id)
    if not path.exists():
        return False
    try:
        with FileLock(path).acquire(timeout=0):
            return False
    except Timeout:
        return True


def close_dead(client: MlflowClient, experiment_ids: list[str], alive_folder: Path) -> list[str]:
    """Set FAILED whatever dead sweeps of this host and user left RUNNING in these experiments.

    Returns:
        Ids of the runs closed, children before their parent.
    """
    by_sweep: dict[str, list[str]] = {}
    for run in search.runs(client, experiment_ids, "attributes.status = 'RUNNING'"):
        tags, run_id = run.data.tags, run.info.run_id
        if sweep_id := run_id if tags.get("role") in ("sweep", "tutorial") else tags.get("sweep_id"):
            by_sweep.setdefault(sweep_id, []).append(run_id)
    closed: list[str] = []
    for sweep_id, left in by_sweep.items():
        if _is_dead(client, sweep_id, alive_folder):
            for run_id in sorted(left, key=lambda run_id: run_id == sweep_id):
                sweeps.finish(client, run_id, "FAILED", REASON)
                closed.append(run_id)
            _file(alive_folder, sweep_id).unlink(missing_ok=True)
    return closed


def _is_dead(client: MlflowClient, sweep_id: str, alive_folder: Path) -> bool:
    # Another host's lock cannot be seen from here, nor another user's: those sweeps are not ours to judge.
    try:
        place = client.get_run(sweep_id).data.tags.get(LIVES_AT)
    except MlflowException:
        return False
    return place == _place(alive_folder) and not is_alive(alive_folder, sweep_id)


def _file(alive_folder: Path, sweep_id: str) -> Path:
    return alive_folder / f"{sweep_id}.lock"


def _place(alive_folder: Path) -> str:
    return f"{socket.gethostname()}:{alive_folder.resolve()}"


def _note(plan: SweepPlan, spec: Sweep) -> str:
    subject = plan.shared.subject
    lines = [f"Sweep for **{escaped(subject.title)}**, objective {code(spec.objective)}.", ""]
    if subject.classes:
        return "\n".join([*lines, *_class_counts(plan)])
    lines += [f"| part | {escaped(subject.negative)} | {escaped(subject.positive)} |", "|---|---|---|"]
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
