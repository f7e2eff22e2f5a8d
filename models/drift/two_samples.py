"""Two-sample tests: whether numbers, shares or features of two sets of images are drawn alike, and by how much not."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy  # Its parts come when they are first used: the command line is there half a second sooner.

PERMUTATIONS = 1999
"""The least p-value is 1 in 2,000: five tests at 1 % need one below 0.002."""

AT_ONCE = 500
"""Permutations that are summed at a time."""

ENOUGH = 20
"""Exchanges at least as far apart as the two sets, after which no more are drawn: these are alike."""

EXACT = 1000
"""Images of either set up to which the distribution of the statistic is counted out."""

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Tested(NamedTuple):
    """A difference and the chance of one at least as large where there is none.

    Attributes:
        effect: 0 where the two are alike, at most 1 in absolute value.
        p: in (0, 1].
    """

    effect: float
    p: float


def shares_differ(before: Mask, now: Mask) -> Tested:
    """Fisher's exact test of two shares; the effect is the new share minus the old one.

    Args:
        before: (n,) bool, n >= 1.
        now: (m,) bool, m >= 1.

    Source:
        Fisher 1922, as ``scipy.stats.fisher_exact``: it never tells more false alarms than its level.
    """
    table = [[int(of.sum()), int((~of).sum())] for of in (now, before)]
    return Tested(float(now.mean() - before.mean()), float(scipy.stats.fisher_exact(table).pvalue))


def values_differ(before: npt.NDArray[np.floating], now: npt.NDArray[np.floating]) -> Tested:
    """Kolmogorov-Smirnov test of two sets of numbers, which need not be normal; equal numbers make it cautious.

    The effect is max_t |F(t) - G(t)|: the largest difference between the shares at or below any value.

    Args:
        before: (n,) float, n >= 1.
        now: (m,) float, m >= 1.

    Source:
        Smirnov 1939, as ``scipy.stats.ks_2samp``; p-values are exact up to ``EXACT`` images, else asymptotic.
    """
    method = "exact" if max(len(before), len(now)) <= EXACT else "asymp"
    found = scipy.stats.ks_2samp(before, now, method=method)
    return Tested(float(found.statistic), min(1.0, float(found.pvalue)))


def features_differ(
    before: npt.NDArray[np.floating],
    now: npt.NDArray[np.floating],
    rng: np.random.Generator,
    permutations: int = PERMUTATIONS,
) -> Tested:
    """Permutation test of the energy distance, which is 0 only where both are drawn from one distribution.

    With X of the one and Y of the other set, and X', Y' independent copies:

        energy = 2 E|X - Y| - E|X - X'| - E|Y - Y'|,   effect = max(0, energy) / (2 E|X - Y|)

    each mean over pairs of different images. The p-value is (1 + b) / (1 + B), where b of B random exchanges of the
    images give an energy at least as large; once ``ENOUGH`` of them do, after l exchanges, it is ``ENOUGH`` / l and no
    more are drawn. It is exact for any number of images and features, as long as the coordinates do not depend on which
    image is of which set.

    Args:
        before: (n, r) float coordinates, n >= 2.
        now: (m, r) float, m >= 2.
        rng: draws the exchanges.
        permutations: B.

    Source:
        Szekely & Rizzo 2013, "Energy statistics"; the effect is their coefficient of inhomogeneity; Phipson & Smyth
        2010, "Permutation p-values should never be zero"; Besag & Clifford 1991, "Sequential Monte Carlo p-values".
    """
    apart = _distances(np.concatenate([before, now]))
    truth = np.zeros((len(apart), 1), np.float32)
    truth[len(before) :] = 1
    observed, across = (float(of[0]) for of in _energies(apart, truth))
    effect, larger = max(0.0, observed) / (2 * across) if across else 0.0, 0
    for start in range(0, permutations, AT_ONCE):
        count = min(AT_ONCE, permutations - start)
        exchanged = rng.permuted(np.repeat(truth, count, axis=1), axis=0)
        so_far = larger + np.cumsum(_energies(apart, exchanged)[0] >= observed - 1e-6 * across)
        if (larger := int(so_far[-1])) >= ENOUGH:
            return Tested(effect, ENOUGH / (start + 1 + int(np.argmax(so_far >= ENOUGH))))
    return Tested(effect, (1 + larger) / (1 + permutations))


def _distances(points: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """(N, N) Euclidean distances."""
    exact = np.asarray(points, np.float64)
    squares = np.sum(exact**2, axis=1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares - 2 * exact @ exact.T, 0))
    np.fill_diagonal(apart, 0)
    return np.asarray(apart, np.float32)


def _energies(apart: npt.NDArray[np.float32], chosen: npt.NDArray[np.float32]) -> tuple[Values, Values]:
    """Energy and mean distance between the two sets, (b,) each, where (N, b) 1 stands for the new images."""
    second = int(chosen[:, 0].sum())
    first = len(apart) - second
    sums = apart.sum(axis=1, dtype=np.float64)
    within = np.sum(chosen * (apart @ chosen), axis=0, dtype=np.float64)
    touching = sums @ chosen
    across = (touching - within) / (first * second)
    others = (sums.sum() - 2 * touching + within) / (first * (first - 1))
    return 2 * across - others - within / (second * (second - 1)), across
