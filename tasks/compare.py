"""Gather what became of the trials, judge it, and lay it out: tables on the parent run, links in Prefect."""

import logging
from collections.abc import Mapping
from typing import Any

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import Outcome, told_apart
from steelyard.models.comparison.tables import cell_table, estimate_table, trial_table
from steelyard.models.markdown import escaped
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import Trial
from steelyard.models.verdict.pooled import pooled
from steelyard.tasks import trial_identity
from steelyard.tasks.credentials import masked
from steelyard.tasks.images import image_sets
from steelyard.tasks.judging import verdict_on
from steelyard.tasks.prefect_view.pages import show_table
from steelyard.tasks.scored import scored
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import links, store, summary, sweeps
from steelyard.tasks.tracking.sweeps import SweepRun

logger = logging.getLogger(__name__)


@task(name="compare", cache_policy=NO_CACHE, task_run_name="compare the cells of {spec.called}")
def compare(outcomes: list[Outcome], plan: SweepPlan, spec: Sweep, sweep: SweepRun, settings: Settings) -> Comparison:
    """Rank the cells on val, judge them on test, and keep tables and verdict on the sweep's run.

    There are outcomes of all trials, failed ones included, in the order planned; the index plans are still on disk.
    """
    client, uri = store.client(settings.tracking_uri), store.resolve_uri(settings.tracking_uri)
    # Failed trials do not come with the run they began.
    run_ids = sweeps.children(client, sweep)
    trials = told_apart([trial.model_copy(update={"run_id": run_ids.get(trial.trial_id, "")}) for trial in outcomes])
    subject, objective = plan.shared.subject, spec.wanted
    finished = scored(trials, plan, settings)
    groups = image_sets.load(plan.shared.image_set).table.set_index("id")["group"]
    judged, whole = pooled(trials, finished, objective, subject.class_names, groups)
    sweeps.log_tables(client, sweep.run_id, trials=trial_table(trials), cells=cell_table(judged))
    verdict, final_run = verdict_on(whole, plan, spec, sweep, settings) if whole else (None, "")
    where = sweep.experiment_id, sweep.run_id, uri, subject.content_hash
    in_folds = judged if plan.partition.folds > 1 else ()
    comparison = Comparison.of(trials, *where, objective, verdict, in_folds, final_run)
    sweeps.log_tables(client, sweep.run_id, cells=cell_table(judged, verdict))
    if verdict:
        sweeps.log_tables(client, sweep.run_id, estimates=estimate_table(verdict))
    words = (f"Trials of {subject.title}", *(verdict.words if verdict else ()))
    show_table("sweep", [_row(trial, uri, sweep) for trial in trials], "\n\n".join(map(escaped, words)))
    return comparison


def end(comparison: Comparison, settings: Settings) -> None:
    """Sum the sweep up on its run and end that, once all of it is kept: what is FINISHED is whole."""
    summary.log(store.client(settings.tracking_uri), comparison)
    status: sweeps.Status = "FAILED" if comparison.failed else "FINISHED"
    sweeps.finish(store.client(settings.tracking_uri), comparison.sweep_run_id, status, _said(comparison))


def collect(trials: tuple[Trial, ...], ended: Mapping[Trial, PrefectFuture[Any]]) -> list[Outcome]:
    """What became of each trial, whether or not it has a result, from the last task begun for it, which has ended."""
    outcomes = []
    for trial in trials:
        result = ended[trial].result(raise_on_failure=False)
        if not isinstance(result, Outcome):
            reason = masked(" ".join(str(result).split())) or type(result).__name__
            trial_id = trial_identity.trial_id(trial)
            result = Outcome.of(trial, trial_id, run_id="", status="FAILED", reason=reason)
        outcomes.append(result)
    return outcomes


def final_state(comparison: Comparison) -> State[Comparison]:
    """Completed, or Failed if any trial is without a result; the comparison is its data either way."""
    state = Failed if comparison.failed else Completed
    return state(message=_said(comparison), data=comparison)


def _said(comparison: Comparison) -> str:
    failed, total = len(comparison.failed), len(comparison.trials)
    if failed:
        return f"{failed} of {total} trials failed" + ("; the others are compared" if failed < total else "")
    return f"{total} trial{'s' * (total > 1)} compared"


def _row(trial: Outcome, uri: str, sweep: SweepRun) -> dict[str, Any]:
    row = {
        "trial": f"{trial.cell}{trial.apart}",
        "MLflow run": links.in_markdown(uri, sweep.experiment_id, trial.run_id),
        "status": trial.status,
        "why": escaped(trial.reason),
    }
    if trial.operating:
        on_test = {f"{name} on test": value for name, value in trial.operating.test.items()}
        shown = {"rank on val": trial.operating.rank} | on_test
        row |= {name: f"{value:.3f}" for name, value in shown.items()}
    return row
