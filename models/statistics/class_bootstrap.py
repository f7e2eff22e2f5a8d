"""A bootstrap that keeps every class's number of images: every trial is judged again on the same resampled images."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from steelyard.models.metrics.tally import OF_A_CLASS, Labels, Tally, Values
from steelyard.models.statistics.bootstrap import CHUNK, Groups, draws
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
    """

    labels: Labels
    hit: npt.NDArray[np.bool_]
    once: Tally
    drawn: Tally

    def macro(self) -> dict[str, Sampled]:
        """Each trial's ``MACRO`` metrics."""
        once, drawn = self.once.macro(), self.drawn.macro()
        return {name: Sampled(once[name], drawn[name]) for name in once}

    def of_class(self, place: int) -> dict[str, Sampled]:
        """Each trial's ``OF_A_CLASS`` metrics of one class, by its place."""
        once, drawn = (_only(tally, place).per_class() for tally in (self.once, self.drawn))
        return {name: Sampled(once[name][..., 0], drawn[name][..., 0]) for name in OF_A_CLASS}

    def recall_over(self, places: npt.NDArray[np.int64]) -> Sampled:
        """Each trial's mean recall over some classes that have images."""
        sizes = self.once.sizes[places]
        return Sampled(*((tally.hits[..., places] / sizes).mean(axis=-1) for tally in (self.once, self.drawn)))


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
) -> tuple[dict[str, Redrawn], dict[str, Values]]:
    """Count decisions, and sum what is linear, on the same bootstrap samples.

    From (n,) labels in [0, K); by place, (T, n) the class that each trial calls each image; by name, (T, n) what one
    more of each image adds to a number of each trial that is linear in it; and groups as ``chunks`` of
    the other bootstrap takes them; ``samples`` draws of ``seed``.

    Returns:
        The counts by place; and by name (B, T), the sum over the images of (weight - 1) x linear.

    Source:
        Efron & Tibshirani 1993, chapter 8, with one stratum per class. The sums: the infinitesimal jackknife, chapter
        22.
    """
    marks = {place: _marks(labels, rows, classes) for place, rows in called.items()}
    whole: list[Weights] = [np.ones((len(labels), 1), np.float32)]
    pieces: dict[str, list[Values]] = {name: [] for name in (*marks, *(linear or {}))}
    for weights in chain(whole, weightings(labels, classes, samples, groups, seed)):
        for place, marked in marks.items():
            counts = (marked @ weights).reshape(2, -1, classes, weights.shape[1])
            pieces[place].append(counts.transpose(0, 3, 1, 2))
        for name, rows in (linear or {}).items():
            pieces[name].append((rows @ (weights.astype(np.float64) - 1)).T)
    sizes = np.bincount(labels, minlength=classes).astype(np.float64)
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


def _redrawn(labels: Labels, called: npt.NDArray[np.int64], pieces: list[Values], sizes: Values) -> Redrawn:
    once, drawn = pieces[0][:, 0].astype(np.float64), np.concatenate(pieces[1:], axis=1)
    return Redrawn(labels, called == labels, Tally(once[0], sizes, once[1]), Tally(drawn[0], sizes, drawn[1]))


def _only(tally: Tally, place: int) -> Tally:
    one = slice(place, place + 1)
    return Tally(tally.hits[..., one], tally.sizes[one], tally.calls[..., one])
