"""Look at a set of images: extract, embed, find, and write down what was found."""

import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.image_set import ImageSet
from steelyard.models.findings.found import STAGES, Asked, Found, SeenBy, look
from steelyard.models.spec.images import Images
from steelyard.models.words.found_lines import Told
from steelyard.tasks import planning, preflight, progress
from steelyard.tasks.atomic_files import own_folder, write_text
from steelyard.tasks.embed import embed_planned
from steelyard.tasks.features import feature_sets
from steelyard.tasks.findings import files
from steelyard.tasks.images import extraction, image_sets, looks
from steelyard.tasks.report.error_pictures import picture
from steelyard.tasks.report.page.images_page import images_page
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source
from steelyard.tasks.sources.helpers.exif_dates import days
from steelyard.tasks.sources.helpers.source import Source
from steelyard.tasks.workers import threads
from steelyard.tasks.workers.runner import runner

logger = logging.getLogger(__name__)

PAGE = "index.html"


def look_at(spec: Images, settings: Settings, output: Path) -> tuple[list[str], list[Told]]:
    """Look at all images of a source, and write a page and a CSV per finding into a folder.

    Returns:
        Lines on the set as a whole, and the findings.

    Raises:
        BadInput: no such source, images that cannot be used, a backbone that cannot be had, or a folder that holds
            corrected labels or cannot be written.
    """
    files.check_output(output)
    runner(settings).machine(settings, 0)
    preflight.backbone(spec, settings)
    source = open_source(cache=settings.cache, **spec.origin)
    path = extraction.extract_images(source, spec.size, settings.cache, spec.skip_unusable, spec.fit)
    images, manifest = image_sets.load(path), image_sets.read_manifest(path)
    plan = planning.embedding_of(path, np.arange(len(images.table)), spec, settings)
    with own_folder(settings.cache / "sweeps") as folder:
        features = embed_planned(plan, path, spec, settings, folder)
    asked = Asked(
        labels=images.table["label"].to_numpy(dtype=np.int64),
        class_names=images.class_names,
        parts=images.table["split"].to_numpy(dtype=object),
        dates=_dates(source, images),
    )
    found = looked(path, features, asked)
    about = [manifest.summary, *manifest.notes]
    lines = files.write(found, asked, images, output)
    shown = images_page(
        manifest.name, about, found, asked, images, lines,
        lambda ids: picture(ids, images, manifest.bits, spec, settings),
    )  # fmt: skip
    write_text(output / PAGE, shown)
    return about, lines


def looked(image_set: Path, features: Path, asked: Asked) -> Found:
    """What is found in an image set on disk."""
    images = image_sets.load(image_set)
    seen_by = SeenBy(feature_sets.load(features), feature_sets.widths(features), looks.load(image_set))

    def tell(stage: str) -> None:
        progress.tell(progress.Extracting(STAGES.index(stage), len(STAGES), "looking", "steps"))

    with threads.few(len(images.table)):
        found = look(images, seen_by, asked, tell)
    progress.tell(progress.Extracting(len(STAGES), len(STAGES), "looking", "steps"))
    return found


def _dates(source: Source, images: ImageSet) -> npt.NDArray[np.object_] | None:
    """(N,) the day of each image; None where no image has one."""
    known = pd.Series(days(source), index=source.table["id"], dtype=object)
    of = known.reindex(images.table["id"]).fillna("").to_numpy(dtype=object)
    return of if (of != "").any() else None
