"""What the parent run of a sweep keeps as files, put there and read back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from steelyard.models.errors import BadInput
from steelyard.tasks.tracking import sweeps


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
