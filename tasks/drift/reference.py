"""What is kept beside a registered model of the images that its sweep tested, for new ones to be compared with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.image_set import SLICE_PREFIX
from steelyard.models.drift.drift import Sample
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.reference_scores import ReferenceScores
from steelyard.tasks.features import feature_sets
from steelyard.tasks.images import extraction, image_sets, looks

FILE = "reference.npz"
"""Beside a registered model's own files."""

MOST = 2000
"""Images whose features are kept: 10 MB of 2,560 features."""

LOOKS = {"brightness": "mean", "sharpness": "sharpness"}
"""What is compared of the images themselves -> its column in ``looks.parquet``."""


@dataclass(frozen=True)
class Reference:
    """Images of test as the registered model, or the networks of its folds, saw them.

    Attributes:
        ids: (n,) str, as in the sweep's source.
        digests: (n,) str, of their pixels.
        sample: scores, alarms, looks and slices of all, features of some.
        widths: of the groups of features that count alike.
        alarms: names of the classes that count as an alarm.
        exact: whether the scores are of the registered network, which did not learn from these images.
        origin: where the images come from, as ``tasks.sources.open_source`` takes it.
    """

    ids: npt.NDArray[np.str_]
    digests: npt.NDArray[np.str_]
    sample: Sample
    widths: tuple[int, ...] = ()
    alarms: tuple[str, ...] = ()
    exact: bool = True
    origin: dict[str, str] = field(default_factory=dict)


def keep(dossier: Dossier, scored: ReferenceScores, on_features: bool, cache: Path, folder: Path) -> None:
    """Write ``FILE`` into the folder of a model.

    Features and looks are those that the sweep left in the cache; where that was cleared, scores alone are kept.

    Args:
        dossier: of the sweep.
        scored: its images of test.
        on_features: whether the network is a head on features of a backbone.
        cache: folder with image sets and features.
        folder: of the model.
    """
    table, images = scored.table, dossier.images.drop_duplicates("id").set_index("id")
    digests = images.loc[table["id"], "digest"].astype(str).to_numpy(dtype=str)
    image_set = cache / extraction.FOLDER / dossier.about.subject.content_hash
    there = image_sets.is_whole(image_set)
    kept: dict[str, Any] = {
        "ids": table["id"].astype(str).to_numpy(dtype=str),
        "digests": digests,
        "scores": table["score"].to_numpy(np.float32),
        "alarm": table["alarm"].to_numpy(bool),
        "alarms": np.array(scored.alarms, dtype=str),
        "exact": np.array(scored.exact),
        "origin": np.array(json.dumps(dossier.spec.origin)),
    }
    kept |= _looks(image_set, table["id"]) | _slices(image_set, table["id"]) if there else {}
    if on_features and there:
        kept |= _features(dossier, cache, image_sets.read_manifest(image_set).bits, digests)
    np.savez_compressed(folder / FILE, **kept)


def _looks(image_set: Path, ids: "pd.Series[Any]") -> dict[str, npt.NDArray[Any]]:
    measured = looks.load(image_set).set_index(image_sets.load(image_set).table["id"].to_numpy())
    return {name: measured.loc[ids, column].to_numpy(np.float32) for name, column in LOOKS.items()}


def _slices(image_set: Path, ids: "pd.Series[Any]") -> dict[str, npt.NDArray[Any]]:
    table = image_sets.load(image_set).table.set_index("id").filter(regex=f"^{SLICE_PREFIX}").loc[ids]
    return {column: table[column].to_numpy(dtype=str) for column in table.columns}


def _features(dossier: Dossier, cache: Path, bits: int, digests: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    embedding = dossier.about.embedding
    if embedding is None:
        return {}
    rows = np.sort(np.random.default_rng(0).permutation(len(digests))[:MOST])
    found = feature_sets.of_images(cache, embedding, bits, [digests[row] for row in rows])
    if found is None:
        return {}
    features, widths = found
    return {"rows": rows, "features": features.astype(np.float16), "widths": np.array(widths)}


def load(folder: Path) -> Reference | None:
    """What ``keep`` wrote into the folder of a model; None where there is nothing."""
    if not (folder / FILE).exists():
        return None
    with np.load(folder / FILE, allow_pickle=False) as file:
        kept = dict(file)
    measured = {name: kept[name] for name in LOOKS if name in kept}
    slices = {name.removeprefix(SLICE_PREFIX): kept[name] for name in kept if name.startswith(SLICE_PREFIX)}
    return Reference(
        ids=kept["ids"],
        digests=kept["digests"],
        sample=Sample(kept["scores"], kept["alarm"], kept.get("features"), measured, kept.get("rows"), slices),
        widths=tuple(kept["widths"].tolist()) if "widths" in kept else (),
        alarms=tuple(kept["alarms"].tolist()),
        exact=bool(kept["exact"]),
        origin=json.loads(str(kept["origin"])),
    )
