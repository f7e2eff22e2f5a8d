"""A bootstrap that keeps every class's number of images: every trial is judged again on the same resampled images."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from steelyard.models.metrics.tally import Labels, Tally, Values
from steelyard.models.statistics.bootstrap import CHUNK, draws
from steelyard.models.statistics.dealing import Groups
from steelyard.models.statistics.sampled import Sampled

WORK = 8_000_000
"""Counts kept at a place, samples x trials x classes: 32 MB each of hits and calls."""

LEAST_SAMPLES = 250
"""A standard error from so many is known to 5 %."""

Weights = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Redrawn:
    """The decisions of some trials, counted on the images and on bootstrap samples of them.

    Attributes:
        labels: (n,) int in [0, K) of the images.
        hit: (T, n) bool, where the decision is right.
        once: (T, K) hits and calls, (K,) sizes.
        drawn: (B, T, K) hits and calls, (K,) sizes; row b is of the same sample for every trial.
        without: the same with each fold's images left out, of one dimension more before T: (F, T, K) and (F, 1, K),
            (B, F, T, K) and (B, F, 1, K); None where there are no folds.
    """

    labels: Labels
    hit: npt.NDArray[np.bool_]
    once: Tally
    drawn: Tally
    without: Self | None = None

    def macro(self) -> dict[str, Sampled]:
        """Each trial's ``MACRO`` metrics."""
        return self._sampled(Tally.macro)

    def of_class(self, place: int) -> dict[str, Sampled]:
        """Each trial's ``OF_A_CLASS`` metrics of one class, by its place."""
        return self._sampled(lambda tally: {name: of[..., 0] for name, of in _only(tally, place).per_class().items()})

    def recall_over(self, places: npt.NDArray[np.int64]) -> Sampled:
        """Each trial's mean recall over some classes that have images."""
        return self._sampled(lambda tally: {"recall": _only(tally, places).macro()["recall"]})["recall"]

    def _sampled(self, metrics: Callable[[Tally], dict[str, Values]]) -> dict[str, Sampled]:
        once, drawn = metrics(self.once), metrics(self.drawn)
        rest = self.without._sampled(metrics) if self.without else {}
        return {name: Sampled(once[name], drawn[name], rest.get(name)) for name in once}


def samples_for(samples: int, trials: int, classes: int) -> int:
    """As many samples as are asked for, or as ``WORK`` bounds; ``LEAST_SAMPLES`` of them at least."""
    return min(samples, max(LEAST_SAMPLES, WORK // (trials * classes)))


def bootstrap(
    labels: Labels,
    called: Mapping[str, npt.NDArray[np.int64]],
    classes: int,
    samples: int,
    linear: Mapping[str, Values] | None = None,
    groups: Groups | None = None,
    seed: int = 0,
    folds: Groups | None = None,
) -> tuple[dict[str, Redrawn], dict[str, Values]]:
    """Count decisions, and sum what is linear, on the same bootstrap samples.

    From (n,) labels in [0, K); by place, (T, n) the class that each trial calls each image; by name, (T, n) what one
    more of each image adds to a number of each trial that is linear in it; and groups as ``chunks`` of
    the other bootstrap takes them; ``samples`` draws of ``seed``; (n,) the fold of each image, None for one split.

    Returns:
        The counts by place; and by name (B, F, T), the sum over the images of each fold of (weight - 1) x linear; F
        is 1 without folds.

    Source:
        Efron & Tibshirani 1993, chapter 8, with one stratum per class. The sums: the infinitesimal jackknife, chapter
        22.
    """
    marks = {place: _marks(labels, rows, classes) for place, rows in called.items()}
    turns = [np.arange(len(labels))] if folds is None else [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
    images = csr_array((np.ones(len(labels), np.float32), (labels, np.arange(len(labels)))), (classes, len(labels)))
    whole: list[Weights] = [np.ones((len(labels), 1), np.float32)]
    sizes: list[Values] = []
    pieces: dict[str, list[Values]] = {name: [] for name in (*marks, *(linear or {}))}
    for weights in chain(whole, weightings(labels, classes, samples, groups, seed)):
        sizes.append(np.stack([(images[:, turn] @ weights[turn]).T for turn in turns], axis=1))
        for place, marked in marks.items():
            counts = np.stack([marked[:, turn] @ weights[turn] for turn in turns])
            counts = counts.reshape(len(turns), 2, -1, classes, weights.shape[1])
            pieces[place].append(counts.transpose(1, 4, 0, 2, 3))
        for name, rows in (linear or {}).items():
            more = weights.astype(np.float64) - 1
            pieces[name].append(np.stack([(rows[:, turn] @ more[turn]).T for turn in turns], axis=1))
    counted = {place: _redrawn(labels, called[place], pieces[place], sizes) for place in marks}
    return counted, {name: np.concatenate(pieces[name][1:]) for name in linear or {}}


def weightings(
    labels: Labels, classes: int, samples: int, groups: Groups | None = None, seed: int = 0
) -> Iterator[Weights]:
    """How often each image is in each sample, in bounded pieces of (n, b) float; each class keeps its images' number.

    Groups are drawn whole and the weights of each class scaled to its number of images; where a sample misses all
    groups of a class, that class alone draws among its own.
    """
    rng = np.random.default_rng(seed)
    rows = [found for of in range(classes) if len(found := np.flatnonzero(labels == of))]
    at_once = max(1, CHUNK // len(labels))
    for start in range(0, samples, at_once):
        here = min(at_once, samples - start)
        weights = np.empty((len(labels), here), np.float32)
        whole = None if groups is None else draws(int(groups.max()) + 1, here, rng)
        for of in rows:
            own = draws(len(of), here, rng) if whole is None or groups is None else _whole(groups[of], whole, rng)
            weights[of] = own
        yield weights


def _whole(groups: Groups, drawn: Weights, rng: np.random.Generator) -> Weights:
    """Weights of one class's images, whose groups were drawn."""
    found = drawn[groups].astype(np.float64)
    empty = found.sum(axis=0) == 0
    if empty.any():
        own, places = np.unique(groups, return_inverse=True)
        found[:, empty] = draws(len(own), int(empty.sum()), rng)[places]
    weights: Weights = found * (len(found) / found.sum(axis=0))
    return weights


def _marks(labels: Labels, called: npt.NDArray[np.int64], classes: int) -> csr_array:
    """(2 T K, n) of 0 and 1: row (t, k) marks images of class k that trial t calls k, then all that it calls k."""
    trials, size = called.shape
    row = (np.arange(trials)[:, None] * classes + called).ravel()
    column, hit = np.tile(np.arange(size), trials), (called == labels).ravel()
    rows, columns = np.concatenate([row[hit], row + trials * classes]), np.concatenate([column[hit], column])
    ones = np.ones(len(rows), np.float32)
    return csr_array((ones, (rows, columns)), shape=(2 * trials * classes, size))


def _redrawn(labels: Labels, called: npt.NDArray[np.int64], pieces: list[Values], sizes: list[Values]) -> Redrawn:
    """From (2, b, F, T, K) hits and calls and (b, F, K) sizes of each piece, the images themselves first."""
    hit, every = called == labels, np.bincount(labels, minlength=sizes[0].shape[-1]).astype(np.float64)
    once, drawn = pieces[0][:, 0].astype(np.float64), np.concatenate(pieces[1:], axis=1)
    sums = [each.sum(axis=-3) for each in (once, drawn)]
    whole, of_samples = (Tally(counts[0], every, counts[1]) for counts in sums)
    if once.shape[1] == 1:
        return Redrawn(labels, hit, whole, of_samples)
    left = [summed[..., None, :, :] - each for summed, each in zip(sums, (once, drawn), strict=True)]
    rest = [(every - of)[..., None, :] for of in (sizes[0][0], np.concatenate(sizes[1:]))]
    without, of_each = (Tally(counts[0], of, counts[1]) for counts, of in zip(left, rest, strict=True))
    return Redrawn(labels, hit, whole, of_samples, Redrawn(labels, hit, without, of_each))


def _only(tally: Tally, places: int | npt.NDArray[np.int64]) -> Tally:
    some = np.atleast_1d(places)
    return Tally(tally.hits[..., some], tally.sizes[..., some], tally.calls[..., some])
