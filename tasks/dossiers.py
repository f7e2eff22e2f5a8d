"""The dossier of a sweep: gathered when it ends, kept with its run, and read back for a report at any later time."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from models.comparison import Comparison
from models.image_set import SLICE_PREFIX, ImageSet
from models.partition import Parts, divide
from models.report import faults
from models.report.about import About, Effect
from models.report.dossier import Dossier
from models.spec import Sweep
from models.sweep_plan import SweepPlan
from tasks import index_plans, outlook, versions
from tasks.images import store as image_sets
from tasks.settings import Settings
from tasks.tracking import curves, kept, store

THUMBNAIL = 96
"""Pixels of the longer side, at most."""

WRITTEN = ("comparison.json", "about.json", "images.parquet", "curves.parquet", "gallery.parquet")
FILES = (*WRITTEN, "spec.json", "corrected_scores.parquet")
"""At the root of the artifacts of a sweep's run; all that a report is made of."""


COLUMNS = {
    "images": ["id", "part", "label", "digest", "group"],
    "curves": ["trial_id", "epoch", *curves.SHOWN],
    "gallery": ["kind", "id", "score", "low", "high", "note", "png"],
}
"""Of the tables that are written here."""


def gather(found: Comparison, plan: SweepPlan, spec: Sweep, scores: pd.DataFrame, settings: Settings) -> Dossier:
    """All that is known of a sweep that has just ended.

    Args:
        found: with a verdict.
        plan: what the sweep was about; its index plans are still on disk.
        spec: what was asked for.
        scores: as kept and as corrected, of all trials that finished.
        settings: where the store is.
    """
    client, image_set = store.client(settings.tracking_uri), image_sets.load(plan.shared.image_set)
    parts = divide(image_set.table, image_set.class_names, plan.partition)
    runs = [(trial.trial_id, trial.run_id) for trial in found.trials if trial.operating]
    name, started = kept.begun(client, found.sweep_run_id)
    manifest = image_sets.read_manifest(plan.shared.image_set)
    about = About(
        name=name,
        started=started,
        data=spec.data,
        subject=plan.shared.subject,
        partition=plan.partition,
        counts=plan.counts,
        image_set=manifest.summary,
        findings=(*manifest.notes, *outlook.findings(plan, parts, spec)),
        effects=tuple(_effects(plan)),
        recipe=plan.trials[0].recipe,
        compute=plan.trials[0].compute,
        versions=versions.versions(),
    )
    dossier = Dossier(found, spec, about, _images(image_set, parts), scores, curves.fetch(client, runs), pd.DataFrame())
    return replace(dossier, gallery=_gallery(dossier, image_set))


def write(dossier: Dossier, folder: Path) -> None:
    """Write what is not among the artifacts of the sweep's run yet: ``WRITTEN``."""
    for name, value in (("comparison", dossier.found), ("about", dossier.about)):
        (folder / f"{name}.json").write_text(value.model_dump_json(indent=2), encoding="utf-8")
    for name in ("images", "curves", "gallery"):
        getattr(dossier, name).to_parquet(folder / f"{name}.parquet", index=False)


def read(folder: Path) -> Dossier:
    """The dossier whose ``FILES`` lie in a folder.

    Raises:
        ValueError: a file is not what this version writes.
    """
    tables = {name: _table(folder / f"{name}.parquet", columns) for name, columns in COLUMNS.items()}
    return Dossier(
        found=Comparison.model_validate_json((folder / "comparison.json").read_bytes()),
        spec=Sweep.model_validate_json((folder / "spec.json").read_bytes()),
        about=About.model_validate_json((folder / "about.json").read_bytes()),
        scores=pd.read_parquet(folder / "corrected_scores.parquet"),
        **tables,
    )


def _table(file: Path, columns: list[str]) -> pd.DataFrame:
    table = pd.read_parquet(file)
    if missing := set(columns) - set(table.columns):
        raise ValueError(f"{file.name} has no column {', '.join(sorted(missing))}")
    return table[columns]


def _effects(plan: SweepPlan) -> list[Effect]:
    firsts = [trial for trial in plan.trials if trial.seed == plan.trials[0].seed]
    told = []
    for trial in firsts:
        effect = index_plans.effect(plan.shared.folder, trial)
        weight = trial.handling.class_weights[1] if trial.handling.classes == 2 else 0.5
        counted = {name: getattr(effect, name) for name in ("before", "after", "distinct", "prior", "effective_prior")}
        told.append(Effect(cell=trial.handling.label, weight_positive=weight, **counted))
    return told


def _images(image_set: ImageSet, parts: Parts) -> pd.DataFrame:
    rows = {"train": parts.train, "val": parts.val, "test": parts.test}
    tables = [image_set.table.iloc[of].assign(part=part, label=parts.labels[of]) for part, of in rows.items()]
    # Where test is val too, it is test.
    table = pd.concat(tables, ignore_index=True).drop_duplicates("id", keep="last")
    return table[COLUMNS["images"]].reset_index(drop=True)


def _gallery(dossier: Dossier, image_set: ImageSet) -> pd.DataFrame:
    worst = faults.worst(dossier)
    places = pd.Series(np.arange(len(image_set.table)), index=image_set.table["id"])
    rows = places.loc[worst["id"]].to_numpy()
    notes = [_note(image_set.table.iloc[row]) for row in rows]
    return worst.assign(note=notes, png=[_thumbnail(image_set.images[row]) for row in rows])


def _note(row: "pd.Series[str]") -> str:
    named = {"group": row["group"]} | {
        str(column).removeprefix(SLICE_PREFIX): row[column] for column in row.index if SLICE_PREFIX in str(column)
    }
    return ", ".join(f"{name} {value}" for name, value in named.items() if value)


def _thumbnail(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    image, file = Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels), BytesIO()
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    image.save(file, "PNG")
    return file.getvalue()
