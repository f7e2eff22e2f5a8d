"""Gather what became of the trials, judge it, and lay it out: tables on the parent run, links in Prefect."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pandas as pd
from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed

from steelyard.models.comparison.comparison import Comparison, best_of
from steelyard.models.comparison.outcome import Outcome, told_apart
from steelyard.models.comparison.tables import cell_table, ranked, trial_table
from steelyard.models.data.image_set import LABEL_BEFORE, SLICE_PREFIX, labels_of
from steelyard.models.markdown import escaped
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import FEATURES, FINETUNE, Trial
from steelyard.models.verdict import corrected_scores
from steelyard.models.verdict.bearing import KnownOfImages
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.learning import learned
from steelyard.models.verdict.pooled import pooled
from steelyard.models.verdict.recommended import recommended
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.sweep_verdict import Learning, Verdict
from steelyard.models.words.verdict_note import markdown
from steelyard.models.words.verdict_sentences import worded
from steelyard.tasks import learning, progress, scratch, trial_identity
from steelyard.tasks.credentials import masked
from steelyard.tasks.features import feature_sets, pixel_sets
from steelyard.tasks.findings import files as found_files
from steelyard.tasks.images import image_sets
from steelyard.tasks.images.image_sets import read_manifest
from steelyard.tasks.prefect_view.pages import show_table
from steelyard.tasks.refit import Refitted, refit
from steelyard.tasks.report import verdict_files
from steelyard.tasks.scored import scored
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import heads, ledger, links, logged_model, run_files, store, summary, sweeps
from steelyard.tasks.tracking.sweeps import SweepRun
from steelyard.tasks.workers.pool import TrialFailed

logger = logging.getLogger(__name__)

VERDICT = "verdict"
"""Folder within that of the sweep, for the verdict's files."""


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
    judged, whole = pooled(trials, finished, objective, spec.interval, subject.class_names, groups)
    sweeps.log_tables(client, sweep.run_id, trial_table(trials), cell_table(judged))
    verdict, final_run = _judge(whole, judged, plan, spec, sweep, settings) if whole else (None, "")
    where = sweep.experiment_id, sweep.run_id, uri, subject.content_hash
    in_folds = judged if plan.partition.folds > 1 else ()
    comparison = Comparison.of(trials, *where, objective, verdict, in_folds, final_run)
    sweeps.log_tables(client, sweep.run_id, trial_table(trials), cell_table(judged, verdict))
    words = (f"Trials of {subject.title}", *(verdict.words if verdict else ()))
    show_table("sweep", [_row(trial, uri, sweep) for trial in trials], "\n\n".join(map(escaped, words)))
    return comparison


def end(comparison: Comparison, settings: Settings) -> None:
    """Sum the sweep up on its run and end that, once all of it is kept: what is FINISHED is whole."""
    summary.log(store.client(settings.tracking_uri), comparison)
    status: sweeps.Status = "FAILED" if comparison.failed or comparison.lacks_model else "FINISHED"
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
    state = Failed if comparison.failed or comparison.lacks_model else Completed
    return state(message=_said(comparison), data=comparison)


def _said(comparison: Comparison) -> str:
    failed, total = len(comparison.failed), len(comparison.trials)
    if comparison.lacks_model:
        return "the best cell could not be trained on all images"
    if failed:
        return f"{failed} of {total} trials failed" + ("; the others are compared" if failed < total else "")
    return f"{total} trial{'s' * (total > 1)} compared"


def _judge(
    trials: Sequence[ScoredTrial],
    outcomes: Sequence[Outcome],
    plan: SweepPlan,
    spec: Sweep,
    sweep: SweepRun,
    settings: Settings,
) -> tuple[Verdict, str]:
    """The verdict on trials that finished, kept on the sweep's run; and the run of a model that was trained anew."""
    evidence, client = _evidence(trials, plan, spec), store.client(settings.tracking_uri)
    progress.tell(progress.Doing("judging"))
    logger.info("judging: %d bootstrap samples of %d images of test", evidence.drawn, len(evidence.test.ids))
    order, leader = recommended(evidence, [cell for cell in ranked(outcomes) if cell in evidence.cells])
    with ThreadPoolExecutor(1, "model") as beside:
        kept = beside.submit(copy_context().run, _model, best_of(outcomes, order[0]), spec, plan, sweep, settings)
        judged = judge(evidence, order, leader, known=_known_of_images(plan))
        model = kept.result()
    looks = ledger.looks(client, sweep.run_id, plan.shared.subject.content_hash)
    verdict = worded(judged.model_copy(update={"learning": _learned(model, evidence) if model else None}), looks)
    files, found = plan.shared.folder / VERDICT, found_files.place(plan.shared.folder)
    files.mkdir()
    verdict_files.write(verdict, None if evidence.every_class else corrected_scores.scores(evidence), files)
    run_files.put(client, sweep.run_id, files)
    if found.exists():
        run_files.put(client, sweep.run_id, found.parent)
    run_files.note(client, sweep.run_id, lambda longest: markdown(verdict, longest - summary.LONGEST))
    return verdict, model.run_id if model else ""


def _evidence(trials: Sequence[ScoredTrial], plan: SweepPlan, spec: Sweep) -> Evidence:
    table = image_sets.load(plan.shared.image_set).table.set_index("id")
    return Evidence(
        trials,
        spec.wanted,
        spec.interval,
        groups=table["group"],
        once=_once(plan),
        classes=plan.shared.subject.class_names,
        train=plan.counts["train"],
        slices=table.filter(regex=f"^{SLICE_PREFIX}").rename(columns=lambda name: name.removeprefix(SLICE_PREFIX)),
    )


def _once(plan: SweepPlan) -> dict[str, float]:
    """Recipe -> seconds spent once for all of its trials: embedding, and decoding where a backbone is trained on."""
    once, pixels = feature_sets.once(plan.shared.features), pixel_sets.seconds(plan.shared.pixels)
    return once | ({FINETUNE: once[FEATURES] + pixels} if plan.shared.pixels else {})


def _known_of_images(plan: SweepPlan) -> KnownOfImages:
    table, found = image_sets.load(plan.shared.image_set).table, found_files.place(plan.shared.folder)
    before = None
    if LABEL_BEFORE in table:
        names = read_manifest(plan.shared.image_set).class_names
        before = pd.Series(labels_of(table[LABEL_BEFORE].to_numpy(), names, plan.partition), index=table["id"])
    if not found.exists():
        return KnownOfImages(labels_before=before)
    copies = found_files.read_table(found, found_files.COPIES)
    grave = tuple(line.line for line in found_files.read_lines(found) if line.is_grave)
    suspects = int(found_files.read_table(found, found_files.RELABEL)["probability"].ne("").sum())
    return KnownOfImages(frozenset(copies["path"][copies["twin"] == 1]), before, grave, suspects)


def _model(best: Outcome | None, spec: Sweep, plan: SweepPlan, sweep: SweepRun, settings: Settings) -> Refitted | None:
    """Keep the model to use, complete, once per sweep: of the best trial, or where folds took turns trained anew."""
    assert best is not None
    if not best.of_folds:
        _complete(run_files.of_trial(plan.shared.folder, best.run_id), best.run_id, plan, settings)
        return None
    try:
        refitted = refit(best, spec.wanted, plan, sweep, settings)
    except TrialFailed as error:
        logger.warning("no model on all images: %s; the same command tries again", error)
        return None
    _complete(refitted.files, refitted.run_id, plan, settings)
    return refitted


def _learned(model: Refitted, evidence: Evidence) -> Learning | None:
    """The learning curve of the model to use, where its run keeps what it is told from."""
    of_model = next(trial for trial in evidence.trials if trial.outcome.trial_id == model.trial_id)
    try:
        return learned(evidence, of_model, pd.read_parquet(model.files / learning.FILE))
    except (OSError, ValueError):  # Not there, or damaged: nothing else is told from it.
        return None


def _complete(files: Path, run_id: str, plan: SweepPlan, settings: Settings) -> None:
    """Of a head the network that it makes with its backbone; of the other heads it can be made at any time."""
    if not (files / heads.HEAD).exists():
        return
    with scratch.folder() as folder:
        example = image_sets.load(plan.shared.image_set).images[:2]
        network = heads.with_backbone(files, settings.cache, folder, example)
        logged_model.log(store.client(settings.tracking_uri), run_id, network)


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
