"""Features of train in coordinates in which a linear head is found in few steps: standardised, along principal axes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

AT_ONCE = 4096
"""Rows that are read at a time: features are a memory map that may be larger than memory."""

LEAST = 1e-7
"""Share of the largest variance below which an axis is left out: float32 knows nothing of it."""


class Axes(NamedTuple):
    """What turns features into coordinates.

    Attributes:
        mean: (D,) float32 of train.
        scale: (D,) float32, standard deviation of train, 1 for a feature that is constant there; divided by what
            makes layers alike (``alike``).
        axes: (D, r) float32, orthonormal columns, the largest variance first.
        variances: (r,) float32, of train along each axis.
    """

    mean: Tensor
    scale: Tensor
    axes: Tensor
    variances: Tensor


@dataclass(frozen=True)
class Basis:
    """Train as a solver sees it.

    Attributes:
        axes: that its features were turned to.
        turned: (n, r) float32, train in these coordinates.
        rows: (n,) int64, of the features; on the CPU.
        labels: (n,) int64 in [0, K).
        folds: (n,) int64, part of train that each image is in when the penalty is chosen; groups are whole.
    """

    axes: Axes
    turned: Tensor
    rows: Tensor
    labels: Tensor
    folds: Tensor

    def leading(self, count: int) -> Self:
        """The same on the axes of the largest variances alone."""
        if len(self.axes.variances) <= count:
            return self
        axes = self.axes._replace(axes=self.axes.axes[:, :count], variances=self.axes.variances[:count])
        return replace(self, axes=axes, turned=self.turned[:, :count].contiguous())


def axes_of(features: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], widths: Sequence[int] = ()) -> Axes:
    """Mean, scale and principal axes of some rows, read a part at a time.

    Args:
        features: (N, D) float32.
        rows: (n,) int64, of train.
        widths: features of each group that counts as much as each other; none for one group.
    """
    mean, scale = _standard(features, rows)
    scale = scale / alike(widths or (features.shape[1],))
    few = len(rows) < features.shape[1]
    if few:
        # The axes lie in the span of the rows: their inner products are the smaller matrix.
        standard = torch.cat(list(_standardised(features, rows, mean, scale)))
        products = standard @ standard.T / len(rows)
    else:
        parts = _standardised(features, rows, mean, scale)
        products = _summed(parts, lambda part: part.T @ part) / len(rows)
    variances, vectors = torch.linalg.eigh(products)
    kept = variances > LEAST * variances[-1]
    variances, vectors = variances[kept].flip(0), vectors[:, kept].flip(1)
    axes = standard.T @ vectors / (len(rows) * variances).sqrt() if few else vectors
    return Axes(mean, scale, axes.contiguous(), variances)


def alike(widths: Sequence[int]) -> Tensor:
    """(D,) factors by which G groups of features of any width w have the same variance in all:  sqrt(D / (G w)).

    A deep layer has ten times the features of an early one, and would have ten times its say.
    """
    total = sum(widths)
    return torch.cat([torch.full((width,), (total / (len(widths) * width)) ** 0.5) for width in widths])


def turned(features: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], axes: Axes) -> Iterator[Tensor]:
    """Some rows along the axes, (m, r) float32 a part at a time."""
    yield from (part @ axes.axes for part in _standardised(features, rows, axes.mean, axes.scale))


def _standard(features: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    # In float64, and about a first guess of the mean: a square of it would drown the variance.
    guess = torch.from_numpy(features[rows[:1]]).double()
    off = _summed(_parts(features, rows), lambda part: (part - guess).sum(dim=0)) / len(rows)
    variance = _summed(_parts(features, rows), lambda part: (part - guess - off).square().sum(dim=0)) / len(rows)
    scale, mean = variance.sqrt(), guess[0] + off
    constant = scale <= 1e-6 * mean.abs() + 1e-12
    return mean.float(), torch.where(constant, torch.ones_like(scale), scale).float()


def _parts(features: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]) -> Iterator[Tensor]:
    for start in range(0, len(rows), AT_ONCE):
        yield torch.from_numpy(np.asarray(features[rows[start : start + AT_ONCE]]))


def _standardised(
    features: npt.NDArray[np.float32], rows: npt.NDArray[np.int64], mean: Tensor, scale: Tensor
) -> Iterator[Tensor]:
    yield from ((part - mean) / scale for part in _parts(features, rows))


def _summed(parts: Iterator[Tensor], of: Callable[[Tensor], Tensor]) -> Tensor:
    total = of(next(parts))
    for part in parts:
        total += of(part)
    return total
