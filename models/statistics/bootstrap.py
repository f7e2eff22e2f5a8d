"""A paired, stratified bootstrap: every trial is judged again on the same resampled images."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np
import numpy.typing as npt

from steelyard.models.statistics.areas import AREAS, Ordered

SAMPLES = 2000
"""Bootstrap samples of the images, B."""

CHUNK = 2_000_000
"""Weights drawn at once, images x samples: 8 MB, which stays near the cache."""

RATES = ("recall", "false_positive_rate")

Weights = npt.NDArray[np.floating]
Groups = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sampled:
    """A metric of some trials, on the images and on bootstrap samples of them.

    Attributes:
        value: (T,) float64, on the images themselves.
        replicates: (B, T) float64; row b is of the same sample for every trial.
    """

    value: Values
    replicates: Values

    def of(self, columns: npt.NDArray[np.int64]) -> Self:
        """Of some of the trials, by their place."""
        return type(self)(self.value[columns], self.replicates[:, columns])

    def __sub__(self, other: Self) -> Self:
        """Trial by trial, sample by sample."""
        return type(self)(self.value - other.value, self.replicates - other.replicates)


def draws(size: int, samples: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """How often each of ``size`` images is in each of ``samples`` samples with replacement: (size, samples) float32."""
    drawn = rng.integers(0, size, (size, samples)) * samples + np.arange(samples)
    return np.bincount(drawn.ravel(), minlength=size * samples).reshape(size, samples).astype(np.float32)


def chunks(
    labels: npt.NDArray[np.integer], samples: int, seed: int, groups: Groups | None = None
) -> Iterator[tuple[Weights, Weights]]:
    """Weights of the positives and the negatives, in bounded pieces; each class keeps its number of images.

    Args:
        labels: (n,) int in {0, 1}, both present.
        samples: B, of all pieces together.
        seed: of the draws; the same seed draws the same samples.
        groups: (n,) code in [0, G) of the group of each image; groups are then drawn whole, and the weights of each
            class scaled to its number of images. None where each image stands alone, and each class is drawn alone.

    Yields:
        (p, b) and (q, b) float.
    """
    yield from ((positives, negatives) for positives, negatives, _ in _drawn(labels, samples, seed, groups))


def _drawn(
    labels: npt.NDArray[np.integer], samples: int, seed: int, groups: Groups | None
) -> Iterator[tuple[Weights, Weights, Values]]:
    """As ``chunks``, and (b,) the share of positives in each sample before its weights are scaled."""
    rng = np.random.default_rng(seed)
    positives, negatives = (np.flatnonzero(labels == label) for label in (1, 0))
    at_once = max(1, CHUNK // len(labels))
    for start in range(0, samples, at_once):
        here = min(at_once, samples - start)
        if groups is None:
            share = np.full(here, len(positives) / len(labels))
            yield draws(len(positives), here, rng), draws(len(negatives), here, rng), share
        else:
            yield _whole(groups[positives], groups[negatives], here, rng)


def _whole(
    positives: Groups, negatives: Groups, samples: int, rng: np.random.Generator
) -> tuple[Weights, Weights, Values]:
    """Weights of images whose groups are drawn; samples without one of the classes are drawn again."""
    size = int(max(positives.max(), negatives.max())) + 1
    drawn = draws(size, samples, rng).astype(np.float64)
    while (empty := (drawn[positives].sum(axis=0) == 0) | (drawn[negatives].sum(axis=0) == 0)).any():
        drawn[:, empty] = draws(size, int(empty.sum()), rng)
    found, others = drawn[positives], drawn[negatives]
    images, of_others = found.sum(axis=0), others.sum(axis=0)
    return found * (len(found) / images), others * (len(others) / of_others), images / (images + of_others)


def bootstrap(
    labels: npt.NDArray[np.integer],
    scores: npt.NDArray[np.floating],
    called: Mapping[str, npt.NDArray[np.bool_]],
    prevalence: float | None = None,
    samples: int = SAMPLES,
    seed: int = 0,
    groups: Groups | None = None,
) -> dict[str, Sampled]:
    """The areas and the rates of every trial, on the images and on the same bootstrap samples of them.

    Args:
        labels: (n,) int in {0, 1}, both present.
        scores: (T, n) float, probability of the positive; a row per trial. (0, n) where no area is wanted.
        called: place, such as argmax or the operating point -> (T, n) bool, which images each trial calls positive
            there.
        prevalence: share of positives that the average precision is for; None for the images' own.
        samples: B.
        seed: of the draws.
        groups: (n,) code of the group of each image, drawn whole; None where each image stands alone.

    Returns:
        ``roc_auc`` and ``average_precision`` where there are scores, ``<place>/recall`` and
        ``<place>/false_positive_rate`` of each place, and ``share``, (1,) and (B, 1): the share of positives, which
        differs between samples where groups are drawn, as it does between other groups.

    Source:
        Efron & Tibshirani 1993, chapter 8, with one stratum per class: recall, false-positive rate and ROC area are
        defined within the classes, whose sizes are the design's. Groups: Obuchowski 1997, "Nonparametric analysis of
        clustered ROC curve data", has the variance that drawing groups whole estimates.
    """
    positive, share = labels == 1, float(np.mean(labels == 1)) if prevalence is None else prevalence
    trials = [Ordered.of(row[positive], row[~positive]) for row in scores]
    sizes = int(positive.sum()), int((~positive).sum())
    whole = np.ones((sizes[0], 1)), np.ones((sizes[1], 1)), np.array([sizes[0] / sum(sizes)])
    by_class = {place: (rows.T[positive], rows.T[~positive]) for place, rows in called.items()}
    drawn: Iterator[tuple[Weights, Weights, Values]] = chain([whole], _drawn(labels, samples, seed, groups))
    pieces = [_judge(trials, by_class, found, others, share) | {"share": own[:, None]} for found, others, own in drawn]
    # A piece is given up as it is joined: of hundreds of trials they are large.
    whole_of, rest = pieces[0], pieces[1:]
    return {
        name: Sampled(value[0], np.concatenate([piece.pop(name) for piece in rest])) for name, value in whole_of.items()
    }


def _judge(
    trials: list[Ordered],
    called: Mapping[str, tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]],
    positives: Weights,
    negatives: Weights,
    prevalence: float,
) -> dict[str, Values]:
    """(b, T) of each metric, for b samples."""
    areas = [trial.areas(positives, negatives, prevalence) for trial in trials]
    found = {name: np.stack([area[place] for area in areas], axis=1) for place, name in enumerate(AREAS) if areas}
    for place, classes in called.items():
        for name, weight, rows in zip(RATES, (positives, negatives), classes, strict=True):
            hits = weight.T @ rows.astype(weight.dtype)
            found[f"{place}/{name}"] = hits.astype(np.float64) / len(weight)
    return found
