"""The trials of a sweep that finished, with the scores that they kept."""

from collections.abc import Sequence

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.tasks import index_plans
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import run_files, store


def scored(outcomes: Sequence[Outcome], plan: SweepPlan, settings: Settings) -> list[ScoredTrial]:
    """Those of the outcomes, which are of all trials in the order planned; the index plans are still on disk."""
    client, folder, one = store.client(settings.tracking_uri), plan.shared.folder, not plan.partition.every_class
    return [
        ScoredTrial(
            trial=trial,
            outcome=outcome,
            scores=run_files.scores(client, outcome.run_id, folder),
            learned=index_plans.effect(folder, trial).effective_prior if one else None,
        )
        for trial, outcome in zip(plan.trials, outcomes, strict=True)
        if outcome.operating
    ]
