"""Principal axes of train's features against numpy's decomposition, and that no way of reading them plays a part."""

import numpy as np
import numpy.typing as npt
import pytest
import torch
from heads import basis_of, features_of

from steelyard.models.train import principal_axes as module
from steelyard.models.train.head import Head
from steelyard.models.train.principal_axes import alike, axes_of, turned

Features = npt.NDArray[np.float32]


def sample(count: int, width: int) -> tuple[Features, npt.NDArray[np.int64]]:
    """Features of twice as many images as there are in train, and its rows."""
    labels = np.arange(2 * count) % 2
    return features_of(labels, width), np.random.default_rng(0).permutation(2 * count)[:count]


def standardised(features: Features, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    train = features[rows].astype(np.float64)
    return (train - train.mean(axis=0)) / train.std(axis=0)


SHAPES = pytest.mark.parametrize(("count", "width"), [(60, 12), (12, 60), (40, 40), (2, 5)])


@SHAPES
def test_axes_are_orthonormal_and_hold_all_of_the_standardised_rows(count: int, width: int) -> None:
    features, rows = sample(count, width)
    found, standard = axes_of(features, rows), standardised(features, rows)
    axes = found.axes.double().numpy()
    np.testing.assert_allclose(axes.T @ axes, np.eye(axes.shape[1]), atol=1e-4)
    np.testing.assert_allclose(standard @ axes @ axes.T, standard, atol=2e-3)
    assert axes.shape == (width, min(width, count - 1))
    np.testing.assert_allclose(found.mean.numpy(), features[rows].mean(axis=0), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found.scale.numpy(), features[rows].astype(np.float64).std(axis=0), rtol=1e-5)


@SHAPES
def test_variances_are_those_of_numpys_singular_values_the_largest_first(count: int, width: int) -> None:
    features, rows = sample(count, width)
    found = axes_of(features, rows)
    expected = np.linalg.svd(standardised(features, rows), compute_uv=False) ** 2 / count
    np.testing.assert_allclose(found.variances.numpy(), expected[: len(found.variances)], rtol=1e-3, atol=1e-5)
    along = torch.cat(list(turned(features, rows, found))).numpy()
    np.testing.assert_allclose(along.var(axis=0), found.variances.numpy(), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("count", "width"), [(60, 12), (12, 60)])
def test_features_that_are_read_in_parts_give_the_same_axes(
    count: int, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    features, rows = sample(count, width)
    whole, along = axes_of(features, rows), torch.cat(list(turned(features, rows, axes_of(features, rows))))
    monkeypatch.setattr(module, "AT_ONCE", 7)
    parts = axes_of(features, rows)
    for name in ("mean", "scale", "variances"):
        torch.testing.assert_close(getattr(parts, name), getattr(whole, name), rtol=1e-4, atol=1e-5)
    # An axis has no direction.
    torch.testing.assert_close(
        (parts.axes * whole.axes).sum(0).abs(), torch.ones(len(whole.variances)), atol=1e-3, rtol=0
    )
    again = torch.cat(list(turned(features, rows, whole)))
    torch.testing.assert_close(again, along, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("value", [0.0, 3.0, 1e6])
@pytest.mark.parametrize(("count", "width"), [(60, 12), (12, 60)])
def test_constant_features_have_no_part_in_any_axis(count: int, width: int, value: float) -> None:
    features, rows = sample(count, width)
    dull = features.copy()
    dull[rows, 3] = value
    found = axes_of(dull, rows)
    assert float(found.scale[3]) == 1
    assert float(found.axes[3].abs().max()) < 1e-5
    others = np.delete(np.arange(width), 3)
    assert float(found.variances.sum()) == pytest.approx(width - 1, rel=1e-3)
    expected = axes_of(features[:, others], rows)
    torch.testing.assert_close(found.variances, expected.variances, rtol=1e-3, atol=1e-4)


def test_a_feature_far_from_zero_keeps_its_variance() -> None:
    features, rows = sample(60, 12)
    far = features.astype(np.float64)
    far[:, 0] = far[:, 0] / far[rows, 0].std() + 1e4
    found = axes_of(far.astype(np.float32), rows)
    assert float(found.scale[0]) == pytest.approx(1, rel=1e-2)


def test_a_basis_of_fewer_axes_keeps_those_of_the_largest_variances() -> None:
    labels = np.arange(80) % 2
    whole = basis_of(features_of(labels), np.arange(80), labels)
    few = whole.leading(4)
    assert whole.leading(12) is whole
    assert torch.equal(few.turned, whole.turned[:, :4]) and torch.equal(few.axes.variances, whole.axes.variances[:4])
    assert few.axes.axes.shape == (12, 4) and torch.equal(few.labels, whole.labels)


def test_a_head_that_takes_a_solution_along_the_axes_says_the_same_of_features_as_they_come() -> None:
    labels = np.arange(80) % 3
    features = features_of(labels)
    basis = basis_of(features, np.arange(80), labels)
    weights, biases = torch.randn(12, 3, generator=torch.Generator().manual_seed(0)), torch.tensor([1.0, 0.0, -1.0])
    head = Head(basis, 3, strength=1.0)
    head.take(weights, biases)
    logits = head(torch.from_numpy(features)).detach()
    torch.testing.assert_close(logits, basis.turned @ weights + biases, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("count", [60, 8])
def test_groups_of_features_of_any_width_have_as_much_variance_each(count: int) -> None:
    widths, (features, rows) = (2, 7, 3), sample(count, 12)
    found, plain = axes_of(features, rows, widths), axes_of(features, rows)
    assert float(found.variances.sum()) == pytest.approx(12, rel=1e-3)
    standard = (torch.from_numpy(features[rows]) - found.mean) / found.scale
    assert [float(part.var(dim=0, correction=0).sum()) for part in standard.split(widths, dim=1)] == pytest.approx(
        [4, 4, 4], rel=1e-3
    )
    torch.testing.assert_close(found.scale * alike(widths), plain.scale)
    torch.testing.assert_close(standard @ found.axes @ found.axes.T, standard, atol=2e-3, rtol=0)


def test_groups_of_equal_width_change_nothing() -> None:
    assert torch.equal(alike((5, 5, 5)), torch.ones(15)) and torch.equal(alike((15,)), torch.ones(15))
