"""The verdict on the parent run of a sweep: in its note, and in files."""

from collections.abc import Callable
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import RunTag

LONGEST_NOTE = 8000
"""Characters that MLflow keeps of a tag."""


def tell(client: MlflowClient, run_id: str, said: Callable[[int], str]) -> None:
    """Put the verdict at the head of the run's note.

    Args:
        client: of the sweep's store.
        run_id: the parent run.
        said: the most characters that it may have -> the verdict in Markdown.
    """
    note = client.get_run(run_id).data.tags.get("mlflow.note.content", "")
    found = said(LONGEST_NOTE - len(note) - 2)
    client.log_batch(run_id, tags=[RunTag("mlflow.note.content", f"{found}\n\n{note}"[:LONGEST_NOTE])])


def keep(client: MlflowClient, run_id: str, files: Path) -> None:
    """Keep the verdict's files, all in a folder, at the root of the run's artifacts."""
    client.log_artifacts(run_id, str(files))
