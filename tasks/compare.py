"""Gather what became of the trials and lay it out: tables on the parent run, a table with links in Prefect."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import Outcome, told_apart
from steelyard.models.comparison.tables import cell_table, trial_table
from steelyard.models.markdown import escaped
from steelyard.models.objective import Objective
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import Trial
from steelyard.tasks import trial_identity
from steelyard.tasks.graph import publish
from steelyard.tasks.images import image_sets
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import links, logged_model, store, sweeps
from steelyard.tasks.tracking.sweeps import SweepRun
from steelyard.tasks.verdict import judged


@task(name="compare", cache_policy=NO_CACHE)
def compare(outcomes: list[Outcome], plan: SweepPlan, spec: Sweep, sweep: SweepRun, settings: Settings) -> Comparison:
    """Rank the cells on val, judge them on test, and keep tables and verdict on the sweep's run.

    Args:
        outcomes: of all trials, failed ones included, in the order they were planned.
        plan: what the sweep is about.
        spec: the objective and how sure to be.
        sweep: the parent run.
        settings: where the store is.
    """
    client, uri = store.client(settings.tracking_uri), store.resolve_uri(settings.tracking_uri)
    trials = _with_run_ids(outcomes, sweeps.children(client, sweep))
    sweeps.log_tables(client, sweep.run_id, trial_table(trials), cell_table(trials))
    verdict = judged(trials, plan, spec, sweep, settings)
    objective = Objective.parse(spec.objective)
    image_set = plan.shared.subject.content_hash
    found = Comparison.of(trials, sweep.experiment_id, sweep.run_id, uri, image_set, objective, verdict)
    sweeps.log_tables(client, sweep.run_id, trial_table(trials), cell_table(trials, verdict))
    complete(found, plan, settings)
    _finish(found, sweep, settings)
    words = (f"Trials of {plan.shared.subject.title}", *(verdict.words if verdict else ()))
    said = "\n\n".join(map(escaped, words))
    publish("sweep", [_row(trial, uri, sweep) for trial in trials], said)
    return found


def complete(found: Comparison, plan: SweepPlan, settings: Settings) -> None:
    """Keep the complete model of the best trial, once per sweep; of the other heads it can be made at any time."""
    client, best = store.client(settings.tracking_uri), found.best_run
    if not plan.shared.features or not best or not logged_model.has_head(client, best):
        return
    with tempfile.TemporaryDirectory() as folder:
        example = image_sets.load(plan.shared.image_set).images[:2]
        network = logged_model.with_backbone(client, best, settings.cache, Path(folder), example)
        logged_model.log(client, best, network)


def collect(trials: tuple[Trial, ...], ended: Mapping[Trial, PrefectFuture[Any]]) -> list[Outcome]:
    """What became of each trial, whether or not it has a result.

    Args:
        trials: as planned.
        ended: trial -> the last task that was begun for it, which has ended.
    """
    return [_outcome(trial, ended[trial].result(raise_on_failure=False)) for trial in trials]


def _with_run_ids(outcomes: list[Outcome], run_ids: dict[str, str]) -> tuple[Outcome, ...]:
    """Failed trials do not come with the run they began, so it is looked up; only here is known what else there is."""
    return told_apart([trial.model_copy(update={"run_id": run_ids.get(trial.trial_id, "")}) for trial in outcomes])


def _finish(found: Comparison, sweep: SweepRun, settings: Settings) -> None:
    status: Literal["FINISHED", "FAILED"] = "FAILED" if found.failed else "FINISHED"
    sweeps.finish(store.client(settings.tracking_uri), sweep.run_id, status, _said(found))


def _outcome(trial: Trial, result: Any) -> Outcome:
    if isinstance(result, Outcome):
        return result
    reason = " ".join(str(result).split()) or type(result).__name__
    return Outcome.of(trial, trial_identity.trial_id(trial), run_id="", status="FAILED", reason=reason)


def final_state(found: Comparison) -> State[Comparison]:
    """Completed, or Failed if any trial is without a result; the comparison is its data either way."""
    return (Failed if found.failed else Completed)(message=_said(found), data=found)


def _said(found: Comparison) -> str:
    failed, total = len(found.failed), len(found.trials)
    if failed:
        return f"{failed} of {total} trials failed" + ("; the others are compared" if failed < total else "")
    return f"{total} trial{'s' * (total > 1)} compared"


def _row(trial: Outcome, uri: str, sweep: SweepRun) -> dict[str, Any]:
    row = {
        "trial": f"{trial.cell}{trial.of_seed}",
        "MLflow run": links.in_markdown(uri, sweep.experiment_id, trial.run_id),
    }
    row |= {"status": trial.status, "why": escaped(trial.reason)}
    if trial.operating:
        on_test = {f"{name} on test": value for name, value in trial.operating.test.items()}
        shown = {"rank on val": trial.operating.rank} | on_test
        row |= {name: f"{value:.3f}" for name, value in shown.items()}
    return row
