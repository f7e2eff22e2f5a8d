"""Whether a network sees enough of the images, and whether small ones call for another recipe."""

from math import ceil, log2

from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import FEATURES
from steelyard.tasks.images import image_sets
from steelyard.tasks.images.image_sets import Manifest

MUCH = 4
"""Pixels of the images' own to one that is seen, from where on details are thrown away."""

LARGEST = 512
"""Pixels per side that a sweep takes."""

SMALL = 64
"""Pixels of the longest side, up to which a network from scratch may win."""


def cautions(plan: SweepPlan, spec: Sweep) -> list[str]:
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
