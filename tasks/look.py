"""Look at the images of a sweep before it trains."""

import hashlib
import logging
import shlex
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
from prefect import task
from prefect.cache_policies import NO_CACHE

from steelyard.models.data.partition import Turns
from steelyard.models.findings.found import Asked
from steelyard.models.names import printable
from steelyard.models.spec.images import Images
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import called_negative, only_other
from steelyard.models.spec.trial import Partition
from steelyard.models.words.found_lines import brief
from steelyard.tasks import parting, trial_identity
from steelyard.tasks.atomic_files import building, publish
from steelyard.tasks.features import image_maps
from steelyard.tasks.findings import files
from steelyard.tasks.findings.looking import looked
from steelyard.tasks.images import image_sets
from steelyard.tasks.report.page import render
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources.helpers.source import fingerprint

logger = logging.getLogger(__name__)

FOLDER = "findings"
HOUSE = trial_identity.HOUSE
WORDS = (HOUSE / "models" / "words" / "found_lines.py", HOUSE / "tasks" / "findings" / "files.py")
CODE = (*sorted((HOUSE / "models" / "findings").rglob("*.py")), *WORDS)
LIBRARIES = ("cleanlab", "scikit-learn", "scipy", "torch", "numpy")


@task(name="look", cache_policy=NO_CACHE, task_run_name="look at {spec.called}")
def look(image_set: Path, features: Path | None, spec: Sweep, settings: Settings, folder: Path) -> None:
    """Say what is wrong with the images in use, and keep it in the sweep's folder; without features nothing is said.

    The spec is settled. What was found once of the same images in the same parts is found again in the cache.
    """
    if features is None:
        return
    # Early, since a report would wait for it.
    threading.Thread(target=render.compile_templates, daemon=True).start()
    with ThreadPoolExecutor(1) as beside:
        mapped = beside.submit(_map, image_set, features, spec, settings, folder)
        look_now = partial(_look, image_set, features, spec, settings, folder)
        for what, done in (("looked at", look_now), ("mapped", mapped.result)):
            try:
                done()
            except Exception as error:  # noqa: BLE001  # A sweep trains whatever becomes of this.
                why = f"{type(error).__name__}: {' '.join(str(error).split())}"
                logger.warning("the images were not %s: %s", what, why)


def _map(image_set: Path, features: Path, spec: Sweep, settings: Settings, folder: Path) -> None:
    turns = parting.parts_of(image_set, parting.resolve_partition(image_set, spec))
    image_maps.make(features, turns, settings.cache, folder)


def _look(image_set: Path, features: Path, spec: Sweep, settings: Settings, folder: Path) -> None:
    partition = parting.resolve_partition(image_set, spec)
    # Suspects that are left out of train are found as the others are.
    divided = partition.model_dump_json(exclude={"drop_suspects"})
    root, key = settings.cache / FOLDER, fingerprint(code_version(), features.name, divided)[:16]
    if not files.are_whole(root / key):
        images, turns = image_sets.load(image_set), parting.parts_of(image_set, partition)
        asked = _asked(turns, _named(partition, images.class_names))
        with building(root) as made:
            files.write(looked(image_set, features, asked), asked, images, made)
            publish(made, root / key, files.are_whole)
    shutil.copytree(root / key, files.place(folder))
    for line in brief(files.read_lines(root / key), command(spec)):
        logger.info(line)


@cache
def code_version() -> str:
    """A hash of the code that looks and of what it says, and the versions of the libraries that it runs on."""
    code = [trial_identity.what_runs(file.read_text("utf-8")) for file in CODE]
    return hashlib.sha256(repr((code, [version(name).partition("+")[0] for name in LIBRARIES])).encode()).hexdigest()


def command(spec: Sweep) -> str:
    """What shows the findings, as a shell takes it."""
    asked = [
        f"--{name.replace('_', '-')}" + ("" if value is True else f"={shlex.quote(str(value))}")
        for name, value in _given(spec).items()
    ]
    return printable(" ".join(["steelyard images", shlex.quote(spec.data), *asked]))


def _given(spec: Sweep) -> dict[str, object]:
    own = {name: getattr(spec, name) for name in Images.model_fields if name != "data"}
    return {name: value for name, value in own.items() if value != Images.model_fields[name].default}


def _named(partition: Partition, class_names: tuple[str, ...]) -> tuple[str, ...]:
    if partition.every_class:
        return class_names
    other = only_other(partition.positive, class_names)
    return other or called_negative(partition.positive, partition.negative), partition.positive


def _asked(turns: Turns, class_names: tuple[str, ...]) -> Asked:
    """The images that some trial uses; in folds the part of each is the fold in which it is tested."""
    labels = next(iter(turns.values())).labels
    used, parts = np.full(len(labels), -1, np.int64), np.full(len(labels), "", dtype=object)
    for turn, of in turns.items():
        for part, rows in of.rows().items():
            used[rows] = labels[rows]
            if not turn or part == "test":
                parts[rows] = str(turn) if turn else part
    return Asked(used, class_names, parts, whole=False, known=labels)
