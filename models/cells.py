"""From a sweep to its cells: which handlings are compared, each once."""

import math

from models import grid
from models.handlings.parse import resolve
from models.handlings.weighing import weight, weighted
from models.spec import Sweep
from models.trial import Handling


def expand(sweep: Sweep, counts: tuple[int, int]) -> tuple[Handling, ...]:
    """The handlings of a sweep, resolved to numbers; those that resolve to the same numbers appear once.

    Args:
        sweep: what was asked for.
        counts: negatives and positives in train, both > 0.

    Returns:
        The baseline ``none`` first, then the named handlings, then the weights, in the order given.
    """
    named = [resolve(text, counts) for text in ("none", *grid.names(sweep.handling))]
    weights = grid.weights(sweep.weights) or default_weights(counts[0] / counts[1])
    return tuple(dict.fromkeys([*named, *(weighted(positive) for positive in weights)]))


def default_weights(ratio: float) -> tuple[float, ...]:
    """Weights of the positive class at odds sqrt(r), r and 2 r, around the balanced one."""
    return tuple(weight(odds) for odds in (math.sqrt(ratio), ratio, 2 * ratio))
