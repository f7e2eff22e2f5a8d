"""Class weights from class counts."""

import math
from collections.abc import Sequence

from steelyard.models.spec.trial import Handling


def weighted(positive: float) -> Handling:
    """Class weights (1 - positive, positive); even weights are the baseline."""
    if positive == 0.5:
        return Handling(name="none")
    return Handling(name="weights", class_weights=(round(1 - positive, 6), positive))


def weight(odds: float) -> float:
    """The positive's weight at these odds, six decimals, and never so near an end that the other class has none."""
    return min(max(round(odds / (1 + odds), 6), 1e-6), 1 - 1e-6)


def even(classes: int) -> tuple[float, ...]:
    """The same weight for each class."""
    return shares([1.0] * classes)


def shares(weights: Sequence[float]) -> tuple[float, ...]:
    """Weights scaled to sum to 1, nine decimals, and none so small that its class has none."""
    total = math.fsum(weights)
    return tuple(max(round(weight / total, 9), 1e-9) for weight in weights)


def balanced(counts: Sequence[int]) -> Handling:
    """Weights by inverse frequency, N / (K n_c) up to scale; scikit-learn's ``class_weight="balanced"``."""
    return by_power(counts, 1.0)


def by_power(counts: Sequence[int], power: float) -> Handling:
    """Weights by a power >= 0 of the inverse frequency:  w_c ~ n_c ** -power;  0 weighs evenly.

    With more than two classes power 1 is called ``balanced``.
    """
    if len(counts) == 2:
        return weighted(weight((counts[0] / counts[1]) ** power))
    # By the largest class, so that no power of a large count is 0.
    weights = shares([(max(counts) / count) ** power for count in counts])
    if weights == even(len(counts)):
        return Handling(name="none", class_weights=weights)
    name, options = ("balanced", "") if power == 1 else ("weights", f"power={power:.9g}")
    return Handling(name=name, options=options, class_weights=weights, weight_power=power)


def by_effective_number(counts: Sequence[int], beta: float) -> Handling:
    """Weights by the inverse effective number of images:  w_c ~ (1 - beta) / (1 - beta ** n_c),  beta in [0, 1).

    0 weighs evenly, towards 1 it becomes inverse frequency.

    Source:
        Cui et al. 2019, "Class-balanced loss based on effective number of samples", eq. 2.
    """
    numbers = [-math.expm1(count * math.log(beta)) if beta else 1.0 for count in counts]
    if len(counts) == 2:
        return weighted(weight(numbers[0] / numbers[1]))
    weights = shares([max(numbers) / number for number in numbers])
    return Handling(name="effective_number", class_weights=weights)
