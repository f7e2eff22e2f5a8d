"""Losses for one model: logits (N, C), labels (N,)."""

import torch.nn.functional as F
from torch import Tensor


def weighted_cross_entropy(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Class-weighted cross-entropy:  sum_n w[y_n] * nll[n] / sum_n w[y_n].

    Dividing by the summed weights makes the loss blind to their scale: (1, 5) and (2, 10) train the same model.

    Args:
        logits: (N, C) float; unnormalised scores.
        labels: (N,) int64 in [0, C).
        weights: (C,) float, > 0; relative cost of an error on a class, no unit.

    Returns:
        () float, in nats.

    Raises:
        ValueError: ``weights`` is not (C,) or not positive.

    Source:
        ``torch.nn.functional.cross_entropy(logits, labels, weight=weights)``, which this is, with the checks.
    """
    classes = logits.shape[1]
    if weights.shape != (classes,):
        raise ValueError(
            f"weights must be (C,) = ({classes},) to match logits, got {tuple(weights.shape)}; "
            "give one weight per class"
        )
    if not bool((weights > 0).all()):
        raise ValueError(f"weights must be > 0, got {weights.tolist()}; a weight of 0 can make a batch 0/0 = NaN")
    return F.cross_entropy(logits, labels, weight=weights)
