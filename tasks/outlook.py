"""What is known of a sweep before it trains, in lines to read."""

from math import ceil, log2

from steelyard.models.objective import Objective, out_of_reach, shifted
from steelyard.models.partition import Parts
from steelyard.models.spec import Sweep
from steelyard.models.statistics.power import resolvable, smallest_difference
from steelyard.models.sweep_plan import SweepPlan
from steelyard.models.trial import FEATURES, Recipe
from steelyard.tasks import classes_outlook
from steelyard.tasks.images import store as image_sets
from steelyard.tasks.images.store import Manifest

CORRELATION = 0.75
"""Of two networks' estimates over draws of the images, assumed before training.

Medians over 3 weights x 3 seeds, each beside the baseline's same seed: for recall 0.76 on cats and dogs and 0.90 on
solar cells, for the ROC area 0.90 and 0.95.
"""


MUCH = 4
"""Pixels of the images' own to one that is seen, from where on details are thrown away."""

LARGEST = 512
"""Pixels per side that a sweep takes."""

SMALL = 64
"""Pixels of the longest side, up to which a network from scratch may win."""


def describe(plan: SweepPlan, parts: Parts) -> list[str]:
    """Lines to read before training: counts of each part, what was left out, and what the positives can resolve."""
    subject = plan.shared.subject
    if subject.classes:
        return [*classes_outlook.describe(plan), *_left_out(plan, parts), _grid(plan), *_groups(plan, parts)]
    lines = [
        f"{part}: {negatives} {subject.negative}, {positives} {subject.positive}"
        f" ({positives / (negatives + positives):.0%})" + (_known(positives) if part != "train" else "")
        for part, (negatives, positives) in plan.counts.items()
        if part != "val" or plan.partition.validate_on == "val"
    ]
    if plan.partition.validate_on == "test":
        lines.append("test also chooses the threshold: what it says is optimistic")
    lines += _left_out(plan, parts)
    return [*lines, _grid(plan), *_shows(plan), *_groups(plan, parts)]


def findings(plan: SweepPlan, parts: Parts, spec: Sweep) -> list[str]:
    """What is worth knowing of the images before any number of theirs is believed."""
    return [*_left_out(plan, parts), *_groups(plan, parts), *cautions(plan, spec)]


def _left_out(plan: SweepPlan, parts: Parts) -> list[str]:
    lines = [f"left out: {parts.duplicates} exact duplicates"] if parts.duplicates else []
    if plan.partition.every_class:
        return lines + classes_outlook.left_out(plan, parts)
    if parts.thinned:
        one_in, positive = 1 / (plan.partition.imbalance or 1), plan.shared.subject.positive
        lines.append(f"left out of train: {parts.thinned} {positive}, so that 1 in {one_in:.3g} is one")
    return lines


def _shows(plan: SweepPlan) -> list[str]:
    """The smallest difference between a handling and the baseline that test's images can show."""
    negatives, positives = plan.counts["test"]
    handlings = len({trial.handling for trial in plan.trials}) - 1
    if not handlings:
        return []
    least = smallest_difference(positives, negatives, handlings, correlation=CORRELATION)
    points = " and ".join(
        f"{100 * of:.1f} points of {what}" if of < 1 else f"no difference of {what}"
        for what, of in (("recall", least.recall), ("ROC area", least.roc_auc))
    )
    return [
        f"smallest difference to the baseline that so much of test shows in 4 of 5 such sweeps: about {points} (near "
        "a recall of 0.9 and an area of 0.85, of two networks that err on mostly the same images, correlation "
        f"{CORRELATION:g}; what seeds add comes on top)"
    ]


def _groups(plan: SweepPlan, parts: Parts) -> list[str]:
    """That images of one group say less than so many images that stand alone."""
    names = image_sets.load(plan.shared.image_set).table["group"].to_numpy()[parts.test]
    groups = len(set(names) - {""})
    return [f"test comes in {groups} groups, which say less than so many images that stand alone"] if groups else []


def cautions(plan: SweepPlan, spec: Sweep) -> list[str]:
    """What to know before trusting the objective on these images."""
    if plan.partition.every_class:
        return [*classes_outlook.cautions(plan), *_sizes(plan, spec)]
    objective = Objective.parse(spec.objective)
    lines = objective.caution, shifted(plan.counts, objective), out_of_reach(plan.counts, objective)
    return [*filter(None, lines), *_sizes(plan, spec)]


def too_small(manifest: Manifest, size: int, option: str) -> list[str]:
    """That a network sees little of the images, and a size that shows it more; nothing where it sees enough.

    Args:
        manifest: of the image set; one of before has no sizes to judge by.
        size: pixels per side that the network sees.
        option: as the user writes it, for what is proposed.
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


def _sizes(plan: SweepPlan, spec: Sweep) -> list[str]:
    """For each recipe whether it sees enough of the images; and that another may serve small ones as well."""
    manifest, recipes = image_sets.read_manifest(plan.shared.image_set), plan.recipes
    embedding = plan.embedding
    lines = too_small(manifest, embedding.size, "--backbone-size") if embedding else []
    for recipe in recipes:
        if recipe.name != FEATURES:
            # The tutorial's pool fits 24 to 47 pixels only.
            lines += too_small(manifest, spec.size, "--fixed-pool false --size" if recipe.fixed_pool else "--size")
    alone = [recipe.name for recipe in recipes] == [FEATURES]
    return [line for line in dict.fromkeys([*lines, proposal(manifest) if alone else ""]) if line]


def _known(positives: int) -> str:
    return f"; a recall of 0.9 is known to ± {resolvable(positives):.3f}"


def _grid(plan: SweepPlan) -> str:
    cells = list(dict.fromkeys((trial.recipe.name, trial.handling) for trial in plan.trials))
    labels = ", ".join(dict.fromkeys(handling.label for _, handling in cells))
    shared, seeds = plan.shared, len({trial.seed for trial in plan.trials})
    where = f"{shared.workers} at once on {', '.join(shared.devices)}"
    size = f"{len(cells)} cell{'s' * (len(cells) > 1)}, {len(plan.trials)} trials"
    if len(plan.trials) == len(cells) * seeds:
        size = (
            f"{len(cells)} cell{'s' * (len(cells) > 1)} x {seeds} seed{'s' * (seeds > 1)} = {len(plan.trials)} trials"
        )
    return f"{size}: {labels}; {', '.join(_trained(plan, recipe) for recipe in plan.recipes)}; {where}"


def _trained(plan: SweepPlan, recipe: Recipe) -> str:
    compute = next(trial.compute for trial in plan.trials if trial.recipe == recipe)
    how = f"{compute.threads} thread{'s' * (compute.threads > 1)} each, {compute.precision}"
    manifest, embedding = image_sets.read_manifest(plan.shared.image_set), plan.embedding
    what, size = recipe.name, manifest.size
    if recipe.name == FEATURES and embedding:
        what, size = f"{FEATURES} of {embedding.backbone}", embedding.size
    own = f"{manifest.sides.said}, " if manifest.sides else ""
    return f"{what} ({own}seen at {size}; {how})"
