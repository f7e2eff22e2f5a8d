"""Pick a trial's operating point on val and report it on test."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective import Objective
from steelyard.models.objective.decision import threshold_class
from steelyard.models.objective.operating_point import Operating, PerClass, per_class
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import Subject
from steelyard.tasks import progress, trial_identity
from steelyard.tasks.progress import TrialNews
from steelyard.tasks.report import confusion_matrix
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import class_metrics, run_files, store, sweeps, trials
from steelyard.tasks.train import Trained


@dataclass(frozen=True)
class Evaluated:
    """What the scores of a trial gave.

    Attributes:
        operating: its operating point.
        at_argmax: metrics of each class on test, where every class counts; else none.
        at_point: the same at the operating point.
    """

    operating: Operating
    at_argmax: PerClass
    at_point: PerClass


@task(name="evaluate", cache_policy=NO_CACHE, task_run_name="evaluate {trained.trial.name}")
def evaluate(trained: Trained, spec: Sweep, subject: Subject, settings: Settings) -> Outcome:
    """Choose the threshold from val's scores, apply it to test's, and finish the trial's run.

    Args:
        trained: the trial with its scores.
        spec: the objective and the interval of shares.
        subject: names the classes.
        settings: where the store is.

    Returns:
        The trial's row of the comparison.
    """
    client = store.client(settings.tracking_uri)
    with trials.closing(client, trained.run_id), progress.failing(trained.trial, trained.run_id):
        scores = pd.read_parquet(trained.files / "scores.parquet")
        flags = tuple(json.loads((trained.files / "flags.json").read_text()))
        picture = trained.files / "confusion_matrix.png"
        found = _evaluated(scores, spec, subject, picture)
        trials.log_once(client, trained.run_id, _metrics(found, trained))
        run_files.put(client, trained.run_id, picture)
        trials.flag(client, trained.run_id, flags)
        sweeps.finish(client, trained.run_id, "FINISHED")
    progress.tell(_news(trained, found.operating, spec.objective))
    return _outcome(trained, found, flags, trained.metrics or trials.latest_metrics(client, trained.run_id))


def _evaluated(scores: pd.DataFrame, spec: Sweep, subject: Subject, picture: Path) -> Evaluated:
    objective, names = Objective.parse(spec.objective), subject.class_names
    operating = Operating.choose(scores, objective, spec.interval, names)
    test, place = scores[scores["split"] == "test"], threshold_class(objective, names)
    if not subject.classes:
        confusion_matrix.draw(test, operating, subject, picture)
        return Evaluated(operating, {}, {})
    confusion_matrix.draw_classes(test, operating.threshold, place, names, picture)
    return Evaluated(operating, per_class(test, names), per_class(test, names, operating.threshold, place))


def _metrics(found: Evaluated, trained: Trained) -> dict[str, float]:
    """What the run lacks: those at argmax come with a run that is reused."""
    at_argmax = {} if trained.reused_from else class_metrics.flat("class", found.at_argmax)
    return found.operating.flat() | class_metrics.flat("operating/class", found.at_point) | at_argmax


def _outcome(trained: Trained, found: Evaluated, flags: tuple[str, ...], metrics: dict[str, float]) -> Outcome:
    parts = {
        part: {key.removeprefix(f"{part}/"): value for key, value in metrics.items() if key.startswith(f"{part}/")}
        for part in ("train", "val", "test")
    }
    return Outcome.of(
        trained.trial,
        trial_identity.trial_id(trained.trial),
        run_id=trained.run_id,
        status="FINISHED",
        reused_from=trained.reused_from,
        operating=found.operating,
        classes=found.at_point,
        flags=flags,
        seconds=metrics["speed/seconds"],
        **parts,
    )


def _news(trained: Trained, operating: Operating, objective: str) -> TrialNews:
    trial = trained.trial
    state = "reused" if trained.reused_from else "finished"
    detail = f"{operating.objective:.3f} on val" if operating.feasible else f"{objective} is out of reach on val"
    return TrialNews(trial, state, trial.budget, detail, operating.rank, trained.run_id)
