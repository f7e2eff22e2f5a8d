"""Weighted cross-entropy against torch, numpy and hand-computed values, and what it must be blind to."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from steelyard.models.handlings.losses import weighted_cross_entropy

LOGITS = torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 1.0], [-1.0, 2.0]], dtype=torch.float64)
LABELS = torch.tensor([0, 0, 1, 1])

Case = tuple[Tensor, Tensor, Tensor]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Logits (N, C), labels (N,) and weights (C,), float64."""
    count, classes = draw(st.integers(1, 9)), draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    logits, labels = 3 * rng.standard_normal((count, classes)), rng.integers(0, classes, count)
    weights = draw(st.lists(st.floats(0.01, 100), min_size=classes, max_size=classes))
    return torch.tensor(logits), torch.tensor(labels), torch.tensor(weights, dtype=torch.float64)


def value_and_gradient(logits: Tensor, labels: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    leaf = logits.clone().requires_grad_()
    loss = weighted_cross_entropy(leaf, labels, weights)
    (gradient,) = torch.autograd.grad(loss, leaf)
    return loss.detach(), gradient


@given(cases())
def test_the_loss_equals_torch_and_the_formula(case: Case) -> None:
    logits, labels, weights = case
    loss = weighted_cross_entropy(logits, labels, weights)
    torch.testing.assert_close(loss, torch.nn.CrossEntropyLoss(weight=weights)(logits, labels))
    z, y, w = logits.numpy(), labels.numpy(), weights.numpy()
    nll = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]
    assert float(loss) == pytest.approx((w[y] * nll).sum() / w[y].sum())


def test_the_loss_equals_hand_computed_values() -> None:
    weights = torch.tensor([0.15, 0.85], dtype=torch.float64)
    assert float(weighted_cross_entropy(LOGITS, LABELS, weights)) == pytest.approx(0.4232514036, abs=1e-9)
    per_item = [0.126928, 1.3132617, 0.6931472, 0.0485874]
    even = torch.ones(2, dtype=torch.float64)
    assert float(weighted_cross_entropy(LOGITS, LABELS, even)) == pytest.approx(np.mean(per_item), abs=1e-6)


def test_the_loss_equals_the_value_of_pytorch_issue_25571() -> None:
    logits = torch.tensor([[0.2, 0.3, 0.5], [0.5, 0.2, 0.3]])
    loss = weighted_cross_entropy(logits, torch.tensor([2, 1]), torch.tensor([2.0, 4.0, 6.0]))
    assert float(loss) == pytest.approx(1.0598, abs=5e-5)


@given(cases(), st.floats(0.01, 100))
def test_scaling_the_weights_changes_neither_loss_nor_gradient(case: Case, factor: float) -> None:
    logits, labels, weights = case
    torch.testing.assert_close(value_and_gradient(logits, labels, factor * weights), value_and_gradient(*case))


@given(cases(), st.floats(0.01, 100))
def test_equal_weights_are_no_weights(case: Case, weight: float) -> None:
    logits, labels, weights = case
    plain = logits.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(plain, labels)
    (gradient,) = torch.autograd.grad(loss, plain)
    torch.testing.assert_close(
        value_and_gradient(logits, labels, torch.full_like(weights, weight)), (loss.detach(), gradient)
    )


@given(cases())
def test_weights_of_whole_numbers_are_repeats(case: Case) -> None:
    logits, labels, weights = case
    whole = torch.arange(1, len(weights) + 1)
    again = torch.arange(len(labels)).repeat_interleave(whole[labels])
    repeated = torch.nn.functional.cross_entropy(logits[again], labels[again])
    torch.testing.assert_close(weighted_cross_entropy(logits, labels, whole.double()), repeated)


def test_weights_of_another_length_are_refused() -> None:
    told = r"^weights must be \(C,\) = \(2,\) to match logits, got \(3,\); give one weight per class$"
    with pytest.raises(ValueError, match=told):
        weighted_cross_entropy(LOGITS, LABELS, torch.ones(3, dtype=torch.float64))


@pytest.mark.parametrize("weights", [[-1.0, 2.0], [float("nan"), 1.0]])
def test_weights_that_are_negative_or_no_numbers_are_refused(weights: list[float]) -> None:
    told = r"^weights must be >= 0, got \[.*\]; a negative weight rewards errors$"
    with pytest.raises(ValueError, match=told):
        weighted_cross_entropy(LOGITS, LABELS, torch.tensor(weights, dtype=torch.float64))


def test_a_weight_of_zero_leaves_its_class_out_and_is_nan_where_no_other_image_is_there() -> None:
    weights = torch.tensor([0.0, 1.0], dtype=torch.float64)
    of_positives = torch.nn.functional.cross_entropy(LOGITS[2:], LABELS[2:])
    torch.testing.assert_close(weighted_cross_entropy(LOGITS, LABELS, weights), of_positives)
    assert bool(weighted_cross_entropy(LOGITS[:2], LABELS[:2], weights).isnan())
