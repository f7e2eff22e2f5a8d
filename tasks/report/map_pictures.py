"""The map of a sweep's images as its report keeps it: where each lies, and all of them small in one picture."""

import logging
from io import BytesIO

import numpy as np
import pandas as pd
from PIL import Image

from steelyard.models.data.image_set import ImageSet
from steelyard.models.report import image_map
from steelyard.models.report.dossier import COLUMNS_OF_SPRITE
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.tasks.features import image_maps

SIDE = 40
"""Pixels of a small picture."""

QUALITIES = (80, 65, 50, 35, 20)
"""Of JPEG, the first of which keeps all of them within ``MOST``."""

MOST = 1_100_000
"""Bytes; a page has a third more of it."""

logger = logging.getLogger(__name__)


def map_of(wrong: "pd.Series[str]", plan: SweepPlan, image_set: ImageSet) -> tuple[pd.DataFrame, bytes]:
    """Which images are shown and where, ``id``, ``x`` and ``y``, and a JPEG of them in this order; empty without a map.

    First come those that the recommended cell gets ``wrong``, by their ids, then others as they are drawn.
    """
    try:
        table = _shown(wrong, plan, image_set)
        if table is not None:
            return table[["id", "x", "y"]], _sprite(image_set, table["row"].to_numpy())
    # A report is written whatever becomes of this.
    except Exception as error:  # noqa: BLE001
        logger.warning("no map of the images: %s", " ".join(str(error).split()) or type(error).__name__)
    return pd.DataFrame({"id": [], "x": [], "y": []}), b""


def _shown(wrong: "pd.Series[str]", plan: SweepPlan, image_set: ImageSet) -> pd.DataFrame | None:
    known = pd.Index(image_set.table["id"])
    # Where there are more errors than fit, others are to be seen beside them.
    errors = image_map.drawn(known.get_indexer(pd.Index(wrong)), image_map.SHOWN // 2)
    features = plan.shared.features
    table = image_maps.of_sweep(plan.shared.folder, features, errors) if features else None
    if table is None:
        return None
    others = image_map.drawn(np.setdiff1d(table["row"], errors), image_map.SHOWN - len(errors))
    table = table.set_index("row").loc[[*errors, *others]].reset_index()
    return table.assign(id=known[table["row"]])


def _sprite(image_set: ImageSet, rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> bytes:
    height = -(-len(rows) // COLUMNS_OF_SPRITE)
    whole = Image.new("L" if image_set.images.shape[-1] == 1 else "RGB", (SIDE * COLUMNS_OF_SPRITE, SIDE * height))
    for place, row in enumerate(rows.tolist()):
        pixels = np.asarray(image_set.images[row])
        small = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).resize((SIDE, SIDE))
        whole.paste(small, (SIDE * (place % COLUMNS_OF_SPRITE), SIDE * (place // COLUMNS_OF_SPRITE)))
    for quality in QUALITIES:
        file = BytesIO()
        whole.save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= MOST:
            break
    return file.getvalue()
