"""The recipes: how a network is trained, by name."""

import math
from collections.abc import Iterable

from models.errors import BadInput
from models.trial import Recipe

QUIRKS = ("softmax_twice", "frozen_batchnorm", "fixed_order", "fixed_pool")

LEAST_STEPS = 1248
"""Of recipe sound, where no epochs were asked for: 1,000 images get 78, since 26 of 16 steps leave it half trained."""

RECIPES: dict[str, Recipe] = {
    # As many epochs as fit, on small images, into the wall time of the tutorial's ten.
    "sound": Recipe(epochs=26),
    # Olu-Ipinlaye, "Class Imbalance in Image Datasets", to the letter, each quirk included.
    "tutorial": Recipe(
        name="tutorial",
        network="tutorial",
        optimiser="adam",
        schedule="constant",
        epochs=10,
        learning_rate=1e-3,
        weight_decay=0,
        crop=0,
        flip=False,
        mirrored_view=False,
        own_stream=True,
        softmax_twice=True,
        frozen_batchnorm=True,
        fixed_order=True,
        fixed_pool=True,
    ),
}


def recipe(name: str, changed: dict[str, object]) -> Recipe:
    """A recipe with some of its fields changed.

    Args:
        name: one of ``RECIPES``.
        changed: field -> value; None leaves the recipe's own.

    Raises:
        BadInput: a quirk, or the tutorial's network, in another recipe than the tutorial's.
    """
    given = {field: value for field, value in changed.items() if value is not None}
    found = RECIPES[name].model_copy(update=given)
    _check_quirks(found, (field for field in QUIRKS if given.get(field)))
    _check_network(found)
    return found


def lengthened(found: Recipe, train: int) -> Recipe:
    """The recipe with as many epochs as few images need; only recipe sound has a smallest number of steps.

    Args:
        found: with its own epochs, none having been asked for.
        train: images in train.
    """
    if found.name != "sound":
        return found
    steps = math.ceil(train / found.batch)
    return found.model_copy(update={"epochs": max(found.epochs, math.ceil(LEAST_STEPS / steps))})


def _check_quirks(found: Recipe, quirks: Iterable[str]) -> None:
    for quirk in quirks:
        if found.name != "tutorial":
            option = quirk.replace("_", "-")
            raise BadInput(
                f"{option} must be off in recipe {found.name}, got on; it is one of recipe tutorial's quirks"
            )


def _check_network(found: Recipe) -> None:
    if (found.network == "tutorial") != (found.name == "tutorial"):
        others = "tutorial" if found.name == "tutorial" else "residual or plain"
        raise BadInput(f"network must be {others} in recipe {found.name}, got {found.network}")
