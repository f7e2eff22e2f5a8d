"""A paired, stratified bootstrap: every trial is judged again on the same resampled images."""

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from steelyard.models.statistics.areas import AREAS, Ordered
from steelyard.models.statistics.sampled import Sampled

SAMPLES = 2000
"""Bootstrap samples of the images, B."""

ENOUGH = 500
"""Samples that tell a variance to 6 %, where they are costly and no quantile is taken."""

CHUNK = 2_000_000
"""Weights drawn at once, images x samples: 8 MB, which stays near the cache."""

NOTHING = 1e-9
"""What rounding leaves of a weight that is 0."""

RATES = ("recall", "false_positive_rate")

Weights = npt.NDArray[np.floating]
Groups = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
Calls = npt.NDArray[np.bool_]
Counts = Callable[[Weights, Weights], tuple[Values, Values]]
"""(p, b) and (q, b) weights -> (b, F, T) summed weights of the positives, and of the negatives, that are called."""


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
            its own; those of folds that lack a class are left out. None where all scores are of one network.
        alike: whether groups are but near-copies, and do not differ in their share of positives as others do.
        again: place -> what counts the calls of each fold under the weights of a sample, where a sample decides anew.

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
    turns = _turns(positive, folds)
    trials = [[Ordered.of(row[positive][found], row[~positive][others]) for found, others in turns] for row in scores]
    sizes = int(positive.sum()), int((~positive).sum())
    whole = np.ones((sizes[0], 1)), np.ones((sizes[1], 1)), np.array([sizes[0] / sum(sizes)])
    by_class = {place: (rows.T[positive], rows.T[~positive]) for place, rows in called.items()}
    drawn: Iterator[tuple[Weights, Weights, Values]] = chain([whole], _drawn(labels, samples, seed, groups))
    pieces = [
        _areas(trials, turns, found, others, share)
        | _rates(by_class, again, turns, found, others)
        | _share(turns, found, others, whole[2] if alike else own, groups is not None and not alike)
        for found, others, own in drawn
    ]
    # A piece is given up as it is joined: of hundreds of trials they are large.
    whole_of, rest = pieces[0], pieces[1:]
    free = min(sizes) if groups is None else len(np.unique(groups))
    folded = len(turns) > 1
    wider = math.sqrt(free / max(1, free - len(turns))) if folded else 1.0
    return {
        name: _sampled(
            value[0],
            np.concatenate([piece.pop(name) for piece in rest]),
            folded,
            wider if name in AREAS else 1.0,
        )
        for name, value in whole_of.items()
    }


def _sampled(value: Values, replicates: Values, folded: bool, wider: float) -> Sampled:
    """From (1 + F, T) and (B, 1 + F, T): of all folds, then without each; F is 0 where there are none.

    What is measured in each of F folds alone varies by n / (n - F) more than n draws in all of them do.
    """
    replicates = value + wider * (replicates - value) if wider != 1 else replicates
    without = Sampled(value[1:], replicates[:, 1:]) if folded else None
    return Sampled(value[0], replicates[:, 0], without)


def _turns(positive: npt.NDArray[np.bool_], folds: Groups | None) -> list[tuple[Groups, Groups]]:
    """The positives and the negatives of each fold, by their place among all of their class."""
    if folds is None:
        return [(np.arange(int(positive.sum())), np.arange(int((~positive).sum())))]
    own, rest = folds[positive], folds[~positive]
    return [(np.flatnonzero(own == fold), np.flatnonzero(rest == fold)) for fold in np.unique(folds)]


def _areas(
    trials: list[list[Ordered]],
    turns: list[tuple[Groups, Groups]],
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
    return {name: _ratio(_and_without(areas), _and_without(there)) for name, areas in each.items()}


def _scaled(weights: Weights) -> Weights:
    """Columns that sum to the number of images, where they sum to anything."""
    sums = weights.sum(axis=0)
    scaled: Weights = weights * np.divide(len(weights), sums, out=np.zeros_like(sums), where=sums > 0)
    return scaled


def _and_without(of_turns: Values) -> Values:
    """From (b, F, T) the sum over the folds, then that without each: (b, 1 + F, T), or (b, 1, T) of one."""
    whole = of_turns.sum(axis=1, keepdims=True)
    return whole if of_turns.shape[1] == 1 else np.concatenate([whole, whole - of_turns], axis=1)


def _ratio(part: Values, whole: Values | np.float64) -> Values:
    """0 where nothing is left."""
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, np.shape(whole))), where=whole > NOTHING)


def _rates(
    called: Mapping[str, tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]],
    again: Mapping[str, Counts],
    turns: list[tuple[Groups, Groups]],
    positives: Weights,
    negatives: Weights,
) -> dict[str, Values]:
    """(b, 1 + F, T) of each rate at each place, for b samples."""
    weights = positives, negatives
    parts = [[of[turn[label]] if len(turns) > 1 else of for turn in turns] for label, of in enumerate(weights)]
    counted = {place: counts(*weights) for place, counts in again.items()}
    for place, classes in called.items():
        counted[place] = (_called(parts[0], turns, classes, 0), _called(parts[1], turns, classes, 1))
    found = {}
    for label, rate in enumerate(RATES):
        each = np.stack([part.sum(axis=0) for part in parts[label]], axis=1)[..., None].astype(np.float64)
        images = _and_without(each) if len(turns) > 1 else np.float64(len(weights[label]))
        for place, of_classes in counted.items():
            found[f"{place}/{rate}"] = _ratio(_and_without(of_classes[label]), images)
    return found


def _called(
    parts: list[Weights], turns: list[tuple[Groups, Groups]], classes: tuple[Calls, Calls], label: int
) -> Values:
    """(b, F, T) summed weights of what is called of one class, of the parts of its weights that the folds have."""
    rows = [classes[label][turn[label]] if len(turns) > 1 else classes[label] for turn in turns]
    hits = [part.T @ own.astype(part.dtype) for part, own in zip(parts, rows, strict=True)]
    return np.stack(hits, axis=1).astype(np.float64)


def _share(
    turns: list[tuple[Groups, Groups]], positives: Weights, negatives: Weights, share: Values, free: bool
) -> dict[str, Values]:
    """(b, 1 + F, 1), the share of positives in b samples; the same without each fold where it is not ``free``."""
    if not free or len(turns) == 1:
        share = np.broadcast_to(share, positives.shape[1])
        return {"share": np.repeat(share[:, None, None], 1 + len(turns) * (len(turns) > 1), axis=1)}
    of_classes = [
        _and_without(np.stack([weight[turn[of]].sum(axis=0) for turn in turns], axis=1)[..., None]) / len(weight)
        for of, weight in enumerate((positives, negatives))
    ]
    own, rest = share[:, None, None] * of_classes[0], (1 - share[:, None, None]) * of_classes[1]
    return {"share": _ratio(own, own + rest)}
