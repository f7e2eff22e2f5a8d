"""What a sweep's run says first once it has ended: the answer with links, and metrics to sort sweeps by."""

import time
from contextlib import suppress

from mlflow.entities import RunTag
from mlflow.exceptions import MlflowException

from steelyard.models.comparison import short_metrics
from steelyard.models.comparison.comparison import Comparison
from steelyard.models.words.answer import answer
from steelyard.models.words.verdict_note import headline
from steelyard.tasks.tracking import links, run_files, trials
from steelyard.tasks.tracking.patient_client import PatientClient
from steelyard.tasks.tracking.sweeps import SweepRun

BADGE = "badge"
"""Tag: FEASIBLE, INFEASIBLE or UNDECIDED."""

LONGEST = 1600
"""Characters of the answer and its links in the note."""


def log(client: PatientClient, found: Comparison) -> None:
    """Log a sweep's metrics, and where a trial finished its badge and, at the head of its note, the answer."""
    run_id = found.sweep_run_id
    _, started = run_files.begun(client, run_id)
    seconds = {"speed/seconds": time.time() - started.timestamp()}
    trials.log_once(client, run_id, short_metrics.of_sweep(found) | seconds)
    said = answer(found)
    if said is None:
        return
    if said.badge:
        client.log_batch(run_id, tags=[RunTag(BADGE, said.badge)])
    addresses = links.in_note(SweepRun(run_id, found.experiment_id), found.best_run)
    run_files.note(client, run_id, lambda _: headline(said, addresses))
    with suppress(MlflowException):  # A link is no reason to lose what a sweep found.
        client.log(run_id, {"found": f"{said.badge}, {said.network}" if said.badge else f"use {said.network}"})
