"""Divide the image set, resolve the grid, and write what each trial will see."""

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from steelyard.models.handlings.index_stream import Effect
from steelyard.models.markdown import escaped
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import Trial
from steelyard.models.words import phrases
from steelyard.tasks import index_plans, planning, preview, progress
from steelyard.tasks.images import image_sets
from steelyard.tasks.prefect_view.pages import show_table
from steelyard.tasks.progress import SweepNews
from steelyard.tasks.settings import Settings

logger = logging.getLogger(__name__)

MOST_CLASSES = 40
"""Classes of a cell that Prefect's table has rows for, where more count: those at either end of train's counts."""


@task(name="resample", cache_policy=NO_CACHE, task_run_name="resample {spec.called}")
def resample(image_set: Path, spec: Sweep, settings: Settings, folder: Path) -> SweepPlan:
    """Turn partition and handlings into an index plan per trial, and show what they do to train.

    The spec is settled; the plans are written to the sweep's folder, and what the machine is goes into each trial.

    Raises:
        BadInput: the partition or the batch does not fit the images.
    """
    plan, turns = planning.plan_sweep(image_set, spec, settings, folder)
    for line in preview.describe(plan, turns):
        logger.info(line)
    for warning in preview.cautions(plan, spec):
        logger.warning(warning)
    groups = image_sets.load(image_set).table["group"].to_numpy()
    try:
        index_plans.write(folder, turns, plan.trials, groups)
    except OSError as error:  # NumPy says how many numbers it could not write, and not where.
        why = error.strerror or str(error)
        raise OSError(f"{folder} could not be written to the end ({why}); make room there and run it again") from error
    for line in budgets(plan):
        logger.info(line)
    show_table("resample", effects(plan), f"What each handling makes of train · {escaped(plan.shared.subject.title)}")
    on_val = phrases.by_area if plan.partition.folds > 1 else partial(phrases.on_val, spec.wanted)
    progress.tell(SweepNews(len(plan.trials), sum(trial.budget for trial in plan.trials), on_val))
    return plan


def budgets(plan: SweepPlan) -> Iterator[str]:
    """What epochs of the own stream come to, in steps and in passes of train, for a recipe that counts them so."""
    for trial in _of_first_seed(plan):
        if trial.recipe.own_stream:
            effect, epochs = index_plans.effect(plan.shared.folder, trial), trial.recipe.epochs
            drawn, train = round(sum(effect.after)), sum(effect.before)
            steps = epochs * -(-drawn // trial.recipe.batch)
            own, passes = f"{epochs} epochs of its own {drawn} images", epochs * drawn / train
            yield f"{trial.handling.label}: {own}, {steps} steps, {passes:.1f} passes of train"


def _of_first_seed(plan: SweepPlan) -> list[Trial]:
    first = plan.trials[0]
    return [trial for trial in plan.trials if (trial.seed, trial.fold) == (first.seed, first.fold)]


def effects(plan: SweepPlan) -> list[dict[str, object]]:
    """Per cell, of its first seed and fold: class counts before and after, repeats per image, effective prior.

    A row per cell; where every class counts, a row per cell and class, of very many the most frequent and the rarest.
    """
    # What a handling makes of train is the same in each recipe, but for the number of epochs.
    first = {trial.handling: trial for trial in reversed(_of_first_seed(plan))}
    rows: list[dict[str, object]] = []
    for handling in dict.fromkeys(trial.handling for trial in plan.trials):
        effect, subject = index_plans.effect(plan.shared.folder, first[handling]), plan.shared.subject
        if subject.classes:
            listed = _listed(effect, subject.classes)
            rows += [_row_of_class(handling.label, effect, place, name) for place, name in listed]
        else:
            rows.append(_row(handling.label, effect, *_read(plan)))
    return rows


def _listed(effect: Effect, classes: tuple[str, ...]) -> list[tuple[int, str]]:
    named = list(enumerate(classes))
    if len(named) <= MOST_CLASSES:
        return named
    ordered = sorted(named, key=lambda of: -effect.before[of[0]])
    return ordered[: MOST_CLASSES // 2] + ordered[-(MOST_CLASSES // 2) :]


def _row_of_class(cell: str, effect: Effect, place: int, name: str) -> dict[str, object]:
    return {
        "handling": cell,
        "class": phrases.quoted(name),
        "in train": effect.before[place],
        "per epoch": round(effect.after[place], 1),
        "repeats of an image": round(effect.repeats[place], 2),
        "effective prior": round(effect.prior[place], 4),
    }


def _read(plan: SweepPlan) -> tuple[str, str]:
    """What the negative and the positive are called, in quotes where they would read as numbers."""
    negative, positive = map(phrases.quoted, plan.shared.subject.read)
    return negative, positive


def _row(cell: str, effect: Effect, negative: str, positive: str) -> dict[str, object]:
    return {
        "handling": cell,
        f"{negative} in train": effect.before[0],
        f"{positive} in train": effect.before[1],
        f"{negative} per epoch": round(effect.after[0], 1),
        f"{positive} per epoch": round(effect.after[1], 1),
        f"repeats of a {positive}": round(effect.repeats[1], 2),
        "effective prior": round(effect.effective_prior, 3),
    }
