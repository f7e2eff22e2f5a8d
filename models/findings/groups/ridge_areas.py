"""ROC areas of ridge regression out of fold, and what each image adds to them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from steelyard.models.data.carve import FOLDS, Groups, fold
from steelyard.models.statistics.areas import mean_areas

Coordinates = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]

SEEDS = 4
"""Divisions into folds that areas are means over."""

STRENGTHS = (0.01, 0.1, 1.0)
"""Of the penalty, as shares of the mean variance of an axis."""


@dataclass(frozen=True)
class Areas:
    """Areas of some images, of K classes the mean of each against the others.

    Attributes:
        by_seed: (S,) float64 in [0, 1].
        slopes: (n,) float64, what each image adds to their mean, less what those of its class and fold add on average.
    """

    by_seed: Values
    slopes: Values


def areas(coordinates: Coordinates, labels: Labels, groups: Groups) -> Areas:
    """Areas of the strength that is best on average over seeds.

    Args:
        coordinates: (n, r) float32.
        labels: (n,) int64 in [0, K), each there.
        groups: (n,) str, kept whole by folds; "" where an image stands alone.
    """
    x = torch.from_numpy(np.hstack([coordinates, np.ones((len(labels), 1), np.float32)]))
    values, slopes = np.zeros((len(STRENGTHS), SEEDS)), np.zeros((len(STRENGTHS), len(labels)))
    for seed in range(SEEDS):
        folds = _folds(labels, groups, np.random.default_rng(seed))
        scores = np.zeros((len(STRENGTHS), len(labels), int(labels.max()) + 1))
        for rows, of_fold in _scored(x, labels, folds):
            scores[:, rows] = of_fold
        for place, of_one in enumerate(scores):
            values[place, seed], added = _area(labels, of_one, folds)
            slopes[place] += added / SEEDS
    best = int(values.mean(axis=1).argmax())
    return Areas(values[best], slopes[best])


def _folds(labels: Labels, groups: Groups, rng: np.random.Generator) -> Labels:
    """(n,) int64 in [0, F), stratified, groups whole."""
    folds, grouped, order = np.empty(len(labels), np.int64), groups != "", rng.permutation(len(labels))
    if grouped.any():
        folds[grouped] = fold(np.flatnonzero(grouped), labels, groups, FOLDS, rng)
    # Images that stand alone are dealt: to weigh each of them takes seconds where they are thousands.
    alone = order[~grouped[order]]
    alone = alone[np.argsort(labels[alone], kind="stable")]
    folds[alone] = np.arange(len(alone)) % FOLDS
    return folds


def _scored(x: Tensor, labels: Labels, folds: Labels) -> Iterator[tuple[Labels, Values]]:
    """Rows of each fold and their (strengths, n, K) scores by heads that saw the others, classes of equal weight."""
    weights, own = torch.from_numpy((1 / np.bincount(labels))[labels]).float(), torch.from_numpy(labels)
    targets = torch.nn.functional.one_hot(own).float()
    places = [torch.from_numpy(np.flatnonzero(folds == number)) for number in range(folds.max() + 1)]
    # A head needs sums over images alone: those of the other folds are all of them less its own.
    sums = [(x[at] * weights[at, None]).T @ torch.hstack([x[at], targets[at]]) for at in places]
    by_fold = torch.stack(sums).double()
    heads = _heads(by_fold.sum(dim=0) - by_fold, x.shape[1])
    yield from ((at.numpy(), (x[at] @ of_fold).numpy()) for at, of_fold in zip(places, heads, strict=True))


def _heads(sums: Tensor, width: int) -> Tensor:
    """(F, strengths, width, K) float32 from the sums (F, width, width + K) of heads of F folds."""
    products, targets = sums[:, None, :, :width], sums[:, None, :, width:]
    free = torch.ones(width, dtype=sums.dtype)
    free[-1] = 0
    scales = (products.diagonal(dim1=-2, dim2=-1) * free).sum(dim=-1) / max(1, width - 1)
    penalties = scales[..., None] * torch.tensor(STRENGTHS, dtype=sums.dtype)[:, None] * free
    # All at once: where other processes take the cores, each call waits long for its threads.
    heads: Tensor = torch.linalg.solve(products + torch.diag_embed(penalties), targets)
    return heads.float()


def _area(labels: Labels, scores: Values, folds: Labels) -> tuple[float, Values]:
    """Mean over folds, since only scores of one head compare, and the slopes of images.

    A fold without a second class says nothing.
    """
    value, slopes, told = 0.0, np.zeros(len(labels)), 0
    for number in range(folds.max() + 1):
        rows = np.flatnonzero(folds == number)
        counts = np.bincount(labels[rows])
        if np.count_nonzero(counts) > 1:
            of_fold, added = mean_areas(labels[rows], scores[rows])["roc_auc"]
            value += len(rows) * of_fold
            slopes[rows] = len(rows) * added
            told += len(rows)
    return value / max(1, told), slopes / max(1, told)
