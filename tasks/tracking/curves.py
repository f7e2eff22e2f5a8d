"""The curves of trials, epoch by epoch: as the sweep has just trained them, or read back from the store."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from mlflow import MlflowClient

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.tutorial import claims
from steelyard.models.tutorial.claims import Reading

SHOWN = ("train/loss", "val/loss", "val/recall", "val/precision", "val/accuracy", "val/roc_auc")

EPOCHS = "epochs.json"
"""In the folder of a trial while its sweep runs."""


def keep(folder: Path, run_id: str, epochs: Mapping[int, Mapping[str, float]]) -> None:
    """Keep the epochs of a trial for the report, in the folder of the sweep."""
    rows = [(epoch, key, metrics[key]) for epoch, metrics in epochs.items() for key in SHOWN if key in metrics]
    (folder / run_id / EPOCHS).write_text(json.dumps(rows))


def fetch(runs: Sequence[tuple[str, str]], folder: Path) -> pd.DataFrame:
    """The metrics of each epoch, of finished trials given by trial_id and run id, from the folder of their sweep.

    Returns:
        Columns ``trial_id``, ``epoch`` (from 1) and one per metric of ``SHOWN``, empty where a run lacks it; a row per
        trial and epoch, in the order of both.
    """
    rows = [(trial_id, *row) for trial_id, run_id in runs for row in json.loads((folder / run_id / EPOCHS).read_text())]
    long = pd.DataFrame(rows, columns=["trial_id", "epoch", "metric", "value"])
    wide = long.pivot_table(index=["trial_id", "epoch"], columns="metric", values="value")
    return wide.reindex(columns=list(SHOWN)).rename_axis(columns=None).reset_index()


def readings(client: MlflowClient, sweep: Comparison) -> dict[str, dict[int, Reading]]:
    """Cell -> seed -> what the tutorial's claims read off a trial that finished, in the middle and at the end."""
    read: dict[str, dict[int, Reading]] = {}
    for trial in sweep.trials:
        if trial.status == "FINISHED":
            read.setdefault(trial.cell, {})[trial.seed] = _reading(client, trial.run_id)
    return read


def _reading(client: MlflowClient, run_id: str) -> Reading:
    curves: dict[str, dict[int, float]] = {}
    for name in claims.SHOWN:
        key = f"train/{name.removeprefix('train_')}" if name.startswith("train_") else f"val/{name}"
        curves[name] = {point.step: point.value for point in client.get_metric_history(run_id, key)}
    # A head is told of after 1, 4, 16 and 64 iterations: the last one by then.
    middle = max(step for step in curves["recall"] if step <= claims.MIDDLE)
    return Reading(
        middle={name: curve[middle] for name, curve in curves.items()},
        end={name: curve[max(curves["recall"])] for name, curve in curves.items()},
    )
