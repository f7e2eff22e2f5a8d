"""From a sweep to its cells: which handlings are compared, each once."""

import math
from collections.abc import Mapping, Sequence

from steelyard.models.errors import BadInput
from steelyard.models.handlings.parse import resolve
from steelyard.models.handlings.weighing import by_power, even, shares, weight, weighted
from steelyard.models.names import listed
from steelyard.models.spec import grid
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Handling


def expand(sweep: Sweep, counts: tuple[int, ...], names: tuple[str, ...] = ()) -> tuple[Handling, ...]:
    """The handlings of a sweep, resolved to numbers; those that resolve to the same numbers appear once.

    Args:
        sweep: what was asked for.
        counts: images of each class in train, all > 0: negatives and positives, or of every class.
        names: of the classes, in the same order, by which weights may name them.

    Returns:
        The baseline ``none`` first, then the named handlings, then the weights, in the order given.

    Raises:
        BadInput: weights of the positive class where there is none, or of a class that is not there.
    """
    named = [resolve(text, counts) for text in ("none", *grid.names(sweep.handling))]
    return tuple(dict.fromkeys([*named, *weighings(sweep.weights, counts, names)]))


def weighings(text: str, counts: tuple[int, ...], names: tuple[str, ...]) -> list[Handling]:
    """The weights of a sweep as ``expand`` takes them; the default ones where none are given."""
    asked = grid.weights(text)
    if asked.numbers and len(counts) > 2:
        raise BadInput(
            f"weights must be by class where every class counts, as {names[0]}=1,{names[1]}=4, or as power:0:1:5; "
            f"got {text!r}"
        )
    vectors = [by_name(vector, names) for vector in asked.vectors]
    powers = [by_power(counts, power) for power in asked.powers]
    return [*map(weighted, asked.numbers), *vectors, *powers] or _default(counts)


def by_name(vector: Mapping[str, float], names: Sequence[str]) -> Handling:
    """Class weights from the weights of some classes; the others weigh 1.

    Raises:
        BadInput: a class that is not there.
    """
    if unknown := [name for name in vector if name not in names]:
        raise BadInput(f"weights must name classes among {listed(names)}, got {listed(unknown)}")
    weights = shares([vector.get(name, 1.0) for name in names])
    if len(names) == 2:
        return weighted(round(weights[1], 6))
    if weights == even(len(names)):
        return resolve("none", tuple(1 for _ in names))
    options = ",".join(f"{name}={vector[name]:.9g}" for name in names if vector.get(name, 1.0) != 1)
    return Handling(name="weights", options=options, class_weights=weights)


def default_weights(ratio: float) -> tuple[float, ...]:
    """Weights of the positive class at odds sqrt(r), r and 2 r, around the balanced one; r / 2 of a majority."""
    return tuple(weight(odds) for odds in (math.sqrt(ratio), ratio, ratio / 2 if ratio < 1 else 2 * ratio))


def _default(counts: tuple[int, ...]) -> list[Handling]:
    if len(counts) > 2:
        return [by_power(counts, power) for power in grid.DEFAULT_POWERS]
    return [weighted(positive) for positive in default_weights(counts[0] / counts[1])]
