"""The stream of indices that a handling turns train into, one row per epoch."""

import numpy as np

from steelyard.models.handlings.registry import method_of
from steelyard.models.handlings.selections import Indices, Labels, Selection
from steelyard.models.spec.trial import Handling, Recipe


def draw(labels: Labels, handling: Handling, seed: int, recipe: Recipe) -> Indices:
    """Indices in the order a trial sees them; a pure function of its arguments.

    An epoch is n draws for every handling, so handlings are compared on equal work: what the handling selects is
    shuffled, again and again until n is reached, and cut there. A recipe with a stream of its own sees what the
    handling selects once per epoch instead; one with a fixed order repeats its first epoch.

    Args:
        labels: (n,) int in [0, K), each of them present; labels of train.
        handling: as resolved.
        seed: of the trial.
        recipe: gives the number of epochs, the order and the length.

    Returns:
        (epochs, n) int64, positions in ``labels``; (epochs, m) for the m that the handling selects, where the
        recipe has a stream of its own.
    """
    rng = np.random.default_rng([seed, 1])
    selection = method_of(handling.name).selection(handling)
    late = handling.begins(recipe.epochs) if selection else 0
    phases = [(each, epochs) for each, epochs in ((None, late), (selection, recipe.epochs - late)) if epochs]
    if recipe.fixed_order:
        return np.concatenate([np.tile(_epoch(labels, each, rng, recipe), (epochs, 1)) for each, epochs in phases])
    return np.stack([_epoch(labels, each, rng, recipe) for each, epochs in phases for _ in range(epochs)])


def _epoch(labels: Labels, selection: Selection | None, rng: np.random.Generator, recipe: Recipe) -> Indices:
    selected = selection.rows(labels, rng) if selection else np.arange(len(labels))
    return rng.permutation(selected) if recipe.own_stream else _fill(selected, len(labels), rng)


def _fill(selected: Indices, length: int, rng: np.random.Generator) -> Indices:
    passes = -(-length // len(selected))
    return np.concatenate([rng.permutation(selected) for _ in range(passes)])[:length]
