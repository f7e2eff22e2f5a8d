"""Look at the images of a sweep before it trains."""

import logging
import shutil
from pathlib import Path

import numpy as np
from prefect import task
from prefect.cache_policies import NO_CACHE

from steelyard.models.data.partition import Turns
from steelyard.models.findings.found import Asked
from steelyard.models.names import printable
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import called_negative
from steelyard.models.spec.trial import Partition
from steelyard.models.words.found_lines import brief
from steelyard.tasks import planning
from steelyard.tasks.atomic_files import building, publish
from steelyard.tasks.findings import files
from steelyard.tasks.findings.looking import looked
from steelyard.tasks.images import image_sets
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources.helpers.source import fingerprint

logger = logging.getLogger(__name__)

FOLDER = "findings"
FORMAT = 1
"""Goes up when the same images would give other findings: then nothing old is reused."""


@task(name="look", cache_policy=NO_CACHE)
def look(image_set: Path, features: Path | None, spec: Sweep, settings: Settings, folder: Path) -> None:
    """Say what is wrong with the images in use, and keep it in the sweep's folder; without features nothing is said.

    The spec is settled. What was found once of the same images in the same parts is found again in the cache.
    """
    if features is None:
        return
    partition = planning.resolve_partition(image_set, spec)
    root, key = settings.cache / FOLDER, fingerprint(FORMAT, features.name, partition.model_dump_json())[:16]
    if not files.are_whole(root / key):
        images, turns = image_sets.load(image_set), planning.parts_of(image_set, partition)
        asked = _asked(turns, _named(partition, images.class_names))
        with building(root) as made:
            files.write(looked(image_set, features, asked), asked, images, made)
            publish(made, root / key, files.are_whole)
    shutil.copytree(root / key, files.place(folder))
    for line in brief(files.read_lines(root / key), printable(spec.data)):
        logger.info(line)


def _named(partition: Partition, class_names: tuple[str, ...]) -> tuple[str, ...]:
    if partition.every_class:
        return class_names
    return called_negative(partition.positive, partition.negative), partition.positive


def _asked(turns: Turns, class_names: tuple[str, ...]) -> Asked:
    """The images that some trial uses; in folds the part of each is the fold in which it is tested."""
    labels = next(iter(turns.values())).labels
    used, parts = np.full(len(labels), -1, np.int64), np.full(len(labels), "", dtype=object)
    for turn, of in turns.items():
        for part, rows in of.rows().items():
            used[rows] = labels[rows]
            if not turn or part == "test":
                parts[rows] = str(turn) if turn else part
    return Asked(used, class_names, parts, whole=False)
