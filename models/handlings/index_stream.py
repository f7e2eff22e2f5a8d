"""The stream of indices that a handling turns train into, one row per epoch; and its effect, in numbers."""

from dataclasses import dataclass
from typing import Self

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
    passes = 1 if recipe.own_stream else -(-len(labels) // len(selected))
    drawn = np.concatenate([rng.permutation(selected) for _ in range(passes)])
    return drawn if recipe.own_stream else drawn[: len(labels)]


@dataclass(frozen=True)
class Effect:
    """The classes before and after a handling.

    Attributes:
        before: images of train per class.
        after: mean draws per epoch per class.
        repeats: mean draws per image and epoch, per class.
        distinct: images of each class that are ever drawn.
        prior: share of each class that the loss sees, in [0, 1]; for a deferred handling once it has begun.
    """

    before: tuple[int, ...]
    after: tuple[float, ...]
    repeats: tuple[float, ...]
    distinct: tuple[int, ...]
    prior: tuple[float, ...]

    @property
    def effective_prior(self) -> float:
        """Share of positives that the loss sees; of class 1, where every class counts."""
        return self.prior[1]

    @classmethod
    def of(cls, labels: Labels, rows: Indices, train: Indices, handling: Handling) -> Self:
        """Count what a plan draws: (epochs, n) rows, of train's (n,), of an image set with (N,) labels."""
        classes = handling.classes
        before, drawn = _count(labels[train], classes), _count(labels[rows], classes)
        after = tuple(count / len(rows) for count in drawn)
        repeats = tuple(of / count for of, count in zip(after, before, strict=True))
        late = _count(labels[rows[handling.begins(len(rows)) :]], classes)
        return cls(before, after, repeats, _count(labels[np.unique(rows)], classes), effective_priors(late, handling))


def effective_priors(draws: tuple[int, ...], handling: Handling) -> tuple[float, ...]:
    """Share of each class that the loss sees:  e_c / sum_k e_k  with  e_c = n_c r_c w_c / f_c.

    A method with a ``misfit`` is counted by these alone: what else it does moves the prior by no closed form.

    Args:
        draws: images drawn of each class, n_c r_c.
        handling: gives the weights w_c (no unit), and its method the factors f_c, such as prior_c ** tau.

    Returns:
        K shares in [0, 1].

    Source:
        Elkan 2001, "The foundations of cost-sensitive learning", theorem 1, solved for the prior; Menon et al. 2021,
        eq. 10, for the adjustment.
    """
    factors = method_of(handling.name).factor(handling)
    seen = [n * weight / factor for n, weight, factor in zip(draws, handling.class_weights, factors, strict=True)]
    return tuple(float(each / sum(seen)) for each in seen)


def _count(labels: Labels, classes: int) -> tuple[int, ...]:
    return tuple(int(count) for count in np.bincount(labels.ravel(), minlength=classes))
