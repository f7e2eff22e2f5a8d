"""The stream of indices that a handling turns train into, one row per epoch."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from steelyard.models.trial import Handling, Recipe

Labels = npt.NDArray[np.integer]
Indices = npt.NDArray[np.int64]


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
    late = handling.begins(recipe.epochs) if handling.sampling_power else 0
    if recipe.fixed_order:
        phases = [(late, _epoch(labels, handling, False, rng, recipe))] if late else []
        phases += [(recipe.epochs - late, _epoch(labels, handling, True, rng, recipe))]
        return np.concatenate([np.tile(order, (epochs, 1)) for epochs, order in phases])
    return np.stack([_epoch(labels, handling, number >= late, rng, recipe) for number in range(recipe.epochs)])


def _epoch(labels: Labels, handling: Handling, late: bool, rng: np.random.Generator, recipe: Recipe) -> Indices:
    selected = _select(labels, handling, late, rng)
    return rng.permutation(selected) if recipe.own_stream else _fill(selected, len(labels), rng)


def _select(labels: Labels, handling: Handling, late: bool, rng: np.random.Generator) -> Indices:
    if handling.sampling_power and late:
        return by_class_share(labels, handling.sampling_power, rng)
    return SELECTIONS.get(handling.name, everything)(labels, rng)


def everything(labels: Labels, rng: np.random.Generator) -> Indices:
    """Every image once."""
    return np.arange(len(labels))


def fewer_of_the_majority(labels: Labels, rng: np.random.Generator) -> Indices:
    """All of the smallest class, and as many of each other, drawn without replacement."""
    *larger, smallest = _by_size(labels)
    return np.concatenate([*(rng.choice(of, size=len(smallest), replace=False) for of in larger), smallest])


def more_of_the_minority(labels: Labels, rng: np.random.Generator) -> Indices:
    """All of the largest class, and as many of each other: whole repeats, the rest drawn without replacement."""
    largest, *smaller = _by_size(labels)
    return np.concatenate([largest, *(_repeated(of, len(largest), rng) for of in smaller)])


def _repeated(rows: Indices, length: int, rng: np.random.Generator) -> Indices:
    whole, rest = divmod(length, len(rows))
    return np.concatenate([np.tile(rows, whole), rng.choice(rows, size=rest, replace=False)])


def by_class_share(labels: Labels, power: float, rng: np.random.Generator) -> Indices:
    """N draws with replacement: a class by  n_c ** (1 - power) / sum_k n_k ** (1 - power),  then an image of it.

    Args:
        labels: (n,) int in [0, K), each of them present.
        power: in [0, 1]; 0 draws images evenly, 1 classes.
        rng: source of the draws.

    Source:
        Kang et al. 2020, eq. 1 with q = 1 - power; at 1 what ``torch.utils.data.WeightedRandomSampler`` draws with
        weights 1 / n_c.
    """
    counts = np.bincount(labels)
    chance = (counts ** -float(power))[labels]
    return rng.choice(len(labels), size=len(labels), p=chance / chance.sum())


def _by_size(labels: Labels) -> list[Indices]:
    """Rows of each class, the largest first; of equals the first."""
    rows = [np.flatnonzero(labels == label) for label in range(int(labels.max()) + 1)]
    return sorted(rows, key=len, reverse=True)


def _fill(selected: Indices, length: int, rng: np.random.Generator) -> Indices:
    passes = -(-length // len(selected))
    return np.concatenate([rng.permutation(selected) for _ in range(passes)])[:length]


SELECTIONS: dict[str, Callable[[Labels, np.random.Generator], Indices]] = {
    "downsample": fewer_of_the_majority,
    "upsample": more_of_the_minority,
}
