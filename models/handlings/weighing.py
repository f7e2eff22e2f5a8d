"""Class weights from class counts."""

import math

from models.trial import Handling


def weighted(positive: float) -> Handling:
    """Class weights (1 - positive, positive); even weights are the baseline."""
    if positive == 0.5:
        return Handling(name="none")
    return Handling(name="weights", class_weights=(round(1 - positive, 6), positive))


def weight(odds: float) -> float:
    """The positive's weight at these odds, six decimals, and never so near an end that the other class has none."""
    return min(max(round(odds / (1 + odds), 6), 1e-6), 1 - 1e-6)


def balanced(counts: tuple[int, int]) -> Handling:
    """Weights by inverse frequency, N / (K n_c) up to scale; scikit-learn's ``class_weight="balanced"``."""
    return weighted(weight(counts[0] / counts[1]))


def effective_number(counts: tuple[int, int], beta: float) -> float:
    """The positive's weight by inverse effective number of images:  w_c ~ (1 - beta) / (1 - beta ** n_c).

    Args:
        counts: images of class 0 and 1.
        beta: in [0, 1); 0 weighs evenly, towards 1 it becomes inverse frequency.

    Source:
        Cui et al. 2019, "Class-balanced loss based on effective number of samples", eq. 2.
    """
    if not beta:
        return 0.5
    negative, positive = (-math.expm1(count * math.log(beta)) for count in counts)
    return weight(negative / positive)
