"""From a sweep to its cells: which handlings are compared, each once."""

import math

from models import grid
from models.handlings.registry import METHODS, everything
from models.spec import Sweep
from models.trial import Handling


def expand(sweep: Sweep, ratio: float) -> tuple[Handling, ...]:
    """The handlings of a sweep, resolved to numbers; those that resolve to the same numbers appear once.

    Args:
        sweep: what was asked for.
        ratio: negatives / positives in train, > 0.

    Returns:
        The baseline ``none`` first, then the named handlings, then the weights, in the order given.
    """
    named = [resolve(name, ratio) for name in ("none", *grid.names(sweep.handling))]
    weights = grid.weights(sweep.weights) or default_weights(ratio)
    return tuple(dict.fromkeys([*named, *(weighted(weight) for weight in weights)]))


def resolve(name: str, ratio: float) -> Handling:
    """A handling by its name: one that only weighs is ``weights``, or ``none`` if evenly, whatever it is called."""
    method = METHODS[name]
    return weighted(_weight(method.positive_odds(ratio))) if method.select is everything else Handling(name=name)


def weighted(positive: float) -> Handling:
    """Class weights (1 - positive, positive); even weights are the baseline."""
    if positive == 0.5:
        return Handling(name="none")
    return Handling(name="weights", class_weights=(round(1 - positive, 6), positive))


def default_weights(ratio: float) -> tuple[float, ...]:
    """Weights of the positive class at odds sqrt(r), r and 2 r, around the balanced one."""
    return tuple(_weight(odds) for odds in (math.sqrt(ratio), ratio, 2 * ratio))


def _weight(odds: float) -> float:
    # Six decimals, and never so near an end that the other class would weigh nothing.
    return min(max(round(odds / (1 + odds), 6), 1e-6), 1 - 1e-6)
