"""What runs keep as files and notes: put there when a sweep ends, and read back."""

import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import RunTag
from mlflow.exceptions import MlflowException

from steelyard.models.errors import BadInput
from steelyard.tasks.tracking import sweeps

LONGEST_NOTE = 8000
"""Characters that MLflow keeps of a tag."""

TRAINED_OR_REUSED = ("files", "reused/files")
"""Folders of a trial; one that could not be reused whole has been trained."""


def put(client: MlflowClient, run_id: str, folder: Path) -> None:
    """Keep everything in a folder at the root of the run's artifacts."""
    client.log_artifacts(run_id, str(folder))


def fetch(client: MlflowClient, run_id: str, names: Sequence[str], folder: Path) -> None:
    """Copy files of a sweep's run into a folder.

    Args:
        client: of the run's store.
        run_id: the parent run.
        names: at the root of its artifacts.
        folder: that exists.

    Raises:
        BadInput: the run lacks one of them.
    """
    try:
        there = {file.path for file in client.list_artifacts(run_id)}
        if missing := [name for name in names if name not in there]:
            raise BadInput(
                f"sweep must be one that ended with a trial that finished and kept its files, got {run_id} without "
                f"{missing[0]}; run the same sweep again: what has finished is not trained again"
            )
        for name in names:
            client.download_artifacts(run_id, name, str(folder))
    except (MlflowException, OSError) as error:
        raise BadInput(
            f"sweep {run_id} has lost its files: {' '.join(str(error).split())}; run the same sweep again"
        ) from error


def newest(client: MlflowClient, *kinds: Sequence[str]) -> str:
    """Run id of the newest sweep that keeps its files: one that runs, or was killed, is passed over.

    Args:
        client: of the store.
        kinds: names of all files that one must keep; of several kinds, any.

    Raises:
        BadInput: there is none.
    """
    for run_id in sweeps.all_newest_first(client):
        there = {file.path for file in client.list_artifacts(run_id)}
        if any(there.issuperset(names) for names in kinds):
            return run_id
    raise BadInput(f"{client.tracking_uri} has no sweep that ended with a trial to report; run steelyard sweep first")


def begun(client: MlflowClient, run_id: str) -> tuple[str, datetime]:
    """What a run is called, and when it began."""
    info = client.get_run(run_id).info
    return str(info.run_name), datetime.fromtimestamp(info.start_time / 1000, UTC)


def scores(client: MlflowClient, run_id: str, sweep: Path | None = None) -> pd.DataFrame:
    """The scores of a run: split, id, label and score.

    Args:
        client: of the run's store.
        run_id: of a finished trial.
        sweep: folder of the sweep while it runs: what lies there is what the store keeps, and the store is not asked.
    """
    for files in TRAINED_OR_REUSED if sweep else ():
        if sweep and (here := sweep / run_id / files / "scores.parquet").exists():
            return pd.read_parquet(here)
    with tempfile.TemporaryDirectory() as folder:
        return pd.read_parquet(client.download_artifacts(run_id, "scores.parquet", folder))


def note(client: MlflowClient, run_id: str, said: Callable[[int], str]) -> None:
    """Put the verdict at the head of the run's note.

    Args:
        client: of the sweep's store.
        run_id: the parent run.
        said: the most characters that it may have -> the verdict in Markdown.
    """
    note = client.get_run(run_id).data.tags.get("mlflow.note.content", "")
    found = said(LONGEST_NOTE - len(note) - 2)
    client.log_batch(run_id, tags=[RunTag("mlflow.note.content", f"{found}\n\n{note}"[:LONGEST_NOTE])])
