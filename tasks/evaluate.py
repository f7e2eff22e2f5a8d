"""Pick a trial's operating point on val and report it on test."""

import json

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from models.objective import Objective
from models.outcome import Operating, Outcome
from models.spec import Sweep
from models.sweep_plan import Subject
from tasks import progress, versions
from tasks.progress import TrialNews
from tasks.report.confusion import draw
from tasks.settings import Settings
from tasks.tracking import store, trials
from tasks.train import Trained


@task(name="evaluate", cache_policy=NO_CACHE, task_run_name="evaluate {trained.trial.name}")
def evaluate(trained: Trained, spec: Sweep, subject: Subject, settings: Settings) -> Outcome:
    """Choose the threshold from val's scores, apply it to test's, and finish the trial's run.

    Args:
        trained: the trial with its scores.
        spec: the objective and the interval of shares.
        subject: names the classes in the picture.
        settings: where the store is.

    Returns:
        The trial's row of the comparison.
    """
    client = store.client(settings.tracking_uri)
    with trials.closing(client, trained.run_id), progress.failing(trained.trial, trained.run_id):
        scores = pd.read_parquet(trained.files / "scores.parquet")
        flags = tuple(json.loads((trained.files / "flags.json").read_text()))
        operating = Operating.choose(scores, Objective.parse(spec.objective), spec.interval)
        picture = trained.files / "confusion_matrix.png"
        trials.log_once(client, trained.run_id, operating.flat())
        draw(scores[scores["split"] == "test"], operating, subject, picture)
        trials.log_file(client, trained.run_id, picture)
        trials.flag(client, trained.run_id, flags)
        trials.finish(client, trained.run_id)
    progress.tell(_news(trained, operating, spec.objective))
    return _outcome(trained, operating, flags, trials.latest_metrics(client, trained.run_id))


def _outcome(trained: Trained, operating: Operating, flags: tuple[str, ...], metrics: dict[str, float]) -> Outcome:
    parts = {
        part: {key.removeprefix(f"{part}/"): value for key, value in metrics.items() if key.startswith(f"{part}/")}
        for part in ("train", "val", "test")
    }
    return Outcome.of(
        trained.trial,
        versions.trial_id(trained.trial),
        run_id=trained.run_id,
        status="FINISHED",
        reused_from=trained.reused_from,
        operating=operating,
        flags=flags,
        seconds=metrics["speed/seconds"],
        **parts,
    )


def _news(trained: Trained, operating: Operating, objective: str) -> TrialNews:
    trial = trained.trial
    state = "reused" if trained.reused_from else "finished"
    detail = f"{operating.objective:.3f} on val" if operating.feasible else f"{objective} is out of reach on val"
    return TrialNews(trial, state, trial.recipe.epochs, detail, operating.rank, trained.run_id)
