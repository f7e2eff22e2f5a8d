"""What runs keep as files and notes: put there, and read back."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from steelyard.models.errors import BadInput
from steelyard.tasks import scratch
from steelyard.tasks.tracking.patient_client import PatientClient

LONGEST_NOTE = 8000
"""Characters that MLflow keeps of a tag."""

NOTE = "mlflow.note.content"
SCORES = "scores.parquet"

TRAINED_OR_REUSED = ("files", "reused/files", "reused/files/artifacts")
"""Folders of a trial; one that could not be reused whole has been trained. MLflow makes the last when it downloads."""


def put(client: PatientClient, run_id: str, path: Path) -> None:
    """Keep a file, or everything in a folder, at the root of the run's artifacts."""
    client.log(run_id, {"files": str(path)})


def fetch(
    client: MlflowClient, run_id: str, names: Sequence[str], folder: Path, where_there: Sequence[str] = ()
) -> None:
    """Copy files from the root of a sweep's artifacts into a folder that exists, some of them only ``where_there``.

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
        for name in (*names, *(name for name in where_there if name in there)):
            client.download_artifacts(run_id, name, str(folder))
    except (MlflowException, OSError) as error:
        raise BadInput(
            f"sweep {run_id} has lost its files: {' '.join(str(error).split())}; run the same sweep again"
        ) from error


def begun(client: PatientClient, run_id: str) -> tuple[str, datetime]:
    """What a run is called, and when it began."""
    info = client.known(run_id).info
    return str(info.run_name), datetime.fromtimestamp(info.start_time / 1000, UTC)


def of_trial(sweep: Path, run_id: str) -> Path:
    """While its sweep runs, the folder within the sweep's that holds what the store keeps of a trial, but its model."""
    return next(here for files in TRAINED_OR_REUSED if (here := sweep / run_id / files / SCORES).exists()).parent


def scores(client: MlflowClient, run_id: str, sweep: Path | None = None) -> pd.DataFrame:
    """The scores of a finished trial: split, id, label and score; of one whose sweep runs, from the sweep's folder."""
    if sweep:
        return pd.read_parquet(of_trial(sweep, run_id) / SCORES)
    with scratch.folder() as folder:
        return pd.read_parquet(client.download_artifacts(run_id, SCORES, str(folder)))


def note(client: PatientClient, run_id: str, said: Callable[[int], str]) -> None:
    """Put Markdown at the head of a run's note; ``said`` gives it for the most characters that it may have."""
    before = client.known(run_id).data.tags.get(NOTE, "")
    client.set_tag(run_id, NOTE, f"{said(LONGEST_NOTE - len(before) - 2)}\n\n{before}"[:LONGEST_NOTE])
