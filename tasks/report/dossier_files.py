"""The dossier of a sweep as its run keeps it: written when the sweep ends, read back for a report at any later time."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.objective.objective import EDGE
from steelyard.models.report import wrong_images
from steelyard.models.report.dossier import About, Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.tracking import curves

GALLERY = "gallery.parquet"

WRITTEN = ("comparison.json", "about.json", "images.parquet", "curves.parquet", GALLERY)
SCORES, DECISIONS = "corrected_scores.parquet", "decisions.parquet"

MAP, SPRITE = "map.parquet", "map.jpg"
LATER = (MAP, SPRITE)
"""What only sweeps since November 2026 keep, where their images have a map."""

COMMON = (*WRITTEN, "spec.json")
"""What the run of any sweep keeps at the root of its artifacts."""

KINDS = ((*COMMON, SCORES), (*COMMON, DECISIONS))
"""All that a report is made of, where one class is to be found and where every class counts."""

IMAGES = ["id", "part", "label", "digest", "group"]
CURVES = ["trial_id", "epoch", *curves.SHOWN]
ERRORS = ["kind", "id", "score", "low", "high", "note", "picture"]
PLACES = ["id", "x", "y"]
OF_CLASSES = ["id", "label", "called", "seeds", "score", "low", "high", "note", "picture"]
"""Columns of the tables that are written here, the last of the gallery where every class counts."""

SALIENCY = "saliency"
"""A column of the gallery that was added in November 2026."""

BEFORE = {"png": "picture"}
"""What columns of the gallery were called -> what they are called now."""


SPEC_BEFORE = {"skip_unreadable": "skip_unusable"}
"""The same for the fields of a spec."""


def write(dossier: Dossier, folder: Path) -> None:
    """Write what is not among the artifacts of the sweep's run yet."""
    for name, value in (("comparison", dossier.found), ("about", dossier.about)):
        (folder / f"{name}.json").write_text(value.model_dump_json(indent=2), encoding="utf-8")
    for name in ("images", "curves", "gallery"):
        getattr(dossier, name).to_parquet(folder / f"{name}.parquet", index=False)
    if dossier.sprite:
        dossier.map.to_parquet(folder / MAP, index=False)
        (folder / SPRITE).write_bytes(dossier.sprite)
    if dossier.every_class:
        dossier.scores.to_parquet(folder / DECISIONS, index=False)


def read(folder: Path) -> Dossier:
    """The dossier whose files lie in a folder.

    Raises:
        ValueError: a file is not what this version writes.
    """
    found = comparison(folder)
    mapped = all((folder / name).is_file() for name in LATER)
    several, about = found.every_class, About.model_validate_json((folder / "about.json").read_bytes())
    # A sweep of before had no margin and no folds, whatever would be usual now.
    before = {"margin": EDGE, "folds": about.partition.folds}
    return Dossier(
        found=found,
        spec=Sweep.model_validate(before | _fields((folder / "spec.json").read_bytes())),
        about=about,
        images=_table(folder / "images.parquet", IMAGES),
        # Sweeps kept before November 2026 have the epochs of a head among those of networks.
        curves=_table(folder / "curves.parquet", CURVES).sort_values(["trial_id", "epoch"], ignore_index=True),
        gallery=_table(folder / GALLERY, OF_CLASSES if several else ERRORS, BEFORE, [SALIENCY]),
        scores=_table(folder / DECISIONS, [*wrong_images.COLUMNS], later=[wrong_images.OWN])
        if several
        else pd.read_parquet(folder / SCORES),
        map=_table(folder / MAP, PLACES) if mapped else pd.DataFrame(),
        sprite=(folder / SPRITE).read_bytes() if mapped else b"",
    )


def comparison(folder: Path) -> Comparison:
    """What a sweep found, whose ``WRITTEN`` lie in a folder; ValueError where it is not what this version writes."""
    return Comparison.model_validate_json((folder / "comparison.json").read_bytes())


def _fields(spec: bytes) -> dict[str, Any]:
    return {SPEC_BEFORE.get(name, name): value for name, value in json.loads(spec).items()}


def _table(
    file: Path, columns: list[str], before: Mapping[str, str] | None = None, later: Sequence[str] = ()
) -> pd.DataFrame:
    """Its columns, and those that only ``later`` versions write, where it has them."""
    table = pd.read_parquet(file).rename(columns=before or {})
    if missing := set(columns) - set(table.columns):
        raise ValueError(f"{file.name} has no column {', '.join(sorted(missing))}")
    return table[[*columns, *(column for column in later if column in table)]]
