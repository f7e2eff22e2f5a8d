"""What is known of a sweep before it trains, in lines to read."""

from collections.abc import Iterator, Sequence
from math import ceil, log2
from statistics import mean

from steelyard.models.data.near_groups import named
from steelyard.models.data.partition import Turns
from steelyard.models.names import cut
from steelyard.models.objective import Objective, beside, met_by_all, out_of_reach, shifted
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import FEATURES, FINETUNE, Recipe
from steelyard.models.statistics.intervals import wilson_interval
from steelyard.models.words import phrases
from steelyard.tasks.images import image_sets
from steelyard.tasks.images.image_sets import Manifest

LISTED = 12
"""Classes whose counts are all listed; of more the largest and the smallest."""

NAME = 24
"""Characters of a class's name in a line."""

MUCH = 4
"""Pixels of the images' own to one that is seen, from where on details are thrown away."""

LARGEST = 512
"""Pixels per side that a sweep takes."""

SMALL = 64
"""Pixels of the longest side, up to which a network from scratch may win."""


def describe(plan: SweepPlan, turns: Turns) -> list[str]:
    """Lines to read before training: counts of each part, what was left out, and what test's images can show."""
    alone = plan.partition.folds == 1 and plan.partition.validate_on == "val"
    lines = [_counted(plan, part, counts) for part, counts in plan.counts.items() if part != "val" or alone]
    if plan.partition.folds > 1:
        lines.append(f"{plan.partition.folds} folds: each is held out once, as val and test, and the others are train")
    if plan.partition.validate_on == "test":
        chosen = "" if plan.partition.every_class else " the threshold"
        lines.append(f"test also chooses{chosen}")
    left_out = [*_left_out(plan, turns), _grid(plan)]
    if plan.partition.every_class:
        return [*lines, _smallest_class(plan), *left_out, *_groups(plan, turns)]
    return [*lines, *left_out, *_groups(plan, turns)]


def findings(plan: SweepPlan, turns: Turns, spec: Sweep) -> list[str]:
    """What is worth knowing of the images before any number of theirs is believed."""
    return [*_left_out(plan, turns), *_groups(plan, turns), *cautions(plan, spec)]


def cautions(plan: SweepPlan, spec: Sweep) -> list[str]:
    """What to know before trusting the objective on these images."""
    objective, names = Objective.parse(spec.objective), plan.shared.subject.classes
    if plan.partition.every_class:
        lines = [
            f"{part} holds no image of {_some(absent)}: means over classes there leave them out"
            for part in ("val", "test")
            if (absent := [name for name, count in zip(names, plan.counts[part], strict=True) if not count])
        ]
        own = {part: beside(counts, names, objective.class_name) for part, counts in plan.counts.items()}
    else:
        lines, own = [], plan.counts
    if objective.class_name or not plan.partition.every_class:
        told = objective.caution, met_by_all(own, objective), shifted(own, objective), out_of_reach(own, objective)
        lines += filter(None, told)
    return [*lines, *_of_sizes(plan, spec)]


def _of_sizes(plan: SweepPlan, spec: Sweep) -> list[str]:
    """For each recipe whether it sees enough of the images; and that another may serve small ones as well."""
    manifest, embedding = image_sets.read_manifest(plan.shared.image_set), plan.embedding
    lines = too_small(manifest, embedding.size, "--backbone-size") if embedding else []
    for recipe in plan.recipes:
        if recipe.name not in (FEATURES, FINETUNE):
            # The tutorial's pool fits 24 to 47 pixels only.
            lines += too_small(manifest, spec.size, "--fixed-pool false --size" if recipe.fixed_pool else "--size")
    if [recipe.name for recipe in plan.recipes] == [FEATURES]:
        lines.append(proposal(manifest))
    return [line for line in dict.fromkeys(lines) if line]


def too_small(manifest: Manifest, size: int, option: str) -> list[str]:
    """That a network, which sees so many pixels per side, sees little of the images, and an option that shows it more.

    Nothing where it sees enough, or where the manifest is one of before and has no sizes to judge by.
    """
    if not manifest.sides or manifest.sides.median <= MUCH * size:
        return []
    better = min(2 ** ceil(log2(manifest.sides.median / MUCH)), LARGEST)
    if better <= size:
        return []
    return [
        f"half of the images have {manifest.sides.median:,} pixels or more on their longer side, of which a network "
        f"sees {size}: small defects are gone; {option} {better} shows them, at about {(better / size) ** 2:.0f} times "
        "the work"
    ]


def proposal(manifest: Manifest) -> str:
    """That a network from scratch is worth a try where all images are small; "" where they are not, or not known."""
    if not manifest.sides or (longest := manifest.sides.longer[1]) > SMALL:
        return ""
    return (
        f"no image has more than {longest} pixels per side, where a network from scratch often does as well: "
        "--recipe features,sound compares both"
    )


def _counted(plan: SweepPlan, part: str, counts: Sequence[int]) -> str:
    subject = plan.shared.subject
    if subject.classes:
        shown = [f"{_called(name)} {count:,}" for name, count in zip(subject.classes, counts, strict=True)]
        of_each = ", ".join(shown)
        if len(shown) > LISTED:
            order = sorted(range(len(shown)), key=lambda place: -counts[place])
            of_each = f"from {shown[order[0]]} to {shown[order[-1]]}"
        return f"{part}: {sum(counts):,} images of {len(subject.classes)} classes, {of_each}"
    negatives, positives = counts
    known = f"; a recall of 0.9 is known to ± {resolvable(positives):.3f}" if part != "train" else ""
    share = f"{positives / (negatives + positives):.0%}"
    others, positive = map(_called, subject.read)
    return f"{part}: {negatives:,} {others}, {positives:,} {positive} ({share}){known}"


def resolvable(positives: int) -> float:
    """Return the half-width of the 95 % interval that so many positives give a recall of 0.9."""
    low, high = wilson_interval(0.9, positives)
    return (high - low) / 2


def _called(name: str) -> str:
    """A class, in quotes where it would read as a number."""
    return phrases.quoted(cut(name, NAME))


def _some(names: Sequence[str]) -> str:
    shown, more = ", ".join(_called(name) for name in names[:LISTED]), len(names) - LISTED
    return f"{shown} and {more:,} more" if more > 0 else shown


def _left_out(plan: SweepPlan, turns: Turns) -> Iterator[str]:
    duplicates = next(iter(turns.values())).duplicates
    if suspects := round(mean(parts.suspects for parts in turns.values())):
        yield f"left out of train: {suspects:,} images with suspect labels"
    thinned = round(mean(parts.thinned for parts in turns.values()))
    if duplicates:
        yield f"left out: {duplicates} exact duplicates"
    if thinned and plan.partition.every_class:
        factor = plan.partition.imbalance_factor or 1
        yield f"left out of train: {thinned:,} images, for an exponential profile of imbalance factor {factor:g}"
    elif thinned:
        one_in, positive = 1 / (plan.partition.imbalance or 1), plan.shared.subject.positive
        yield f"left out of train: {thinned:,} {_called(positive)}, so that 1 in {one_in:.3g} is one"


def _smallest_class(plan: SweepPlan) -> str:
    counted = zip(plan.counts["test"], plan.shared.subject.classes, strict=True)
    count, name = min((count, name) for count, name in counted if count)
    return (
        f"the smallest class of test, {_called(name)}, has {count:,} image{'s' * (count > 1)}; a recall of 0.9 is "
        f"known there to ± {resolvable(count):.3f}"
    )


def _groups(plan: SweepPlan, turns: Turns) -> list[str]:
    """That images of one group say less than so many images that stand alone."""
    names = image_sets.load(plan.shared.image_set).table["group"].to_numpy()
    groups = len(named(name for parts in turns.values() for name in names[parts.test]))
    return [f"test comes in {groups} groups, which say less than so many images that stand alone"] if groups else []


def _grid(plan: SweepPlan) -> str:
    cells = list(dict.fromkeys((trial.recipe.name, trial.handling) for trial in plan.trials))
    labels = ", ".join(dict.fromkeys(handling.label for _, handling in cells))
    shared, seeds = plan.shared, len({trial.seed for trial in plan.trials})
    where = f"{shared.workers} at once on {', '.join(shared.devices)}"
    size, trials = f"{len(cells)} cell{'s' * (len(cells) > 1)}", f"{len(plan.trials)} trials"
    full, folds = len(plan.trials) == len(cells) * plan.partition.folds * seeds, plan.partition.folds
    size += f" x {folds} folds" * (folds > 1)
    size += f" x {seeds} seed{'s' * (seeds > 1)} = {trials}" if full else f", {trials}"
    return f"{size}: {labels}; {', '.join(_trained(plan, recipe) for recipe in plan.recipes)}; {where}"


def _trained(plan: SweepPlan, recipe: Recipe) -> str:
    compute = next(trial.compute for trial in plan.trials if trial.recipe == recipe)
    how = f"{compute.threads} thread{'s' * (compute.threads > 1)} each, {compute.precision}"
    manifest, embedding = image_sets.read_manifest(plan.shared.image_set), plan.embedding
    what, size = recipe.name, manifest.size
    if recipe.name in (FEATURES, FINETUNE) and embedding:
        what, size = f"{recipe.name} of {embedding.backbone}", embedding.size
    own = f"{manifest.sides.said}, " if manifest.sides else ""
    return f"{what} ({own}seen at {size}; {how})"
