"""Gather what became of the trials, judge it, and lay it out: tables on the parent run, links in Prefect."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import Outcome, told_apart
from steelyard.models.comparison.tables import cell_table, ranked, trial_table
from steelyard.models.data.image_set import SLICE_PREFIX
from steelyard.models.markdown import escaped
from steelyard.models.objective import Objective
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import Trial
from steelyard.models.verdict import corrected_scores
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words.verdict_note import markdown
from steelyard.models.words.verdict_sentences import worded
from steelyard.tasks import index_plans, scratch, trial_identity
from steelyard.tasks.credentials import masked
from steelyard.tasks.features import feature_sets
from steelyard.tasks.images import image_sets
from steelyard.tasks.prefect_view.pages import show_table
from steelyard.tasks.report import verdict_files
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import links, logged_model, run_files, store, sweeps
from steelyard.tasks.tracking.sweeps import SweepRun

logger = logging.getLogger(__name__)

VERDICT = "verdict"
"""Folder within that of the sweep, for the verdict's files."""


@task(name="compare", cache_policy=NO_CACHE)
def compare(outcomes: list[Outcome], plan: SweepPlan, spec: Sweep, sweep: SweepRun, settings: Settings) -> Comparison:
    """Rank the cells on val, judge them on test, and keep tables and verdict on the sweep's run.

    There are outcomes of all trials, failed ones included, in the order planned; the index plans are still on disk.
    """
    client, uri = store.client(settings.tracking_uri), store.resolve_uri(settings.tracking_uri)
    # Failed trials do not come with the run they began.
    run_ids = sweeps.children(client, sweep)
    trials = told_apart([trial.model_copy(update={"run_id": run_ids.get(trial.trial_id, "")}) for trial in outcomes])
    sweeps.log_tables(client, sweep.run_id, trial_table(trials), cell_table(trials))
    verdict = _judge(trials, plan, spec, sweep, settings) if any(trial.operating for trial in trials) else None
    subject, objective = plan.shared.subject, Objective.parse(spec.objective)
    image_set = subject.content_hash
    comparison = Comparison.of(trials, sweep.experiment_id, sweep.run_id, uri, image_set, objective, verdict)
    sweeps.log_tables(client, sweep.run_id, trial_table(trials), cell_table(trials, verdict))
    _complete(comparison, plan, settings)
    words = (f"Trials of {subject.title}", *(verdict.words if verdict else ()))
    show_table("sweep", [_row(trial, uri, sweep) for trial in trials], "\n\n".join(map(escaped, words)))
    return comparison


def end(comparison: Comparison, settings: Settings) -> None:
    """End the sweep's run, once all of it is kept: what is FINISHED is whole."""
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
    return (Failed if comparison.failed else Completed)(message=_said(comparison), data=comparison)


def _said(comparison: Comparison) -> str:
    failed, total = len(comparison.failed), len(comparison.trials)
    if failed:
        return f"{failed} of {total} trials failed" + ("; the others are compared" if failed < total else "")
    return f"{total} trial{'s' * (total > 1)} compared"


def _judge(outcomes: Sequence[Outcome], plan: SweepPlan, spec: Sweep, sweep: SweepRun, settings: Settings) -> Verdict:
    """The verdict on trials of which some finished, kept on the sweep's run."""
    evidence = _evidence(outcomes, plan, spec, settings)
    logger.info("judging: %d bootstrap samples of %d images of test", evidence.drawn, len(evidence.test.ids))
    verdict, client = worded(judge(evidence, ranked(outcomes))), store.client(settings.tracking_uri)
    files = plan.shared.folder / VERDICT
    files.mkdir()
    verdict_files.write(verdict, None if evidence.every_class else corrected_scores.scores(evidence), files)
    run_files.put(client, sweep.run_id, files)
    run_files.note(client, sweep.run_id, lambda longest: markdown(verdict, longest))
    return verdict


def _evidence(outcomes: Sequence[Outcome], plan: SweepPlan, spec: Sweep, settings: Settings) -> Evidence:
    table = image_sets.load(plan.shared.image_set).table.set_index("id")
    client, folder, one = store.client(settings.tracking_uri), plan.shared.folder, not plan.partition.every_class
    trials = [
        ScoredTrial(
            trial=trial,
            outcome=outcome,
            scores=run_files.scores(client, outcome.run_id, folder),
            learned=index_plans.effect(folder, trial).effective_prior if one else None,
        )
        for trial, outcome in zip(plan.trials, outcomes, strict=True)
        if outcome.operating
    ]
    return Evidence(
        trials,
        Objective.parse(spec.objective),
        spec.interval,
        groups=table["group"],
        once=feature_sets.once(plan.shared.features),
        classes=plan.shared.subject.class_names,
        train=plan.counts["train"],
        slices=table.filter(regex=f"^{SLICE_PREFIX}").rename(columns=lambda name: name.removeprefix(SLICE_PREFIX)),
    )


def _complete(comparison: Comparison, plan: SweepPlan, settings: Settings) -> None:
    """Keep the complete model of the best trial, once per sweep; of the other heads it can be made at any time."""
    client, best = store.client(settings.tracking_uri), comparison.best_run
    files = run_files.of_trial(plan.shared.folder, best) if best else Path()
    if not best or not (files / logged_model.HEAD).exists():
        return
    with scratch.folder() as folder:
        example = image_sets.load(plan.shared.image_set).images[:2]
        network = logged_model.with_backbone(files, settings.cache, folder, example)
        logged_model.log(client, best, network)


def _row(trial: Outcome, uri: str, sweep: SweepRun) -> dict[str, Any]:
    row = {
        "trial": f"{trial.cell}{trial.of_seed}",
        "MLflow run": links.in_markdown(uri, sweep.experiment_id, trial.run_id),
        "status": trial.status,
        "why": escaped(trial.reason),
    }
    if trial.operating:
        on_test = {f"{name} on test": value for name, value in trial.operating.test.items()}
        shown = {"rank on val": trial.operating.rank} | on_test
        row |= {name: f"{value:.3f}" for name, value in shown.items()}
    return row
