"""The recipes: how a network is trained, by name."""

import math
from typing import Any

from steelyard.models.errors import BadInput
from steelyard.models.names import repeated
from steelyard.models.spec import grid
from steelyard.models.spec.groups import QUIRKS
from steelyard.models.spec.trial import FEATURES, SIZES, Recipe

LEAST_STEPS = 1248
"""Of recipe sound, where no epochs were asked for: 1,000 images get 78, since 26 of 16 steps leave it half trained."""

BARE: dict[str, Any] = {"optimiser": "adam", "weight_decay": 0, "crop": 0, "flip": False, "mirrored_view": False}
"""Neither regularised nor augmented."""

RECIPES: dict[str, Recipe] = {
    # A head; budget and steps are those of the handlings that are streams, the others are solved to convergence.
    FEATURES: Recipe(name=FEATURES, network="linear", epochs=20, learning_rate=3e-3, **BARE),
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


def recipes(names: str, changed: dict[str, object]) -> tuple[Recipe, ...]:
    """The recipes of a sweep; what is changed is changed in those that train a network of their own.

    Args:
        names: some of ``RECIPES``, commas between them.
        changed: field -> value; None leaves the recipe's own.

    Raises:
        BadInput: no name, one that is not known or comes twice, a change that none of them takes, or as ``recipe``.
    """
    asked = grid.names(names)
    if not asked or repeated(asked) or not set(asked) <= RECIPES.keys():
        raise BadInput(f"recipe must be among {', '.join(RECIPES)}, each once, got {names!r}; try features,sound")
    given = {field: value for field, value in changed.items() if value is not None and value is not False}
    if asked == (FEATURES,) and given:
        field, value = next(iter(given.items()))
        owner = "tutorial" if field in QUIRKS or value == "tutorial" else "sound"
        raise BadInput(
            f"{field.replace('_', '-')} must be left out in recipe {FEATURES}, the default now, which trains no "
            f"network of its own, got {value}; it is part of recipe {owner}: give --recipe {owner} (in a file "
            f'recipe = "{owner}"), or features,{owner}'
        )
    return tuple(recipe(name, {} if name == FEATURES else changed) for name in asked)


def recipe(name: str, changed: dict[str, object]) -> Recipe:
    """A recipe with some of its fields changed; None leaves its own.

    Raises:
        BadInput: a quirk, or the tutorial's network, in another recipe than the tutorial's.
    """
    given = {field: value for field, value in changed.items() if value is not None}
    changed_recipe, tutorial = RECIPES[name].model_copy(update=given), name == "tutorial"
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
