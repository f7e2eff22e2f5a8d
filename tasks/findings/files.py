"""What was found in a set of images as files: a CSV per finding, and the findings in words."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from steelyard.models.data.image_set import LABEL_BEFORE, ImageSet
from steelyard.models.errors import BadInput
from steelyard.models.findings.found import Asked, Found
from steelyard.models.names import printable
from steelyard.models.words.found_lines import LEARNING, Told, told
from steelyard.tasks.atomic_files import write_text

COPIES, RELABEL, ODD, GROUPS, SHORTCUTS, PARTS = (
    f"{name}.csv" for name in ("copies", "relabel", "odd", "groups", "shortcuts", "parts")
)
LINES = "findings.json"
OF_KIND = {"copies": COPIES, "labels": RELABEL, "odd": ODD, "groups": GROUPS, "shortcuts": SHORTCUTS, "parts": PARTS}
"""Kind of a finding -> the file that has all of it."""


TEXTS = ("path", "class", "label", "proposed", "part", "group", "class_name", "among", "option")
"""Columns with names from outside, any of which may look like a number."""


def check_output(folder: Path) -> None:
    """Refuse a folder that cannot be written, or in which somebody corrected labels that would be lost.

    Raises:
        BadInput: what it must be.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"output must be a folder, got the file {printable(folder)}; name another")
    above = next(of for of in (folder, *folder.absolute().parents) if of.exists())
    if not os.access(above, os.W_OK | os.X_OK):
        raise BadInput(f"output must be a folder that can be written, got {printable(folder)}; name another")
    if (folder / RELABEL).exists() and _digest(folder / RELABEL) != _noted(folder):
        raise BadInput(
            f"output must not hold labels that somebody corrected, got {printable(folder / RELABEL)}; name another "
            "folder, or move it"
        )


def _noted(folder: Path) -> str:
    """Digest of the labels that this wrote last; "" where that is not known."""
    try:
        return str(json.loads((folder / LINES).read_text(encoding="utf-8"))[RELABEL])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _digest(file: Path) -> str:
    return hashlib.blake2b(file.read_bytes(), digest_size=16).hexdigest()


def place(sweep: Path) -> Path:
    """Where the files of a sweep's images are, in its folder: a folder in one that has nothing else."""
    return sweep / "found" / "findings"


def are_whole(folder: Path) -> bool:
    """Whether a folder has all files."""
    return all((folder / name).is_file() for name in (*OF_KIND.values(), LINES))


def write(found: Found, asked: Asked, images: ImageSet, folder: Path) -> list[Told]:
    """Write all files into a folder that is there; those of what was not found too, with their header alone.

    Returns:
        The findings in words.
    """
    for name, table in _tables(found, asked, images):
        write_text(folder / name, table.to_csv(index=False, float_format="%.4g", lineterminator="\n"))
    lines = told(found, asked)
    noted = {"findings": [line._asdict() for line in lines], RELABEL: _digest(folder / RELABEL)}
    write_text(folder / LINES, json.dumps(noted, indent=2))
    return lines


def read_lines(folder: Path) -> list[Told]:
    """The findings in words that ``write`` wrote."""
    return [Told(**line) for line in json.loads((folder / LINES).read_text(encoding="utf-8"))["findings"]]


def of_sweep(sweep: Path) -> tuple[tuple[str, str], ...] | None:
    """What is wrong with the images of a sweep, from its folder, a key and a line each; None where nobody looked."""
    if not place(sweep).exists():
        return None
    return tuple((line.key, line.line) for line in read_lines(place(sweep)) if line.key != LEARNING)


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """One of the files; texts stay texts, whatever they look like."""
    return pd.read_csv(folder / name, dtype=dict.fromkeys(TEXTS, str), keep_default_na=False)


def read_all(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables by the names of their files without ``.csv``, and ``findings``."""
    tables = {name.removesuffix(".csv"): read_table(folder, name) for name in OF_KIND.values()}
    return tables | {"findings": pd.DataFrame(read_lines(folder), columns=list(Told._fields))}


def _tables(found: Found, asked: Asked, images: ImageSet) -> Iterator[tuple[str, pd.DataFrame]]:
    table = images.table
    own = np.array(images.class_names, dtype=object)[table["label"]]
    of = found.copies.table
    rows = of["row"].to_numpy()
    about = {"path": table["id"].to_numpy()[rows], "class": own[rows], "part": asked.parts[rows]}
    more = {"group": table["group"].to_numpy()[rows], "twin": found.copies.twins[rows].astype(int)}
    yield COPIES, pd.DataFrame({"cluster": of["cluster"], "kind": of["kind"], **about, **more})
    yield RELABEL, _relabel(found, asked, images)
    odd = found.odd.rename(columns={"row": "path"}).assign(path=table["id"].to_numpy()[found.odd["row"]])
    yield ODD, odd[["path", "why", "value", "usual"]]
    yield (
        GROUPS,
        _listed(
            found.groups,
            ("option", "groups", "images", "same_group", "chance", "area_random", "area_grouped", "low", "high"),
        ),
    )
    yield SHORTCUTS, _listed(found.shortcuts, ("what", "class_name", "area", "low", "high"))
    unlike = [asdict(each) | each.area._asdict() for each in found.unlike]
    columns = ["part", "among", "images", "value", "low", "high"]
    yield PARTS, pd.DataFrame(unlike, columns=columns).rename(columns={"value": "area"})


def _relabel(found: Found, asked: Asked, images: ImageSet) -> pd.DataFrame:
    """All copies of a suspect with it, since one image must not have two labels; then what was corrected before.

    The label is the source's own, so that the file takes the place of one that was given. Nothing is proposed where the
    class that an image is taken for stands for several.
    """
    table, classes = images.table, np.array(images.class_names, dtype=object)
    own = classes[table[LABEL_BEFORE] if LABEL_BEFORE in table else table["label"]]
    suspects = found.suspects.assign(digest=table["digest"].to_numpy()[found.suspects["row"]])
    copied = pd.DataFrame({"digest": table["digest"], "path": table["id"], "label": own})
    every = suspects.merge(copied, on="digest", how="left", sort=False)
    others = [name for name in images.class_names if name not in asked.class_names]
    names = [name if name in images.class_names else others[0] * (len(others) == 1) for name in asked.class_names]
    every = every.assign(proposed=np.array(names, dtype=object)[every["proposed"].to_numpy(dtype=np.int64)])
    corrected = copied.assign(proposed=classes[table["label"]])[own != classes[table["label"]]]
    whole: pd.DataFrame = pd.concat([every, corrected[~corrected["path"].isin(every["path"])]], ignore_index=True)
    return whole[["path", "label", "proposed", "probability", "proposed_probability"]]


def _listed(found: Sequence[Any], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame([{name: getattr(each, name) for name in columns} for each in found], columns=list(columns))
