"""The kept scores of trials, read back from the store."""

import tempfile
from pathlib import Path

import pandas as pd
from mlflow import MlflowClient

TRAINED_OR_REUSED = ("files", "reused/files")
"""Folders of a trial; one that could not be reused whole has been trained."""


def fetch(client: MlflowClient, run_id: str, sweep: Path | None = None) -> pd.DataFrame:
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
