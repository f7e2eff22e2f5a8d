"""The losses of the handlings, each a weighted mean over the images, () float in nats.

They take logits (N, C) or (N, C, M) float, unnormalised; labels (N,) or (N, M) int64 in [0, C); and weights (C,) float
>= 0, no unit, the relative cost of an error on a class. Weights of another shape, or a negative one, are a ValueError.
"""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from steelyard.models.handlings.registry import method_of
from steelyard.models.handlings.weighing import even
from steelyard.models.spec.trial import Handling

Loss = Callable[[Tensor, Tensor], Tensor]


def weighted_cross_entropy(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Class-weighted cross-entropy:  sum_n w[y_n] * nll[n] / sum_n w[y_n].

    Dividing by the summed weights makes the loss blind to their scale: (1, 5) and (2, 10) train the same model.

    Where all images of a batch weigh 0, the loss is 0/0 = NaN.

    Source:
        ``torch.nn.functional.cross_entropy(logits, labels, weight=weights)``, which this is, with the checks.
    """
    _check(logits, weights)
    return F.cross_entropy(logits, labels, weight=weights)


def focal(logits: Tensor, labels: Tensor, weights: Tensor, gamma: float) -> Tensor:
    """Focal loss:  sum_n w[y_n] * (1 - p[n]) ** gamma * nll[n] / sum_n w[y_n],  p the probability of the true class.

    p is taken from the unweighted probabilities; gamma is >= 0, no unit, and 0 gives ``weighted_cross_entropy``.

    Source:
        Lin et al. 2017, "Focal loss for dense object detection", eq. 4, with softmax for sigmoid.
    """
    _check(logits, weights)
    nll, weight = F.cross_entropy(logits, labels, reduction="none"), weights[labels]
    # 1 - p as -expm1(-nll): exact where p is near 1. The floor keeps the gradient finite for gamma < 1 at p = 1.
    missing = (-torch.expm1(-nll)).clamp_min(torch.finfo(nll.dtype).tiny)
    return (weight * missing**gamma * nll).sum() / weight.sum()


def logit_adjusted(logits: Tensor, labels: Tensor, weights: Tensor, prior: Tensor, tau: float) -> Tensor:
    """Cross-entropy of  logits + tau * log(prior):  the network learns what to add to the prior.

    The prior, (C,) float in (0, 1), is the share of each class in train; tau is >= 0, no unit, and 0 gives
    ``weighted_cross_entropy``.

    Source:
        Menon et al. 2021, "Long-tail learning via logit adjustment", eq. 10; at tau 1 the balanced softmax of Ren et
        al. 2020.
    """
    per_class = prior.log().view(-1, *[1] * (logits.ndim - 2))
    return weighted_cross_entropy(logits + tau * per_class, labels, weights)


def loss_of(handling: Handling, weighted: bool, device: torch.device) -> Loss:
    """The loss that a handling trains with on a device: (logits (N, C), labels (N,)) -> ().

    Where it is not ``weighted``, in the first epochs of a deferred handling, class weights do not count.
    """
    given = handling.class_weights if weighted else even(handling.classes)
    method, weights = method_of(handling.name), torch.tensor(given, device=device)
    if not method.loss:
        return partial(weighted_cross_entropy, weights=weights)
    own = {key: handling.number(option.parameter) for key, option in method.options.items() if option.parameter}
    prior = {"prior": torch.tensor(handling.prior, device=device)} if handling.prior else {}
    return partial(globals()[method.loss], weights=weights, **own, **prior)


def mixed(loss: Loss, logits: Tensor, labels: Tensor, others: Tensor, share: float) -> Tensor:
    """Loss of the logits of  share * image + (1 - share) * other:  share * loss(labels) + (1 - share) * loss(others).

    Source:
        Zhang et al. 2018, "mixup", section 3, as its authors' code has it; equals cross-entropy with mixed targets.
    """
    return share * loss(logits, labels) + (1 - share) * loss(logits, others)


def _check(logits: Tensor, weights: Tensor) -> None:
    classes = logits.shape[1]
    if weights.shape != (classes,):
        raise ValueError(
            f"weights must be (C,) = ({classes},) to match logits, got {tuple(weights.shape)}; "
            "give one weight per class"
        )
    if not bool((weights >= 0).all()):
        raise ValueError(f"weights must be >= 0, got {weights.tolist()}; a negative weight rewards errors")
