"""The parent run of the tutorial's story: opened, read back run by run, and filled with what was found."""

from pathlib import Path
from typing import Literal

from mlflow import MlflowClient
from mlflow.entities import Param, RunTag

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.tutorial.account import Account
from steelyard.models.tutorial.claims import MIDDLE, SHOWN, Reading
from steelyard.models.tutorial.story import Story
from steelyard.tasks.tracking import sweeps
from steelyard.tasks.tracking.sweeps import SweepRun

KEYS = {name: f"train/{name.removeprefix('train_')}" if name.startswith("train_") else f"val/{name}" for name in SHOWN}


def start(client: MlflowClient, experiment_name: str, story: Story, versions: dict[str, str]) -> SweepRun:
    """Open the story's run, or adopt the one that ``mlflow run`` opened for this process."""
    run = sweeps.adopt(client) or sweeps.create(client, experiment_name)
    params = {key: str(value) for key, value in story.model_dump().items()} | versions
    new = [Param(key, value) for key, value in params.items() if key not in run.data.params]
    client.log_batch(run.info.run_id, params=new, tags=[RunTag("role", "tutorial")])
    return SweepRun(run.info.run_id, run.info.experiment_id)


def rename(client: MlflowClient, run_id: str, name: str) -> None:
    """Call a chapter's run by its name."""
    client.set_tag(run_id, "mlflow.runName", name)


def readings(client: MlflowClient, found: Comparison) -> dict[str, dict[int, Reading]]:
    """Cell -> seed -> the run's metrics in the middle and at the end, of the trials that finished.

    Args:
        client: of the sweep's store.
        found: a sweep.
    """
    read: dict[str, dict[int, Reading]] = {}
    for trial in found.trials:
        if trial.status == "FINISHED":
            read.setdefault(trial.cell, {})[trial.seed] = _reading(client, trial.run_id)
    return read


def _reading(client: MlflowClient, run_id: str) -> Reading:
    curves = {name: {p.step: p.value for p in client.get_metric_history(run_id, key)} for name, key in KEYS.items()}
    last = max(curves["recall"])
    # A head is told of after 1, 4, 16 and 64 iterations: the last one by then.
    middle = max(step for step in curves["recall"] if step <= MIDDLE)
    return Reading(
        middle={name: curve[middle] for name, curve in curves.items()},
        end={name: curve[last] for name, curve in curves.items()},
    )


def finish(client: MlflowClient, account: Account, files: Path) -> None:
    """Keep the account, its files and its sentences on the story's run, and end it.

    Args:
        client: of the story's store.
        account: what was found.
        files: folder of what else to keep.
    """
    client.log_artifacts(account.run_id, str(files))
    client.log_text(account.run_id, account.model_dump_json(indent=2), "account.json")
    client.set_tag(account.run_id, "mlflow.note.content", account.markdown())
    status: Literal["FINISHED", "FAILED"] = "FAILED" if account.failed else "FINISHED"
    sweeps.finish(client, account.run_id, status, f"{account.failed} trials failed")
