"""The map of a sweep's images of test: made before anything is trained, and found again by any sweep of the same."""

import hashlib
import shutil
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.partition import Turns
from steelyard.models.report import image_map
from steelyard.tasks import trial_identity
from steelyard.tasks.atomic_files import building, publish
from steelyard.tasks.features import feature_sets
from steelyard.tasks.sources.helpers.source import fingerprint

FOLDER, FILE = "maps", "map.parquet"
CODE = trial_identity.HOUSE / "models" / "report" / "image_map.py"
LIBRARIES = ("scikit-learn", "numpy")


def make(features: Path, turns: Turns, cache_folder: Path, sweep: Path) -> None:
    """Put the map of all that is test in some turn into a sweep's folder; nothing where that is too few images."""
    rows = tested(turns)
    root = cache_folder / FOLDER
    key = fingerprint(code_version(), features.name, hashlib.sha256(rows.tobytes()).hexdigest())[:16]
    if len(rows) < image_map.LEAST:
        return
    if not _is_whole(root / key):
        with building(root) as folder:
            _map(features, image_map.drawn(rows, image_map.MAPPED)).to_parquet(folder / FILE, index=False)
            publish(folder, root / key, _is_whole)
    shutil.copy(root / key / FILE, sweep / FILE)


def of_sweep(sweep: Path, features: Path, wanted: npt.NDArray[np.int64]) -> pd.DataFrame | None:
    """The map that ``make`` put into a sweep's folder, with images of test that it should have too; None without one.

    Returns:
        Columns ``row`` (int64, of the image set), ``x`` and ``y`` (float32).
    """
    if not (sweep / FILE).exists():
        return None
    table = pd.read_parquet(sweep / FILE)
    new = np.setdiff1d(wanted, table["row"])
    if not len(new):
        return table
    every, places = feature_sets.load(features), table[["x", "y"]].to_numpy(np.float32)
    known = np.asarray(every[table["row"].to_numpy()])
    found = image_map.placed(known, places, np.asarray(every[new]), feature_sets.widths(features))
    return pd.concat([table, _table(new, found)], ignore_index=True)


def tested(turns: Turns) -> npt.NDArray[np.int64]:
    """Rows of the images that are test in some turn, ascending."""
    return np.unique(np.concatenate([parts.test for parts in turns.values()]))


@cache
def code_version() -> str:
    """A hash of the code that makes maps, and the versions of the libraries that it runs on."""
    code = trial_identity.what_runs(CODE.read_text("utf-8"))
    return hashlib.sha256(repr((code, [version(name) for name in LIBRARIES])).encode()).hexdigest()


def _map(features: Path, rows: npt.NDArray[np.int64]) -> pd.DataFrame:
    some = np.asarray(feature_sets.load(features)[rows])
    return _table(rows, image_map.laid_out(some, feature_sets.widths(features)))


def _table(rows: npt.NDArray[np.int64], places: npt.NDArray[np.float32]) -> pd.DataFrame:
    return pd.DataFrame({"row": rows, "x": places[:, 0], "y": places[:, 1]})


def _is_whole(folder: Path) -> bool:
    return (folder / FILE).is_file()
