"""A store as the version before features and backbones left it, which every later version must still read.

``steelyard sweep --data digits --positive 8 --size 8 --epochs 1 --weights 0.9 --seeds 2`` made it. To stay small, its
archive lacks what people look at (report and pictures) and the weights of all trials but the best, whose float32 are
rounded to bfloat16.
"""

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

ARCHIVE = Path(__file__).with_name("old_store.tar.xz")
MADE_IN = "/tmp/oldstore"  # noqa: S108  # the folder that its addresses name

SWEEP, BEST = "e0dc0067ce8d47acbe146691182e485c", "3892185b34de4c5187db99c205a61808"
"""Run ids of the sweep and of its best trial."""

ADDRESSES = {"runs": "artifact_uri", "logged_models": "artifact_location", "experiments": "artifact_location"}


def unpack(folder: Path) -> str:
    """Unpack the store and give its URI; MLflow keeps addresses of files whole, so they are moved here too."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    with closing(sqlite3.connect(folder / "mlflow.db")) as database, database:
        for table, column in ADDRESSES.items():
            database.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (MADE_IN, str(folder)))  # noqa: S608
    for file in [*folder.rglob("MLmodel"), *folder.rglob("comparison.json")]:
        file.write_text(file.read_text("utf-8").replace(MADE_IN, str(folder)), "utf-8")
    return f"sqlite:///{folder / 'mlflow.db'}"
