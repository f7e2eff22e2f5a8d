"""The recipes of a sweep that has several: what each of them costs."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from steelyard.models.verdict.tried import Cell, Columns, Tried, baselines
from steelyard.models.verdict.verdict import Network


def networks(
    tried: Sequence[Tried], order: Iterable[Cell], of: Mapping[Cell, Columns], once: Mapping[str, float]
) -> tuple[Network, ...]:
    """The recipes, by their baselines on val, the best first; none where there is one recipe.

    Args:
        tried: the trials that finished.
        order: of the cells, best on val first.
        of: the trials of each cell, by their place.
        once: recipe -> seconds spent once for all of its trials.
    """
    bases = baselines(tried, order, of)
    recipes = dict.fromkeys([*bases, *(one.outcome.recipe for one in tried)])
    if len(recipes) == 1:
        return ()
    seconds = {recipe: [one.outcome.seconds for one in tried if one.outcome.recipe == recipe] for recipe in recipes}
    return tuple(
        Network(
            recipe=recipe,
            cell=bases[recipe][0] if recipe in bases else "",
            trials=len(seconds[recipe]),
            seconds=median(seconds[recipe]),
            once=once.get(recipe, 0.0),
        )
        for recipe in recipes
    )
