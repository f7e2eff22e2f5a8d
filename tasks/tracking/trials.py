"""The child run of a trial: opened, filled epoch by epoch, and ended."""

import json
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from steelyard.models.comparison.outcome import cell_of
from steelyard.models.handlings.registry import parameters_known
from steelyard.models.markdown import escaped
from steelyard.models.spec.sweep_plan import called_negative
from steelyard.models.spec.trial import Trial
from steelyard.tasks import interrupt
from steelyard.tasks.interrupt import Stopped
from steelyard.tasks.tracking import sweeps
from steelyard.tasks.tracking.patient_client import PatientClient
from steelyard.tasks.tracking.sweeps import SweepRun

AT_ONCE = 1000
"""Metrics and parameters that MLflow takes in a request."""

LONGEST = 4000
"""Characters of a parameter that are kept; MLflow refuses more than 6,000, which the weights of 2,000 classes have."""


def start(client: PatientClient, sweep: SweepRun, trial: Trial, trial_id: str, role: str = "trial") -> str:
    """Open the trial's run below its sweep, RUNNING, with each field of its spec as a parameter; gives the run's id."""
    tags = {"role": role, "sweep_id": sweep.run_id, "trial_id": trial_id, "mlflow.parentRunId": sweep.run_id}
    tags |= _colour(sweep, trial) | sweeps.user_tag()
    with interrupt.undivided():
        run = client.create_run(sweep.experiment_id, run_name=trial.name, tags=tags)
    params = [Param(key, value) for key, value in parameters(trial).items()]
    client.log_batch(run.info.run_id, params=params)
    return str(run.info.run_id)


def _colour(sweep: SweepRun, trial: Trial) -> dict[str, str]:
    """The tag by which MLflow's pages draw all trials of a cell alike, whatever their seed and fold."""
    colour = sweep.colours.get(cell_of(trial).key)
    return {"mlflow.runColor": colour} if colour else {}


def parameters(trial: Trial) -> dict[str, str]:
    """The trial's spec, flat, numbers as plain numbers so that MLflow can draw an axis of them."""
    recipe, apart = trial.recipe.model_dump(), {"name", "class_weights", "prior", "numbers", "streamed"}
    numbers = dict.fromkeys(parameters_known(), 0.0) | trial.handling.numbers
    fields: dict[str, Any] = {
        "cell": trial.name.removesuffix(trial.apart),
        "handling": trial.handling.name,
        "class_weights": ", ".join(str(weight) for weight in trial.handling.class_weights),
        "seed": trial.seed,
        "recipe": recipe.pop("name"),
        "image_set": trial.image_set,
    }
    fields |= trial.handling.model_dump(exclude=apart) | numbers | recipe
    fields |= trial.partition.model_dump() | {"fold": trial.fold} | trial.compute.model_dump()
    if trial.embedding:
        own = {"size", "fit", "device", "threads", "precision"}
        fields |= {"features": trial.features} | trial.embedding.model_dump(exclude={"weights", *own})
        fields |= {"backbone_weights": trial.embedding.weights, "backbone_size": trial.embedding.size}
    unset = {"train_counts": "all", "imbalance": "as it comes", "imbalance_factor": "as it comes"}
    if trial.partition.every_class:
        fields["classes"] = trial.handling.classes
        unset |= {"positive": "every class counts"}
    else:
        fields["weight_positive"] = trial.handling.class_weights[1]
        fields["negative"] = called_negative(trial.partition.positive, trial.partition.negative)
    said = {key: unset.get(key, "") if value in (None, "") else str(value) for key, value in fields.items()}
    return {key: value if len(value) <= LONGEST else f"{value[:LONGEST]} ..." for key, value in said.items()}


def log_once(
    client: PatientClient,
    run_id: str,
    metrics: dict[str, float],
    params: dict[str, str] | None = None,
    of_epochs: Sequence[Metric] = (),
) -> None:
    """Log what a run has one of, such as ``test/recall`` or ``operating/threshold``: step 0.

    In the same request go parameters that are known only once the trial has run, and what is not logged yet of its
    epochs.

    Raises:
        ValueError: a metric is not finite; nothing is logged then.
    """
    log_points(client, run_id, [*of_epochs, *points(0, metrics)], params)


def points(epoch: int, metrics: dict[str, float]) -> list[Metric]:
    """The metrics of an epoch, which counts from 1 and is the step in MLflow's curves, as of now.

    Raises:
        ValueError: a metric is not finite.
    """
    for key, value in metrics.items():
        if not math.isfinite(value):
            raise ValueError(f"metric {key} must be finite, got {value}; MLflow's charts drop a run that lacks a value")
    now = int(time.time() * 1000)
    return [Metric(key, float(value), now, epoch) for key, value in metrics.items()]


def log_points(
    client: PatientClient, run_id: str, told: Sequence[Metric], params: dict[str, str] | None = None
) -> None:
    """Log points of curves, and parameters with the first of them, in one request unless there are very many."""
    first = AT_ONCE - len(params or {})
    client.log_batch(run_id, told[:first], [Param(key, value) for key, value in (params or {}).items()])
    for start in range(first, len(told), AT_ONCE):
        client.log_batch(run_id, metrics=told[start : start + AT_ONCE])


def log_dataset(client: PatientClient, run_id: str, name: str, digest: str, source: str) -> None:
    """Name the image set, its digest (36 characters at most) and source as the run's input, for the Dataset column."""
    told = {"name": name, "digest": digest, "source_type": "local", "source": json.dumps({"uri": source})}
    client.log(run_id, {"dataset": told})


def flag(client: PatientClient, run_id: str, flags: tuple[str, ...]) -> None:
    """Say on the run's page, and in its tag ``flags``, what the collapse guard found, if it found anything."""
    if flags:
        note = "**Flagged**\n\n" + "\n".join(f"* {escaped(flag)}" for flag in flags)
        tags = {"flags": "; ".join(flags)[: sweeps.LONGEST_REASON], "mlflow.note.content": note}
        client.log_batch(run_id, tags=[RunTag(key, value) for key, value in tags.items()])


@contextmanager
def closing(client: PatientClient, run_id: str) -> Iterator[None]:
    """End the run if the block raises, FAILED with the reason, or KILLED if it was stopped; else leave it as it is."""
    try:
        yield
    except BaseException as error:
        stopped = interrupt.ending() or isinstance(error, Stopped) or not isinstance(error, Exception)
        # A store that is gone must not hide why the trial failed; the next sweep closes the run.
        with suppress(MlflowException):
            reason = " ".join(str(error).split()) or type(error).__name__
            sweeps.finish(client, run_id, "KILLED" if stopped else "FAILED", reason)
        raise
