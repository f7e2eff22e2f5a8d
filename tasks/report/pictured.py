"""What a report pictures of a sweep's images, made beside what else is done for it: the worst errors, and a map."""

from dataclasses import dataclass
from typing import Self

import pandas as pd

from steelyard.models.data.image_set import SLICE_PREFIX
from steelyard.models.report.wrong_images import Decided
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.tasks.images import image_sets
from steelyard.tasks.report.dossier_files import SALIENCY
from steelyard.tasks.report.error_pictures import picture
from steelyard.tasks.report.map_pictures import map_of
from steelyard.tasks.report.saliency_maps import Seen
from steelyard.tasks.report.saliency_pictures import fit_of, laid_over, maps_that_are_known
from steelyard.tasks.settings import Settings


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
        # First what another process does: meanwhile the sweep is judged, which wants this one.
        maps = maps_that_are_known(worst, seen, plan, spec, settings)
        bits = image_sets.read_manifest(plan.shared.image_set).bits
        rows = image_set.table.set_index("id").loc[worst["id"]]
        pictures = picture(worst["id"].tolist(), image_set, bits, spec, settings)
        places, sprite = map_of(decided.wrong()["id"], plan, image_set)
        notes, seen_in = [_note(row) for _, row in rows.iterrows()], laid_over(maps, pictures, fit_of(plan))
        return cls(worst.assign(note=notes, picture=pictures, **{SALIENCY: seen_in}), places, sprite)


def _note(row: "pd.Series[str]") -> str:
    """``group 7, ward north``."""
    columns = ["group", *(column for column in row.index if SLICE_PREFIX in column)]
    return ", ".join(f"{column.removeprefix(SLICE_PREFIX)} {row[column]}" for column in columns if row[column])
