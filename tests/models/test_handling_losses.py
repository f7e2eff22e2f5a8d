"""Focal loss, logit adjustment and mixup against torch, torchvision, closed forms and the golden values."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torchvision.ops import sigmoid_focal_loss

from steelyard.models.handlings.losses import Loss, focal, logit_adjusted, mixed, weighted_cross_entropy

LOGITS = torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 1.0], [-1.0, 2.0]], dtype=torch.float64)
LABELS = torch.tensor([0, 0, 1, 1])
EVEN = torch.tensor([0.5, 0.5], dtype=torch.float64)
HEAVY = torch.tensor([0.15, 0.85], dtype=torch.float64)

Batch = tuple[Tensor, Tensor]


@st.composite
def batches(draw: st.DrawFn, classes: int = 2) -> Batch:
    """Logits (N, C) float64 and labels (N,)."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 9))
    return torch.tensor(3 * rng.standard_normal((count, classes))), torch.tensor(rng.integers(0, classes, count))


def value_and_gradient(loss: Loss, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    leaf = logits.clone().requires_grad_()
    value = loss(leaf, labels)
    return value.detach(), torch.autograd.grad(value, leaf)[0]


@given(batches(), st.floats(0.05, 0.95))
def test_neutral_values_leave_weighted_cross_entropy_and_its_gradient(batch: Batch, positive: float) -> None:
    weights = torch.tensor([1 - positive, positive], dtype=torch.float64)
    expected = value_and_gradient(lambda z, y: F.cross_entropy(z, y, weight=weights), *batch)
    neutral: list[Loss] = [
        lambda z, y: weighted_cross_entropy(z, y, weights),
        lambda z, y: focal(z, y, weights, 0.0),
        lambda z, y: logit_adjusted(z, y, weights, HEAVY, 0.0),
        lambda z, y: logit_adjusted(z, y, weights, EVEN, 3.0),
        lambda z, y: mixed(lambda a, b: weighted_cross_entropy(a, b, weights), z, y, y, 0.3),
        lambda z, y: mixed(lambda a, b: weighted_cross_entropy(a, b, weights), z, y, 1 - y, 1.0),
    ]
    for loss in neutral:
        torch.testing.assert_close(value_and_gradient(loss, *batch), expected)


@given(batches(), st.floats(0.01, 100), st.floats(0, 5))
def test_scaling_the_weights_changes_neither_loss_nor_gradient(batch: Batch, scale: float, strength: float) -> None:
    for loss in (
        lambda w: lambda z, y: focal(z, y, w, strength),
        lambda w: lambda z, y: logit_adjusted(z, y, w, HEAVY, strength),
    ):
        torch.testing.assert_close(
            value_and_gradient(loss(scale * HEAVY), *batch), value_and_gradient(loss(HEAVY), *batch)
        )


FOCAL_OF = (-2.0, -0.5, 0.0, 1.0, 3.0)
FOCAL_GOLDEN = {
    1: (0.41251954, 0.0943529, 0.0433217, 0.00566451, 0.00002732),
    0: (0.00135267, 0.05068012, 0.12996511, 0.52640123, 2.07471033),
}
"""Sigmoid focal loss at alpha 0.25 and gamma 2."""


@pytest.mark.parametrize("label", [0, 1])
def test_focal_on_two_logits_is_the_sigmoid_focal_loss_of_their_difference(label: int) -> None:
    x, y = torch.tensor(FOCAL_OF, dtype=torch.float64), torch.full((5,), label)
    theirs = sigmoid_focal_loss(x, y.double(), alpha=0.25, gamma=2)
    assert theirs.tolist() == pytest.approx(FOCAL_GOLDEN[label], abs=5e-8)
    logits = torch.stack([torch.zeros_like(x), x], dim=1)
    ours = torch.stack([focal(logits[[i]], y[[i]], EVEN, 2.0) for i in range(5)])
    alpha = 0.25 if label else 0.75
    torch.testing.assert_close(alpha * ours, theirs)
    torch.testing.assert_close(ours, sigmoid_focal_loss(x, y.double(), alpha=-1, gamma=2))


@given(batches(), st.floats(0.05, 0.95), st.floats(0, 6))
def test_weighted_focal_is_torchvisions_up_to_the_mean_that_the_weights_divide(
    batch: Batch, alpha: float, gamma: float
) -> None:
    x, labels = batch[0][:, 0], batch[1]
    logits, weights = torch.stack([torch.zeros_like(x), x], dim=1), torch.tensor([1 - alpha, alpha]).double()
    theirs = sigmoid_focal_loss(x, labels.double(), alpha=alpha, gamma=gamma, reduction="sum")
    torch.testing.assert_close(focal(logits, labels, weights, gamma) * weights[labels].sum(), theirs)


def test_weighted_focal_takes_the_probability_before_the_weights() -> None:
    p = LOGITS.softmax(dim=1).numpy()[range(4), LABELS]
    w = HEAVY.numpy()[LABELS]
    assert float(focal(LOGITS, LABELS, HEAVY, 2.0)) == pytest.approx((w * (1 - p) ** 2 * -np.log(p)).sum() / w.sum())
    weighed = w * -np.log(p)
    trap = ((1 - np.exp(-weighed)) ** 2 * weighed).sum() / w.sum()
    assert abs(trap - float(focal(LOGITS, LABELS, HEAVY, 2.0))) > 0.01


@pytest.mark.parametrize("gamma", [0.1, 0.5, 1.0, 2.0])
def test_focal_has_a_finite_gradient_where_the_network_is_certain(gamma: float) -> None:
    logits = torch.tensor([[200.0, 0.0], [0.0, 200.0], [20.0, 0.0]])
    value, gradient = value_and_gradient(lambda z, y: focal(z, y, EVEN.float(), gamma), logits, torch.tensor([0, 0, 0]))
    assert bool(torch.isfinite(value)) and bool(torch.isfinite(gradient).all())


def test_the_logit_adjusted_loss_equals_its_golden_value() -> None:
    prior = torch.tensor([0.8, 0.2], dtype=torch.float64)
    assert float(logit_adjusted(LOGITS, LABELS, EVEN, prior, 1.0)) == pytest.approx(0.5857153935, abs=1e-10)


@given(batches(classes=3), st.tuples(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 5000)))
def test_at_tau_1_the_logit_adjusted_loss_is_balanced_softmax_with_counts(
    batch: Batch, counts: tuple[int, int, int]
) -> None:
    n, (z, y) = np.array(counts, dtype=float), (batch[0].numpy(), batch[1].numpy())
    # Ren et al. 2020, "Balanced meta-softmax", eq. 3.
    p = n * np.exp(z) / (n * np.exp(z)).sum(axis=1, keepdims=True)
    prior = torch.from_numpy(n / n.sum())
    ours = logit_adjusted(*batch, torch.ones(3, dtype=torch.float64), prior, 1.0)
    assert float(ours) == pytest.approx(-np.log(p[np.arange(len(y)), y]).mean())


@given(batches(), st.integers(0, 2**32), st.floats(0, 1))
def test_mixup_is_cross_entropy_with_mixed_targets(batch: Batch, seed: int, share: float) -> None:
    logits, labels = batch
    others = labels[torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))]
    targets = share * F.one_hot(labels, 2).double() + (1 - share) * F.one_hot(others, 2).double()
    ours = value_and_gradient(lambda z, y: mixed(F.cross_entropy, z, y, others, share), logits, labels)
    torch.testing.assert_close(ours, value_and_gradient(lambda z, y: F.cross_entropy(z, targets), logits, labels))


@pytest.mark.parametrize("weights", [torch.ones(3), torch.tensor([-1.0, 2.0])])
def test_every_loss_refuses_weights_that_do_not_fit(weights: Tensor) -> None:
    losses: list[Loss] = [
        lambda z, y: focal(z, y, weights, 2.0),
        lambda z, y: logit_adjusted(z, y, weights, EVEN, 1.0),
    ]
    for loss in losses:
        with pytest.raises(ValueError, match=r"^weights must be "):
            loss(LOGITS, LABELS)
