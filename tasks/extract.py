"""From a source of images to an image set on disk."""

import logging
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import read_manifest
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source
from steelyard.tasks.workers import pool

logger = logging.getLogger(__name__)


@task(name="extract", cache_policy=NO_CACHE, task_run_name="extract {spec.called}")
def extract(spec: Sweep, settings: Settings) -> Path:
    """Write the image set of the sweep's source, or reuse the one that is there.

    Returns:
        Folder for ``tasks.images.image_sets.load``.

    Raises:
        BadInput: no such source, or its images cannot be used; one line that says what to do.
    """
    source = open_source(cache=settings.cache, **spec.origin)
    # What embeds, trains or shows what a network looks at starts meanwhile.
    pool.warm(spec.embeds)
    path = extract_images(source, spec.size, settings.cache, spec.skip_unusable, spec.fit)
    manifest = read_manifest(path)
    for note in (manifest.summary, *manifest.notes):
        logger.info(note)
    return path
