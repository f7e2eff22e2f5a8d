"""What a head sees of images whose classes it should not be able to tell: their size, light, border or name alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.findings.looks.name_forms import name_forms

NAME = "name"
GRAMS, CELLS = (1, 3), 2**12
"""Characters of names that are counted together, and the cells that they are hashed to."""

EDGES = ("top", "bottom", "left", "right")
CORNERS = ("top_left", "top_right", "bottom_left", "bottom_right")
LIGHT = ["mean", "std", "p05", "p95", "red", "green", "blue", "saturation"]

Values = npt.NDArray[np.float64]


def features_of(looks: pd.DataFrame, ids: Sequence[str], class_names: Sequence[str]) -> dict[str, Any]:
    """What each head sees, (n, D) float64, of names sparse; without what is the same for all images.

    Args:
        looks: a row per image, as ``tasks.images.looks`` measures them.
        ids: n, path of each image.
        class_names: what is taken out of names.
    """
    width, height = looks["width"].to_numpy(np.float64), looks["height"].to_numpy(np.float64)
    columns = {
        "size": np.log(np.stack([width, height, width / height], axis=1)),
        "light": looks[LIGHT].to_numpy(np.float64),
        "border": _border(looks),
    }
    found: dict[str, Any] = {what: values for what, values in columns.items() if np.ptp(values, axis=0).any()}
    patterns = name_forms(ids, class_names)
    return found | ({NAME: _counted(patterns)} if len(set(patterns)) > 1 else {})


def _border(looks: pd.DataFrame) -> Values:
    """(n, 18): how strips and corners differ from the median of their kind, and a frame from the image.

    Their own levels say much of what the image shows; a mark, a stamp or a frame stands out from the rest.
    """
    found = []
    for places in (EDGES, CORNERS):
        for what in ("mean", "std"):
            levels = looks[[f"{place}_{what}" for place in places]].to_numpy(np.float64)
            found.append(levels - np.median(levels, axis=1, keepdims=True))
    own = looks[["mean", "std"]].to_numpy(np.float64)
    frame = np.stack([looks[[f"{place}_{what}" for place in EDGES]].median(axis=1) for what in ("mean", "std")], axis=1)
    compared = np.stack([frame[:, 0] - own[:, 0], np.log2((frame[:, 1] + 1 / 255) / (own[:, 1] + 1 / 255))], axis=1)
    # Images that are too small have no border.
    border: Values = np.nan_to_num(np.concatenate([*found, compared], axis=1), nan=0.0)
    return border


def _counted(patterns: Sequence[str]) -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    grams = HashingVectorizer(analyzer="char", ngram_range=GRAMS, n_features=CELLS, lowercase=False)
    return grams.transform([f"\n{pattern}\n" for pattern in patterns])
