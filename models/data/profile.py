"""Exponential class profiles: how many images of each class a long-tailed train keeps."""

import math
from collections.abc import Sequence


def long_tailed(counts: Sequence[int], factor: float) -> tuple[int, ...]:
    """Images to keep per class:  floor(n_0 F ** (-c / (K - 1))),  n_0 the largest that every class has enough for.

    Args:
        counts: K images per class, all > 0.
        factor: F >= 1, images of class 0 to one of class K - 1.

    Returns:
        K counts, at most those given; 0 where so little of a class would be left.

    Source:
        Cao et al. 2019, "Learning imbalanced datasets with label-distribution-aware margin loss", which thins CIFAR-10
        to CIFAR-10-LT like this: with 5,000 images per class and F = 100 to 5000, 2997, 1796, ..., 50.
    """
    decay = [factor ** (-place / (len(counts) - 1)) for place in range(len(counts))]
    first = min(count / share for count, share in zip(counts, decay, strict=True))
    # What rounding takes off a whole number is put back: 50 must not become 49.
    return tuple(min(count, math.floor(first * share + 1e-9)) for count, share in zip(counts, decay, strict=True))
