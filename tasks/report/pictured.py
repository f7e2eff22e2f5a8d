"""What a report pictures of a sweep's images, made while the sweep is judged: the worst errors, and a map."""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pandas as pd

from steelyard.models.data.image_set import SLICE_PREFIX
from steelyard.models.report.wrong_images import Decided
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.tasks.images import image_sets
from steelyard.tasks.report.dossier_files import GALLERY, MAP, SALIENCY, SPRITE
from steelyard.tasks.report.error_pictures import nothing, picture, reader
from steelyard.tasks.report.map_pictures import map_of
from steelyard.tasks.report.saliency_maps import Seen
from steelyard.tasks.report.saliency_pictures import fit_of, laid_over, maps_that_are_known
from steelyard.tasks.settings import Settings

FOLDER = "pictured"
"""Within that of the sweep."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pictured:
    """As ``Dossier`` has them."""

    gallery: pd.DataFrame
    map: pd.DataFrame
    sprite: bytes

    @classmethod
    def of(cls, decided: Decided, seen: Seen, plan: SweepPlan, spec: Sweep, settings: Settings) -> Self:
        """Read the images of the worst errors again, and see what ``seen`` looked at in them."""
        image_set, worst = image_sets.load(plan.shared.image_set), decided.worst()
        bits = image_sets.read_manifest(plan.shared.image_set).bits
        rows = image_set.table.set_index("id").loc[worst["id"]]
        read = reader(spec, settings) if len(worst) else nothing
        with ThreadPoolExecutor(1, "saliency") as beside:
            maps = beside.submit(copy_context().run, maps_that_are_known, worst, seen, plan, read, settings)
            pictures = picture(worst["id"].tolist(), image_set, bits, spec, settings, read)
            places, sprite = map_of(decided.wrong()["id"], plan, image_set)
        notes, seen_in = [_note(row) for _, row in rows.iterrows()], laid_over(maps.result(), pictures, fit_of(plan))
        return cls(worst.assign(note=notes, picture=pictures, **{SALIENCY: seen_in}), places, sprite)

    def keep(self, sweep: Path) -> None:
        """Keep them within the folder of a sweep."""
        folder = sweep / FOLDER
        folder.mkdir()
        self.gallery.to_parquet(folder / GALLERY, index=False)
        self.map.to_parquet(folder / MAP, index=False)
        (folder / SPRITE).write_bytes(self.sprite)

    @classmethod
    def kept(cls, sweep: Path) -> Self:
        """What ``keep`` kept.

        Raises:
            OSError: nothing.
        """
        folder = sweep / FOLDER
        return cls(pd.read_parquet(folder / GALLERY), pd.read_parquet(folder / MAP), (folder / SPRITE).read_bytes())


def _note(row: "pd.Series[str]") -> str:
    """``group 7, ward north``."""
    columns = ["group", *(column for column in row.index if SLICE_PREFIX in column)]
    return ", ".join(f"{column.removeprefix(SLICE_PREFIX)} {row[column]}" for column in columns if row[column])
