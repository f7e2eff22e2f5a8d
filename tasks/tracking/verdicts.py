"""The verdict on the parent run of a sweep: in its note, and in files."""

from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import RunTag

from models.verdict.note import markdown
from models.verdict.verdict import Verdict

LONGEST_NOTE = 8000
"""Characters that MLflow keeps of a tag."""


def log(client: MlflowClient, run_id: str, verdict: Verdict, files: Path) -> None:
    """Put the verdict at the head of the run's note, and keep its files.

    Args:
        client: of the sweep's store.
        run_id: the parent run.
        verdict: with its words.
        files: folder of what to keep.
    """
    note = client.get_run(run_id).data.tags.get("mlflow.note.content", "")
    said = markdown(verdict, LONGEST_NOTE - len(note) - 2)
    client.log_batch(run_id, tags=[RunTag("mlflow.note.content", f"{said}\n\n{note}"[:LONGEST_NOTE])])
    client.log_artifacts(run_id, str(files))
