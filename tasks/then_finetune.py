"""What follows once heads are trained: the best cells on val, and the baseline, are fine-tuned."""

import logging
from collections.abc import Iterator, Sequence
from functools import partial

from steelyard.models.comparison.outcome import Outcome, cell_of, told_apart
from steelyard.models.comparison.tables import ranked
from steelyard.models.names import listed
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import FEATURES, Trial
from steelyard.models.verdict.pooled import pooled
from steelyard.models.words import phrases
from steelyard.tasks import index_plans, parting, progress
from steelyard.tasks.compare import collect
from steelyard.tasks.images import image_sets
from steelyard.tasks.prefect_view.pages import Futures
from steelyard.tasks.progress import SweepNews
from steelyard.tasks.scored import scored
from steelyard.tasks.settings import Settings

logger = logging.getLogger(__name__)


def rounds(plan: SweepPlan, ended: Futures, spec: Sweep, settings: Settings) -> Iterator[tuple[Trial, ...]]:
    """The trials to train, then those that follow from how they ended, as ``ended`` then has it."""
    yield plan.trials
    if plan.later and (chosen := _chosen(collect(plan.trials, ended), plan, spec, settings)):
        groups = image_sets.load(plan.shared.image_set).table["group"].to_numpy()
        turns = parting.taught_by(plan.shared.image_set, plan.partition, plan.shared.features)
        index_plans.write(plan.shared.folder, turns, chosen, groups)
        epochs = sum(trial.budget for trial in chosen)
        on_val = phrases.by_area if plan.partition.folds > 1 else partial(phrases.on_val, spec.wanted)
        progress.tell(SweepNews(len(chosen), epochs, on_val))
        yield chosen


def _chosen(outcomes: Sequence[Outcome], plan: SweepPlan, spec: Sweep, settings: Settings) -> tuple[Trial, ...]:
    """Of the trials that may follow those of the best cells on val, and of the baseline, on features."""
    heads = [at for at, outcome in enumerate(outcomes) if outcome.recipe == FEATURES]
    of_heads = plan.model_copy(update={"trials": tuple(plan.trials[at] for at in heads)})
    alone = told_apart([outcomes[at] for at in heads])
    groups = image_sets.load(plan.shared.image_set).table.set_index("id")["group"]
    names = plan.shared.subject.class_names
    judged, _ = pooled(alone, scored(alone, of_heads, settings), spec.wanted, names, groups)
    finished = {(one.cell, one.weight_positive) for one in judged if one.operating}
    best = [cell for cell in ranked(judged) if cell in finished][: spec.then_finetune]
    chosen = [trial for trial in plan.later if cell_of(trial).key in best or cell_of(trial).is_baseline]
    cells = dict.fromkeys(trial.handling.label for trial in chosen)
    logger.info("fine-tuning %s, the best on val and the baseline: %d trials", listed([*cells]), len(chosen))
    return tuple(chosen)
