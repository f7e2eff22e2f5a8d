"""Judge the trials of a sweep, and keep on its run what that showed, beside the model to use."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.data.image_set import LABEL_BEFORE, SLICE_PREFIX, labels_of
from steelyard.models.report.wrong_images import Decided
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import FEATURES
from steelyard.models.verdict import corrected_scores
from steelyard.models.verdict.bearing import KnownOfImages
from steelyard.models.verdict.chosen import chosen
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.learning import learned
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.sweep_verdict import Learning, Verdict
from steelyard.models.words.verdict_note import markdown
from steelyard.models.words.verdict_sentences import worded
from steelyard.tasks import beside, mean_network, progress, scratch
from steelyard.tasks.findings import files as found_files
from steelyard.tasks.images import image_sets
from steelyard.tasks.images.image_sets import read_manifest
from steelyard.tasks.report import verdict_files
from steelyard.tasks.report.pictured import Pictured
from steelyard.tasks.report.saliency_maps import Seen
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import heads, ledger, logged_model, run_files, store, summary, sweeps
from steelyard.tasks.tracking.sweeps import SweepRun
from steelyard.tasks.workers.trial_process import LEARNING

logger = logging.getLogger(__name__)

VERDICT = "verdict"
"""Folder within that of the sweep, for the verdict's files."""

PICTURED = "pictured"
"""What is done beside the judging, for the report."""


def verdict_on(
    trials: Sequence[ScoredTrial],
    plan: SweepPlan,
    spec: Sweep,
    sweep: SweepRun,
    settings: Settings,
) -> tuple[Verdict, str]:
    """The verdict on trials that finished, kept on the sweep's run; and the run of the mean of the folds' networks.

    Beside that the model to use is made, and what a report shows of the images.
    """
    evidence, client = _evidence(trials, plan, spec), store.client(settings.tracking_uri)
    progress.tell(progress.Doing("judging"))
    images, samples = evidence.weights.shape
    logger.info("judging: %d bootstrap samples of %d images", samples, images)
    choice, run_ids = chosen(evidence), sweeps.children(client, sweep)
    column = choice.networks[choice.cells[0]]
    best = evidence.trials[column].outcome
    # The one is waited for here, the other by the report alone.
    beside.begin(plan.shared.folder, "model", _model, best, run_ids, spec, plan, sweep, settings)
    beside.begin(plan.shared.folder, PICTURED, _pictured, column, evidence, run_ids, plan, spec, settings)
    judged = judge(evidence, choice, _known_of_images(plan))
    final_run: str = beside.done(plan.shared.folder, "model")
    looks = ledger.looks(client, sweep.run_id, plan.shared.subject.content_hash)
    verdict = worded(judged.model_copy(update={"learning": _learned(evidence, plan, run_ids)}), looks)
    files, found = plan.shared.folder / VERDICT, found_files.place(plan.shared.folder)
    files.mkdir()
    verdict_files.write(verdict, None if evidence.every_class else corrected_scores.scores(evidence), files)
    run_files.put(client, sweep.run_id, files)
    if found.exists():
        run_files.put(client, sweep.run_id, found.parent)
    run_files.note(client, sweep.run_id, lambda longest: markdown(verdict, longest - summary.LONGEST))
    return verdict, final_run


def _evidence(trials: Sequence[ScoredTrial], plan: SweepPlan, spec: Sweep) -> Evidence:
    table = image_sets.load(plan.shared.image_set).table.set_index("id")
    return Evidence(
        trials,
        spec.wanted,
        groups=table["group"],
        classes=plan.shared.subject.class_names,
        train=plan.counts["train"],
        slices=table.filter(regex=f"^{SLICE_PREFIX}").rename(columns=lambda name: name.removeprefix(SLICE_PREFIX)),
    )


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


def _model(
    best: Outcome, run_ids: Mapping[str, str], spec: Sweep, plan: SweepPlan, sweep: SweepRun, settings: Settings
) -> str:
    """Keep the model to use, complete, once per sweep: of the best trial, or where folds took turns their mean.

    Returns:
        The run of the mean; "" where there is one split.
    """
    if not best.of_folds:
        _complete(run_files.of_trial(plan.shared.folder, best.run_id), best.run_id, plan, settings)
        return ""
    run_id = mean_network.hand_over(best, run_ids, spec.wanted, plan, sweep, settings)
    _complete(plan.shared.folder / run_id / "files", run_id, plan, settings)
    return run_id


def _pictured(
    column: int, evidence: Evidence, run_ids: Mapping[str, str], plan: SweepPlan, spec: Sweep, settings: Settings
) -> Pictured:
    """What a report shows of the images that a network gets wrong."""
    seen = Seen(evidence.trials[column], run_ids)
    return Pictured.of(Decided.by(evidence, column), seen, plan, spec, settings)


def _learned(evidence: Evidence, plan: SweepPlan, run_ids: Mapping[str, str]) -> Learning | None:
    """The learning curve of the baseline of the heads, where folds took turns and gave what it is told from."""
    heads_alone = (trial for trial in evidence.trials if trial.trial.recipe.name == FEATURES)
    baseline = next((trial for trial in heads_alone if trial.outcome.is_baseline and trial.outcome.of_folds), None)
    if baseline is None:
        return None
    runs = [run_files.of_trial(plan.shared.folder, run_ids[name]) for name in baseline.outcome.of_folds]
    try:
        tables = [pd.read_parquet(run / LEARNING).assign(fold=fold) for fold, run in enumerate(runs, 1)]
        return learned(evidence, baseline, pd.concat(tables, ignore_index=True))
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
