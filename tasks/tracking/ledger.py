"""How often the test images of a set were asked: by sweeps that asked for different things, and by gates."""

from contextlib import suppress

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from steelyard.models.spec.sweep import Sweep
from steelyard.models.verdict.looks import Looks
from steelyard.tasks.tracking import search
from steelyard.tasks.tracking.contact import FAILURES

IMAGE_SET = "image_set"
"""Tag of a sweep's run, and of a registered version: the content of the images."""

GATE = "gate"
"""Tag of a registered version: what the gate said of it."""


def looks(client: MlflowClient, run_id: str, content_hash: str) -> Looks:
    """Questions asked of the test images of a set, that of a sweep included; that one alone where the store is away.

    A sweep that is run again is the same question.
    """
    with suppress(*FAILURES, MlflowException):
        condition = f"tags.role = 'sweep' and tags.{IMAGE_SET} = '{content_hash}'"
        asked = [
            frozenset((key, value) for key, value in run.data.params.items() if key in Sweep.model_fields)
            for run in search.runs(client, search.experiment_ids(client), condition)
            if run.info.run_id == run_id or run.info.status == "FINISHED"
        ]
        versions = client.search_model_versions(f"tags.{IMAGE_SET} = '{content_hash}'")
        return Looks(sweeps=max(1, len(set(asked))), gates=sum(GATE in version.tags for version in versions))
    return Looks(sweeps=1, gates=0)
