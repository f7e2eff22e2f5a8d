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

COMPARED = "compared_with_champion"
"""Tag of a registered version that the gate let in or kept out by images of test."""

QUESTION = ("objective", "threshold")
"""Tags of a version that tell one decision from another."""


def looks(client: MlflowClient, run_id: str, content_hash: str) -> Looks:
    """Questions asked of the test images of a set, that of a sweep included; that one alone where the store is away.

    A sweep that is run again is the same question, and so is its network at the gate.
    """
    with suppress(*FAILURES, MlflowException):
        condition = f"tags.role = 'sweep' and tags.{IMAGE_SET} = '{content_hash}'"
        asked = [
            frozenset((key, value) for key, value in run.data.params.items() if key in Sweep.model_fields)
            for run in search.runs(client, search.experiment_ids(client), condition)
            # One that ended has metrics, whether or not all of its trials have.
            if run.info.run_id == run_id or run.data.metrics
        ]
        versions = client.search_model_versions(f"tags.{IMAGE_SET} = '{content_hash}'")
        gates = {
            (version.name, *(version.tags.get(name) for name in QUESTION))
            for version in versions
            if COMPARED in version.tags
        }
        return Looks(sweeps=max(1, len(set(asked))), gates=len(gates))
    return Looks(sweeps=1, gates=0)
