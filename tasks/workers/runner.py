"""What a sweep's trials run on: processes of this machine, or a Ray cluster. A third is a module that is named here."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

from prefect.task_runners import ThreadPoolTaskRunner

from steelyard.models.spec.sweep_plan import Shared
from steelyard.models.spec.trial import Trial
from steelyard.models.train.trainer import Epoch
from steelyard.tasks import checkpoints
from steelyard.tasks.features.embedding import EmbedJob
from steelyard.tasks.settings import RunnerName, Settings
from steelyard.tasks.workers import pool
from steelyard.tasks.workers.devices import Machine
from steelyard.tasks.workers.trial_process import Finished, Job

MODULES: dict[RunnerName, str] = {"processes": "pool", "ray": "ray_runner"}
"""Beside this one: each is a ``Runner``."""


class Runner(Protocol):
    """Runs the jobs of sweeps, each known by its folder, where there is room for them."""

    WANTS_SERVER: bool
    """Whether runs have to go to a server of MLflow, since whoever looks on from elsewhere reaches no file of this
    machine."""

    def machine(self, settings: Settings, image_bytes: int) -> Machine:
        """Devices, workers, threads and precision; each trial on a GPU holds a copy of so many bytes of images.

        Raises:
            BadInput: a device that is not there, or nothing to run on.
        """

    def limit(self, sweep: Path, jobs: int) -> None:
        """Let no more than so many jobs of a sweep run at once."""

    def place(self, shared: Shared, cache: Path) -> AbstractContextManager[str]:
        """A device for a job, once one is free."""

    def fit(self, job: Job, sweep: Path, on_epoch: Callable[[Epoch], None]) -> Finished:
        """Fit a trial and wait for it; ``on_epoch`` is called in this thread after each epoch.

        Raises:
            TrialFailed: the trial raised, what ran it died, or the sweep was stopped.
        """

    def embed(self, job: EmbedJob, sweep: Path, on_done: Callable[[int], None]) -> None:
        """Embed images and wait for them; ``on_done`` is told in this thread how many are done.

        Raises:
            BadInput: the images cannot be read any more, or there is no room.
            TrialFailed: what ran it died, or the sweep was stopped.
        """

    def stop(self, sweep: Path) -> None:
        """End what runs for a sweep, and let it start no more."""

    def close(self, sweep: Path) -> None:
        """Give back what a sweep held; there is no job to come."""


def runner(settings: Settings) -> Runner:
    """What was asked for."""
    return cast("Runner", import_module(f"steelyard.tasks.workers.{MODULES[settings.runner]}"))


def stop(sweep: Path, settings: Settings) -> None:
    """End what runs for a sweep, on what was asked for and in processes of this machine, and let it start no more."""
    runner(settings).stop(sweep)
    pool.stop(sweep)


@contextmanager
def crew(shared: Shared, heads: bool, settings: Settings) -> Iterator[ThreadPoolTaskRunner[Any]]:
    """Threads that each mind one trial; whatever ends the sweep early ends what they wait for too.

    Where there is nothing to train but heads, a thread more logs while others train.
    """
    on = runner(settings)
    on.limit(shared.folder, shared.workers)
    try:
        with ThreadPoolTaskRunner[Any](max_workers=shared.workers + heads) as threads:
            try:
                yield threads
            except BaseException:
                on.stop(shared.folder)
                raise
    finally:
        on.close(shared.folder)


def fit(
    trial: Trial,
    shared: Shared,
    plan: Path,
    out: Path,
    settings: Settings,
    on_epoch: Callable[[Epoch], None],
) -> Finished:
    """Fit a trial once a device of the sweep is free, and wait for it; errors are those of ``Runner.fit``.

    Args:
        trial: what to train.
        shared: of its sweep.
        plan: folder of index plans, with the trial's.
        out: folder for its results; exists.
        settings: say what it runs on.
        on_epoch: as of ``Runner.fit``.
    """
    on = runner(settings)
    with on.place(shared, settings.cache) as device:
        own = shared.pixels, shared.backbone, checkpoints.place(settings.cache, trial)
        return on.fit(Job(trial, shared.image_set, shared.features, plan, device, out, *own), shared.folder, on_epoch)
