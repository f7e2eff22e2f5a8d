"""A paired bootstrap: every trial is judged again on the same resampled images."""

import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from steelyard.models.metrics.areas import AREAS
from steelyard.models.statistics.areas import Ordered
from steelyard.models.statistics.dealing import Groups, Weights, deal
from steelyard.models.statistics.resampled_rates import (
    Classes,
    Counted,
    Counts,
    Found,
    Turns,
    Values,
    and_without,
    rates,
    ratio,
)
from steelyard.models.statistics.sampled import Sampled

SAMPLES = 2000
"""Bootstrap samples of the images, B."""

ENOUGH = 500
"""Samples that tell a variance to 6 %, where they are costly and no quantile is taken."""

CHUNK = 2_000_000
"""Weights drawn at once, images x samples: 8 MB, which stays near the cache."""


def draws(size: int, samples: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """How often each of ``size`` images is in each of ``samples`` samples with replacement: (size, samples) float32."""
    drawn = rng.integers(0, size, (size, samples)) * samples + np.arange(samples)
    return np.bincount(drawn.ravel(), minlength=size * samples).reshape(size, samples).astype(np.float32)


def chunks(
    labels: npt.NDArray[np.integer], samples: int, seed: int, groups: Groups | None = None
) -> Iterator[tuple[Weights, Weights]]:
    """How often each positive, and each negative, is in each sample, in bounded pieces.

    Args:
        labels: (n,) int in {0, 1}, both present.
        samples: B, of all pieces together.
        seed: of the draws; the same seed draws the same samples.
        groups: (n,) code in [0, G) of the group of each image; groups are then drawn whole, and samples without one of
            the classes are drawn again. None where each image stands alone, and each class is drawn alone.

    Yields:
        (p, b) and (q, b) float32.
    """
    rng = np.random.default_rng(seed)
    positives, negatives = (np.flatnonzero(labels == label) for label in (1, 0))
    at_once = max(1, CHUNK // len(labels))
    for start in range(0, samples, at_once):
        here = min(at_once, samples - start)
        if groups is None:
            yield draws(len(positives), here, rng), draws(len(negatives), here, rng)
        else:
            yield _whole(groups[positives], groups[negatives], here, rng)


def _whole(positives: Groups, negatives: Groups, samples: int, rng: np.random.Generator) -> tuple[Weights, Weights]:
    size = int(max(positives.max(), negatives.max())) + 1
    drawn = draws(size, samples, rng)
    while (empty := (drawn[positives].sum(axis=0) == 0) | (drawn[negatives].sum(axis=0) == 0)).any():
        drawn[:, empty] = draws(size, int(empty.sum()), rng)
    return drawn[positives], drawn[negatives]


def bootstrap(
    labels: npt.NDArray[np.integer],
    scores: npt.NDArray[np.floating],
    called: Mapping[str, npt.NDArray[np.bool_]],
    prevalence: float | None = None,
    samples: int = SAMPLES,
    seed: int = 0,
    groups: Groups | None = None,
    folds: Groups | None = None,
    again: Mapping[str, Counts] = MappingProxyType({}),
    alike: bool = False,
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
        folds: (n,) code of the fold of each image, over which areas are averaged, since each has scores on a scale of
            its own; those of folds that lack a class are left out. All images are then drawn together, whatever their
            class. None where all scores are of one network.
        alike: whether groups are but near-copies, and do not differ in their share of positives as others do.
        again: place -> what counts the calls of each fold, where a sample decides anew; its images are then dealt out
            to the folds anew too. What such a place calls without that, on the images themselves, is in ``called``, or
            as it decides on them.

    Returns:
        ``roc_auc`` and ``average_precision`` where there are scores; of each place ``<place>/recall``,
        ``<place>/false_positive_rate`` and ``<place>/share``, (1,) and (B, 1): the share of positives, which differs
        between samples in folds and where groups are drawn, as it does between other images and groups.

    Source:
        Efron & Tibshirani 1993, chapter 8, without folds with one stratum per class: recall, false-positive rate and
        ROC area are defined within the classes, whose sizes are the design's. Groups: Obuchowski 1997, "Nonparametric
        analysis of clustered ROC curve data", has the variance that drawing groups whole estimates.
    """
    positive, share = labels == 1, float(np.mean(labels == 1)) if prevalence is None else prevalence
    turns = _turns(positive, folds)
    folded, rng = len(turns) > 1, np.random.default_rng([seed, len(turns)])
    trials = [[Ordered.of(row[positive][found], row[~positive][others]) for found, others in turns] for row in scores]
    by_class = {place: (rows.T[positive], rows.T[~positive]) for place, rows in called.items()}
    own = {place: calls for place, calls in by_class.items() if place not in again}
    free, sizes = folded or not (groups is None or alike), (int(positive.sum()), int((~positive).sum()))

    def found(weights: tuple[Weights, Weights], calls: Mapping[str, Classes], anew: dict[str, Counted]) -> Found:
        counted = {place: Counted.of(turns, weights, classes) for place, classes in calls.items()} | anew
        return _areas(trials, turns, *weights, share) | rates(counted, sizes, free)

    as_they_are = [np.flatnonzero(folds == fold)[None] for fold in np.unique(folds)] if folds is not None else []
    once = {place: Counted.dealt(labels, as_they_are, of) for place, of in again.items() if place not in called}
    whole = found((np.ones((sizes[0], 1)), np.ones((sizes[1], 1))), by_class, once)
    units, pieces = np.arange(len(labels)) if folded and groups is None else groups, []
    for weights in chunks(labels, samples, seed, units):
        dealt = deal(labels, weights, groups, len(turns), rng) if again else []
        pieces.append(found(weights, own, {place: Counted.dealt(labels, dealt, of) for place, of in again.items()}))
    # A piece is given up as it is joined: of hundreds of trials they are large.
    wider = _wider(min(sizes) if groups is None else len(np.unique(groups)), len(turns))
    return {
        name: _sampled(value[0], np.concatenate([piece.pop(name) for piece in pieces]), folded, wider.get(name, 1.0))
        for name, value in whole.items()
    }


def _wider(drawn: int, folds: int) -> dict[str, float]:
    """By how much what is measured in each of F folds alone deviates more than n draws in all of them say."""
    return dict.fromkeys(AREAS, math.sqrt(drawn / max(1, drawn - folds)) if folds > 1 else 1.0)


def _sampled(value: Values, replicates: Values, folded: bool, wider: float) -> Sampled:
    """From (1 + F, T) and (B, 1 + F, T): of all folds, then without each; F is 0 where there are none."""
    replicates = value + wider * (replicates - value) if wider != 1 else replicates
    without = Sampled(value[1:], replicates[:, 1:]) if folded else None
    return Sampled(value[0], replicates[:, 0], without)


def _turns(positive: npt.NDArray[np.bool_], folds: Groups | None) -> Turns:
    """The positives and the negatives of each fold, by their place among all of their class."""
    if folds is None:
        return [(np.arange(int(positive.sum())), np.arange(int((~positive).sum())))]
    own, rest = folds[positive], folds[~positive]
    return [(np.flatnonzero(own == fold), np.flatnonzero(rest == fold)) for fold in np.unique(folds)]


def _areas(
    trials: list[list[Ordered]],
    turns: Turns,
    positives: Weights,
    negatives: Weights,
    prevalence: float,
) -> dict[str, Values]:
    """(b, 1 + F, T) of each area, for b samples; a fold of which a sample lacks a class does not count in it."""
    if not trials:
        return {}
    each = {name: np.zeros((positives.shape[1], len(turns), len(trials))) for name in AREAS}
    there = np.zeros((positives.shape[1], len(turns), 1))
    for turn, (own, rest) in enumerate(turns):
        hits, misfires = _scaled(positives[own]), _scaled(negatives[rest])
        held = (hits.sum(axis=0) > 0) & (misfires.sum(axis=0) > 0)
        there[:, turn, 0] = held
        for column, of_turns in enumerate(trials if len(own) and len(rest) else ()):
            for name, area in zip(AREAS, of_turns[turn].areas(hits, misfires, prevalence), strict=True):
                each[name][:, turn, column] = np.where(held, area, 0.0)
    return {name: ratio(and_without(areas), and_without(there)) for name, areas in each.items()}


def _scaled(weights: Weights) -> Weights:
    """Columns that sum to the number of images, where they sum to anything."""
    sums = weights.sum(axis=0, dtype=np.float64)
    if (sums == len(weights)).all():
        return weights
    scaled: Weights = weights * np.divide(len(weights), sums, out=np.zeros_like(sums), where=sums > 0)
    return scaled
