"""The sweeps of one schedule: how they are known, which came before, and what changed, in words on their runs."""

from collections.abc import Iterator

from mlflow import MlflowClient

from steelyard.tasks.tracking import search
from steelyard.tasks.tracking.run_files import LONGEST_NOTE

TAG = "schedule"
NOTE = "mlflow.note.content"


def tag(schedule: str) -> dict[str, str]:
    """The tag of a sweep's run that a schedule started; none for any other.

    Args:
        schedule: name of Prefect's deployment; "" for none.
    """
    return {TAG: schedule} if schedule else {}


def of(client: MlflowClient, run_id: str) -> str:
    """The schedule that started a sweep; "" for none."""
    return str(client.get_run(run_id).data.tags.get(TAG, ""))


def earlier(client: MlflowClient, run_id: str) -> Iterator[str]:
    """Run ids of the other sweeps of the same schedule that FINISHED, newest first; the failed and killed are left out.

    Args:
        client: of the run's store.
        run_id: a sweep's, of a schedule.
    """
    schedule = of(client, run_id)
    # A name may hold quotes of either kind, which MLflow's filters cannot escape.
    condition = f"tags.role = 'sweep' and attributes.status = 'FINISHED' and tags.{TAG} LIKE '%'"
    for run in search.runs(client, search.experiment_ids(client), condition):
        if run.info.run_id != run_id and run.data.tags[TAG] == schedule:
            yield str(run.info.run_id)


def note(client: MlflowClient, run_id: str, words: str) -> None:
    """Put what changed at the head of the run's note.

    Args:
        client: of the run's store.
        run_id: the sweep's.
        words: Markdown.
    """
    told = client.get_run(run_id).data.tags.get(NOTE, "")
    client.set_tag(run_id, NOTE, f"{words}\n\n{told}"[:LONGEST_NOTE])
