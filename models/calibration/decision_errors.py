"""How many of a network's decisions are wrong at most, among those that are farthest from the threshold."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from steelyard.models.calibration.calibrator import log_odds
from steelyard.models.calibration.priors import Scores, Values
from steelyard.models.calibration.reliability import Labels
from steelyard.models.statistics.bounds import upper_bound

Groups = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Decisions:
    """Decisions on (n,) images that neither taught the network nor chose its threshold.

    The confidence of a decision is how far the score is from the threshold, in log odds. A correction to another
    prevalence adds one number to the log odds of both, and Platt's curve multiplies the distance by one number: neither
    changes which of two decisions is more confident.

    Attributes:
        labels: (n,) int in {0, 1}, both present.
        scores: (n,) float in [0, 1]; from the threshold on an image is called positive.
        threshold: 0 or less calls all positive, above 1 none.
        prevalence: share of positives at which errors are counted, in (0, 1); None for that of these images.
        groups: (n,) code of each image's group, from 0 on; None where each stands alone.
    """

    labels: Labels
    scores: Scores
    threshold: float
    prevalence: float | None = None
    groups: Groups | None = None

    def bound(self, count: int, tail: float, errors: bool = True) -> float:
        """What share of the decisions on the most confident images is wrong at most, with a chance of 1 - ``tail``.

        As the images come, the errors among m decisions are binomial, and this is the upper bound of Clopper and
        Pearson. At a stated prevalence p the share is, of the rates of being decided wrongly w and rightly r of each
        class,

            W / (W + R),  W = p w1 + (1 - p) w0,  R = p r1 + (1 - p) r0,

        which rises with w and falls with r. Each of the four is binomial among all images of its class, so upper bounds
        of w and lower ones of r, each at a quarter of the chance, bound the whole (Bonferroni).

        Images of a group count as if they were all decided alike: m images as  m^2 / sum m_g^2  of them, m_g of group
        g (Kish 1965, "Survey Sampling"), which makes the binomial approximate and its bound wide.

        Args:
            count: of images, the most confident first, > 0.
            tail: chance that the bound is too low, in (0, 0.5).
            errors: whether the decisions are taken as they are; else all count as right.

        Source:
            Clopper & Pearson 1934; Geifman & El-Yaniv 2017, lemma 3.1.
        """
        wrong = self.counts[:, count - 1, 1] * errors
        decided = self.counts[:, count - 1, 0]
        if self.prevalence is None:
            return _upper(float(wrong.sum()) / count, self._worth[count - 1], tail)
        sizes, worth = self.counts[:, -1, 0], self._worth_of_class
        missed = [_upper(wrong[y] / sizes[y], worth[y], tail / 4) for y in (0, 1)]
        right = [1 - _upper(1 - (decided[y] - wrong[y]) / sizes[y], worth[y], tail / 4) for y in (0, 1)]
        shares = (1 - self.prevalence, self.prevalence)
        total_wrong, total_right = (sum(p * of for p, of in zip(shares, each, strict=True)) for each in (missed, right))
        return total_wrong / (total_wrong + total_right)

    @cached_property
    def confidence(self) -> Values:
        """(n,) in nats."""
        return np.abs(log_odds(self.scores) - log_odds(np.array([self.threshold])))

    @cached_property
    def order(self) -> npt.NDArray[np.int64]:
        """(n,) the images, most confident first."""
        return np.argsort(-self.confidence, kind="stable")

    @cached_property
    def ends(self) -> list[int]:
        """How many images are as confident as some, or more: equals are decided together."""
        ordered = self.confidence[self.order]
        return [*(1 + np.flatnonzero(np.diff(ordered) < 0)).tolist(), len(ordered)]

    @cached_property
    def counts(self) -> npt.NDArray[np.int64]:
        """(2, n, 2): of each class, among the first so many images, all, and those decided wrongly."""
        labels = self.labels[self.order]
        called = np.asarray(self.scores, np.float64)[self.order] >= self.threshold
        each = [np.stack([labels == y, (labels == y) & (called != y)], axis=1) for y in (0, 1)]
        return np.cumsum(np.stack(each), axis=1)

    @cached_property
    def _worth(self) -> Values:
        """(n,) how many images that stand alone the first so many are worth."""
        counts = np.arange(1.0, len(self.labels) + 1)
        return counts if self.groups is None else _kish(self.groups[self.order], counts)

    @cached_property
    def _worth_of_class(self) -> list[float]:
        """The same of all images of each class."""
        sizes = self.counts[:, -1, 0].astype(np.float64)
        if self.groups is None:
            return [float(size) for size in sizes]
        own = [np.bincount(self.groups[self.labels == y]).astype(np.float64) for y in (0, 1)]
        return [float(size**2 / np.sum(of**2)) for size, of in zip(sizes, own, strict=True)]


def _kish(groups: Groups, counts: Values) -> Values:
    """m^2 / sum m_g^2 of the first m images of (n,), for each m."""
    order = np.argsort(groups, kind="stable")
    _, starts = np.unique(groups[order], return_index=True)
    before = np.empty(len(groups))  # Images of its group that come before each image; a square grows by 2 of them + 1.
    before[order] = np.arange(len(groups)) - np.repeat(starts, np.diff(np.r_[starts, len(groups)]))
    return counts**2 / np.cumsum(2 * before + 1)


def _upper(share: float, n: float, tail: float) -> float:
    return float(upper_bound(np.array(share), np.array(n), tail))
