"""The recipes: how a network is trained, by name."""

import math

from steelyard.models.errors import BadInput
from steelyard.models.names import repeated
from steelyard.models.spec import grid
from steelyard.models.spec.groups import QUIRKS
from steelyard.models.spec.trial import BARE, FEATURES, FINETUNE, HEADS, SIZES, Recipe

LEAST_STEPS = 1248
"""Of recipe sound, where no epochs were asked for: 1,000 images get 78, since 26 of 16 steps leave it half trained."""

RECIPES: dict[str, Recipe] = {
    FEATURES: HEADS,
    # What keeps the head small is its own penalty; a backbone that moves this little needs none.
    FINETUNE: Recipe(
        name=FINETUNE,
        network="backbone",
        epochs=5,
        batch=32,
        learning_rate=1e-3,
        weight_decay=0,
        crop=4,
        mirrored_view=False,
        frozen_batchnorm=True,
    ),
    # As many epochs as fit, on small images, into the wall time of the tutorial's ten.
    "sound": Recipe(epochs=26),
    # Olu-Ipinlaye, "Class Imbalance in Image Datasets", to the letter, each quirk included.
    "tutorial": Recipe(
        name="tutorial",
        network="tutorial",
        schedule="constant",
        epochs=10,
        learning_rate=1e-3,
        **BARE,
        own_stream=True,
        softmax_twice=True,
        frozen_batchnorm=True,
        fixed_order=True,
        fixed_pool=True,
    ),
}


def recipes(names: str, changed: dict[str, object], then_finetune: bool = False) -> tuple[Recipe, ...]:
    """The recipes of a sweep; what is changed is changed in those that train more than a head.

    Args:
        names: some of ``RECIPES``, commas between them.
        changed: field -> value; None leaves the recipe's own.
        then_finetune: whether ``finetune`` is to come last, after those that are named.

    Raises:
        BadInput: no name, one that is not known or comes twice, a change that none of them takes, or as ``recipe``.
    """
    asked = grid.names(names)
    if not asked or repeated(asked) or not set(asked) <= RECIPES.keys():
        raise BadInput(f"recipe must be among {', '.join(RECIPES)}, each once, got {names!r}; try features,sound")
    given = {field: value for field, value in changed.items() if value is not None and value is not False}
    if then_finetune:
        asked = (*asked, FINETUNE)
    if asked == (FEATURES,) and given:
        field, value = next(iter(given.items()))
        owner = "tutorial" if field in QUIRKS or value == "tutorial" else "sound"
        raise BadInput(
            f"{field.replace('_', '-')} must be left out in recipe {FEATURES}, the default now, which trains no "
            f"network of its own, got {value}; it is part of recipe {owner}: give --recipe {owner} (in a file "
            f'recipe = "{owner}"), or features,{owner}'
        )
    # Which network is asked of the recipes that have several.
    rest = changed if set(asked) <= {FEATURES, FINETUNE} else changed | {"network": None}
    own: dict[str, dict[str, object]] = {FEATURES: {}, FINETUNE: rest}
    return tuple(recipe(name, own.get(name, changed)) for name in asked)


def recipe(name: str, changed: dict[str, object]) -> Recipe:
    """A recipe with some of its fields changed; None leaves its own.

    Raises:
        BadInput: a quirk, or the tutorial's network, in another recipe than the tutorial's.
    """
    tutorial = name == "tutorial"
    # To decline a quirk of the tutorial says nothing of another recipe.
    given = {
        field: value
        for field, value in changed.items()
        if value is not None and (tutorial or value or field not in QUIRKS)
    }
    changed_recipe = RECIPES[name].model_copy(update=given)
    if name == FINETUNE and "network" in given:
        raise BadInput(
            f"network must be left out in recipe {FINETUNE}, which trains the backbone on, got {given['network']}; "
            "name that with --backbone, or give --recipe sound"
        )
    for quirk in QUIRKS:
        if given.get(quirk) and not tutorial:
            option = quirk.replace("_", "-")
            raise BadInput(f"{option} must be off in recipe {name}, got on; it is one of recipe tutorial's quirks")
    if (changed_recipe.network == "tutorial") != tutorial:
        others = "tutorial" if tutorial else " or ".join(SIZES)
        raise BadInput(f"network must be {others} in recipe {name}, got {changed_recipe.network}")
    return changed_recipe


def lengthened(usual: Recipe, train: int) -> Recipe:
    """A recipe none of whose epochs were asked for, with as many as few images of train need.

    Only recipe sound has a smallest number of steps.
    """
    if usual.name != "sound":
        return usual
    steps = math.ceil(train / usual.batch)
    return usual.model_copy(update={"epochs": max(usual.epochs, math.ceil(LEAST_STEPS / steps))})
