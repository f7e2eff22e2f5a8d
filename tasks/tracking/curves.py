"""The curves of trials, epoch by epoch, read back from the store."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
from mlflow import MlflowClient

SHOWN = ("train/loss", "val/loss", "val/recall", "val/precision", "val/accuracy", "val/roc_auc")

AT_ONCE = 8
"""Requests under way; a server answers several at once, SQLite one after the other."""


def fetch(client: MlflowClient, runs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """The metrics of each epoch.

    Args:
        client: of the runs' store.
        runs: trial_id and run id of finished trials.

    Returns:
        Columns ``trial_id``, ``epoch`` (from 1) and one per metric of ``SHOWN``, empty where a run lacks it; a row per
        trial and epoch, in the order of both.
    """
    wanted = [(trial_id, run_id, key) for trial_id, run_id in runs for key in SHOWN]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda of: client.get_metric_history(of[1], of[2]), wanted)
        rows = [
            (trial_id, point.step, key, point.value)
            for (trial_id, _, key), points in zip(wanted, found, strict=True)
            for point in points
        ]
    long = pd.DataFrame(rows, columns=["trial_id", "epoch", "metric", "value"])
    wide = long.pivot_table(index=["trial_id", "epoch"], columns="metric", values="value")
    return wide.reindex(columns=list(SHOWN)).rename_axis(columns=None).reset_index()
