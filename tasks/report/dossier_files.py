"""The dossier of a sweep as its run keeps it: written when the sweep ends, read back for a report at any later time."""

from pathlib import Path

import pandas as pd

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.report import wrong_images
from steelyard.models.report.dossier import OWN, About, Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.report.figures.roc_plane import write_picture
from steelyard.tasks.tracking import curves

GALLERY = "gallery.parquet"

WRITTEN = ("comparison.json", "about.json", "images.parquet", "curves.parquet", GALLERY)
SCORES, DECISIONS = "corrected_scores.parquet", "decisions.parquet"

MAP, SPRITE = "map.parquet", "map.jpg"
LATER = (MAP, SPRITE)
"""What only sweeps keep whose images have a map."""

COMMON = (*WRITTEN, "spec.json")
"""What the run of any sweep keeps at the root of its artifacts."""

KINDS = ((*COMMON, SCORES), (*COMMON, DECISIONS))
"""All that a report is made of, where one class is to be found and where every class counts."""

SALIENCY = "saliency"
"""A column of the gallery: what the network looks at, as a PNG to lie over the picture."""

IMAGES = ["id", "part", "label", "digest", "group"]
CURVES = ["trial_id", "epoch", *curves.SHOWN]
ERRORS = ["kind", "id", "score", "note", "picture", SALIENCY]
OF_CLASSES = ["id", "label", "called", "score", "note", "picture", SALIENCY]
PLACES = ["id", "x", "y"]
"""Columns of the tables that are written here, those of the gallery by what the sweep looks for."""


def write(dossier: Dossier, folder: Path) -> None:
    """Write what is not among the artifacts of the sweep's run yet, and the picture of the sweep."""
    for name, value in (("comparison", dossier.found), ("about", dossier.about)):
        (folder / f"{name}.json").write_text(value.model_dump_json(indent=2), encoding="utf-8")
    for name in ("images", "curves", "gallery"):
        getattr(dossier, name).to_parquet(folder / f"{name}.parquet", index=False)
    if dossier.sprite:
        dossier.map.to_parquet(folder / MAP, index=False)
        (folder / SPRITE).write_bytes(dossier.sprite)
    if dossier.every_class:
        dossier.scores.to_parquet(folder / DECISIONS, index=False)
    write_picture(dossier, folder)


def read(folder: Path) -> Dossier:
    """The dossier whose files lie in a folder.

    Raises:
        ValueError: a file is not what this version writes.
    """
    found = comparison(folder)
    mapped = all((folder / name).is_file() for name in LATER)
    several = found.every_class
    return Dossier(
        found=found,
        spec=Sweep.model_validate_json((folder / "spec.json").read_bytes()),
        about=About.model_validate_json((folder / "about.json").read_bytes()),
        images=_table(folder / "images.parquet", IMAGES),
        curves=_table(folder / "curves.parquet", CURVES),
        gallery=_table(folder / GALLERY, OF_CLASSES if several else ERRORS),
        scores=_table(folder / DECISIONS, [*wrong_images.COLUMNS], OWN)
        if several
        else pd.read_parquet(folder / SCORES),
        map=_table(folder / MAP, PLACES) if mapped else pd.DataFrame(),
        sprite=(folder / SPRITE).read_bytes() if mapped else b"",
    )


def comparison(folder: Path) -> Comparison:
    """What a sweep found, whose ``WRITTEN`` lie in a folder; ValueError where it is not what this version writes."""
    return Comparison.model_validate_json((folder / "comparison.json").read_bytes())


def _table(file: Path, columns: list[str], *sometimes: str) -> pd.DataFrame:
    """Its columns, and those that only some sweeps have."""
    table = pd.read_parquet(file)
    if missing := set(columns) - set(table.columns):
        raise ValueError(f"{file.name} has no column {', '.join(sorted(missing))}")
    return table[[*columns, *(column for column in sometimes if column in table)]]
