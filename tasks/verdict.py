"""The evidence of a sweep, gathered from its folder, and the verdict on it."""

import logging
from collections.abc import Sequence

import pandas as pd

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.comparison.tables import ranked
from steelyard.models.data.image_set import SLICE_PREFIX
from steelyard.models.objective import Objective
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.verdict import corrected
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.tried import Tried
from steelyard.models.verdict.verdict import Verdict
from steelyard.models.words.note import markdown
from steelyard.models.words.sweep import worded
from steelyard.tasks import index_plans
from steelyard.tasks.features import feature_sets
from steelyard.tasks.images import image_sets
from steelyard.tasks.report import verdict_files
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import run_files, store
from steelyard.tasks.tracking.sweeps import SweepRun

logger = logging.getLogger(__name__)

VERDICT = "verdict"
"""Folder within that of the sweep, for the verdict's files."""


def judged(
    outcomes: Sequence[Outcome], plan: SweepPlan, spec: Sweep, sweep: SweepRun, settings: Settings
) -> Verdict | None:
    """The verdict on a sweep whose trials have ended, kept on its run; None where none of them finished.

    Args:
        outcomes: of all trials, in the order they were planned.
        plan: what the sweep is about; its index plans are still on disk.
        spec: the objective and the interval of shares.
        sweep: the parent run.
        settings: where the store is.
    """
    if not any(outcome.operating for outcome in outcomes):
        return None
    evidence = _evidence(outcomes, plan, spec, settings)
    logger.info("judging: %d bootstrap samples of %d images of test", evidence.drawn, len(evidence.test.ids))
    verdict, client = worded(judge(evidence, ranked(outcomes))), store.client(settings.tracking_uri)
    files = plan.shared.folder / VERDICT
    files.mkdir()
    verdict_files.write(verdict, None if evidence.every_class else corrected.scores(evidence), files)
    run_files.put(client, sweep.run_id, files)
    run_files.note(client, sweep.run_id, lambda longest: markdown(verdict, longest))
    return verdict


def _evidence(outcomes: Sequence[Outcome], plan: SweepPlan, spec: Sweep, settings: Settings) -> Evidence:
    table = image_sets.load(plan.shared.image_set).table.set_index("id")
    client, folder, one = store.client(settings.tracking_uri), plan.shared.folder, not plan.partition.every_class
    tried = [
        Tried(
            trial=trial,
            outcome=outcome,
            scores=run_files.scores(client, outcome.run_id, folder),
            learned=index_plans.effect(folder, trial).effective_prior if one else None,
        )
        for trial, outcome in zip(plan.trials, outcomes, strict=True)
        if outcome.operating
    ]
    return Evidence(
        tried,
        Objective.parse(spec.objective),
        spec.interval,
        groups=table["group"],
        once=feature_sets.once(plan.shared.features),
        classes=plan.shared.subject.class_names,
        train=plan.counts["train"],
        slices=_slices(table),
    )


def _slices(table: pd.DataFrame) -> pd.DataFrame:
    """The slice columns of the image set by image id, under their plain names."""
    columns = [column for column in table.columns if column.startswith(SLICE_PREFIX)]
    return table[columns].rename(columns=lambda column: column.removeprefix(SLICE_PREFIX))
