"""The kept scores of trials, read back from the store."""

import tempfile

import pandas as pd
from mlflow import MlflowClient


def fetch(client: MlflowClient, run_id: str) -> pd.DataFrame:
    """The scores of a run: split, id, label and score.

    Args:
        client: of the run's store.
        run_id: of a finished trial.
    """
    with tempfile.TemporaryDirectory() as folder:
        return pd.read_parquet(client.download_artifacts(run_id, "scores.parquet", folder))
