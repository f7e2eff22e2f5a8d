"""From an image set to features: what a frozen backbone makes of each image, embedded once."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from steelyard.models.spec.images import Images
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import planning, progress
from steelyard.tasks.features import decoding, feature_sets
from steelyard.tasks.features.embedding import EmbedJob
from steelyard.tasks.planning import Embeds
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import ONLY_IMAGES, open_source
from steelyard.tasks.tracking import store
from steelyard.tasks.workers.runner import runner

logger = logging.getLogger(__name__)


@task(name="embed", cache_policy=NO_CACHE, task_run_name="embed {spec.called}")
def embed(image_set: Path, spec: Sweep, settings: Settings, folder: Path) -> Path | None:
    """Embed the images that a sweep uses and that no sweep before has embedded in the same way.

    Where the backbone is trained on, what it sees of them is kept too.

    Returns:
        Folder for ``tasks.features.feature_sets.load``; None where no recipe needs features.

    Raises:
        BadInput: a backbone that cannot be had, or images that cannot be read any more.
        TrialFailed: the process that embeds died; what it had embedded is kept.
    """
    if not spec.embeds:
        return None
    plan = planning.embedding(image_set, spec, settings)
    if plan.pixels:
        decoding.ensure(plan.pixels, open_source(cache=settings.cache, **spec.origin | ONLY_IMAGES))
    with ThreadPoolExecutor(1) as threads:
        if not plan.place.there:
            # MLflow takes seconds to open a store, whose failure is told when it is wanted.
            threads.submit(store.client, settings.tracking_uri)
        return embed_planned(plan, image_set, spec, settings, folder)


def embed_planned(plan: Embeds, image_set: Path, spec: Images, settings: Settings, folder: Path) -> Path:
    """The same, once it is known how and which."""
    if plan.place.there:
        logger.info("reused features %s", plan.place.digest)
        return plan.place.folder
    with feature_sets.lock(plan.place):
        if rows := feature_sets.missing(plan.place):
            _embed(rows, plan, image_set, spec, settings, folder)
        feature_sets.assemble(plan.place)
    return plan.place.folder


def _embed(rows: list[int], plan: Embeds, image_set: Path, spec: Images, settings: Settings, folder: Path) -> None:
    """Side by side, a process per device or core, each on one thread: two threads on one image wait for each other."""
    on = runner(settings)
    started, done = time.monotonic(), dict.fromkeys(range(len(plan.devices)), 0)
    logger.info("embedding %s images with %s at %d pixels", f"{len(rows):,}", spec.backbone, plan.embedding.size)

    def embed_share(number: int) -> None:
        def on_done(images: int) -> None:
            done[number] = images
            progress.tell(progress.Extracting(sum(done.values()), len(rows), "embedding"))

        if share := rows[number :: len(plan.devices)]:
            on.embed(_job(share, plan, image_set, spec, settings, plan.devices[number]), folder, on_done)

    with ThreadPoolExecutor(len(plan.devices)) as threads:
        try:
            list(threads.map(embed_share, done))
        except BaseException:
            on.stop(folder)
            raise
    seconds = time.monotonic() - started
    logger.info("embedded %s images in %.1f s, %.0f images/s", f"{len(rows):,}", seconds, len(rows) / seconds)


def _job(rows: list[int], plan: Embeds, image_set: Path, spec: Images, settings: Settings, device: str) -> EmbedJob:
    return EmbedJob(
        origin=spec.origin | ONLY_IMAGES,
        cache=settings.cache,
        image_set=image_set,
        rows=tuple(rows),
        embedding=plan.embedding,
        weights=plan.weights.file,
        place=plan.place,
        device=device,
        beside=len(plan.devices),
    )
