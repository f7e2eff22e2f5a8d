"""How far scores can be believed: what share of the images of about one score is positive."""

import numpy as np
import numpy.typing as npt

from steelyard.models.calibration.priors import Scores, Values, correct
from steelyard.models.spec.trial import Frozen
from steelyard.models.statistics.intervals import wilson_interval

Labels = npt.NDArray[np.integer]


class Bin(Frozen):
    """Images of about the same score; shares are as expected at the prevalence.

    Attributes:
        observed: share of positives, in [0, 1], with its 95 % Wilson interval from ``low`` to ``high``.
        images: counted, without weights.
    """

    mean_score: float
    observed: float
    images: int
    low: float
    high: float


class Reliability(Frozen):
    """How far scores are from what they say, at one prevalence.

    Attributes:
        brier: weighted mean squared error, in [0, 1]; it judges ranking and calibration together.
        calibration_error: expected calibration error, in [0, 1].
        bins: the lowest scores first.
    """

    brier: float
    calibration_error: float
    bins: tuple[Bin, ...]


def reliability(labels: Labels, scores: Scores, prevalence: float, bins: int = 10) -> Reliability:
    """Brier score, calibration error and reliability table, as to expect where a given share is positive.

    A positive weighs  prevalence / share  and a negative  (1 - prevalence) / (1 - share),  share being that of
    positives among the labels. The bins hold equal numbers of images; equal scores fall in one bin, so that there are
    fewer where scores tie. With W their summed weights, the calibration error is

        sum_bins W[bin] / W * |weighted mean score - weighted share of positives|.

    It is biased upwards: noise alone makes a gap of about  sqrt(2 p (1 - p) / (pi m))  in a bin of m images, which is
    0.05 at p = 0.2 and m = 40. Compare it between scores of the same images only.

    Args:
        labels: (n,) int in {0, 1}, both present.
        scores: (n,) float in [0, 1], probability of the positive.
        prevalence: share of positives to expect in use, in (0, 1).
        bins: at most so many, >= 1.

    Raises:
        ValueError: one class is missing, ``prevalence`` is not in (0, 1), or ``bins`` is below 1.

    Source:
        Brier 1950; Naeini et al. 2015 for the error, Nixon et al. 2019 for bins of equal mass; its bias: Roelofs et
        al. 2022, "Mitigating bias in calibration error estimation".
    """
    _check(labels, prevalence, bins)
    positive, given = labels == 1, scores.astype(np.float64)
    share = float(positive.mean())
    weights = np.where(positive, prevalence / share, (1 - prevalence) / (1 - share))
    edges = np.quantile(given, np.linspace(0, 1, bins + 1)[1:-1])
    number = np.searchsorted(edges, given)
    split = [np.flatnonzero(number == each) for each in np.unique(number)]
    within = [_bin(positive[rows], given[rows], weights[rows], share, prevalence) for rows in split]
    masses = [weights[rows].sum() for rows in split]
    gaps = [abs(of.mean_score - of.observed) for of in within]
    return Reliability(
        brier=float(np.average((given - positive) ** 2, weights=weights)),
        calibration_error=float(np.average(gaps, weights=masses)),
        bins=tuple(within),
    )


def _bin(positive: npt.NDArray[np.bool_], scores: Values, weights: Values, share: float, prevalence: float) -> Bin:
    counted = float(positive.mean())
    # A class has one weight, so the weighted share is the counted one at another prior, and so are its bounds: they
    # cover as often as Wilson's. With Kish's effective number of images they would cover 73 to 100 %.
    low, high = wilson_interval(counted, len(positive))
    observed, low, high = correct(np.array([counted, low, high]), learned=share, wanted=prevalence)
    return Bin(
        mean_score=float(np.average(scores, weights=weights)),
        observed=float(observed),
        images=len(positive),
        low=float(low),
        high=float(high),
    )


def _check(labels: Labels, prevalence: float, bins: int) -> None:
    positives = int(np.sum(labels == 1))
    if not 0 < positives < len(labels):
        raise ValueError(f"labels must hold both classes, got {positives} positives among {len(labels)} images")
    if not 0 < prevalence < 1:
        raise ValueError(f"prevalence must be in (0, 1), got {prevalence}; give the share of positives in use")
    if bins < 1:
        raise ValueError(f"bins must be >= 1, got {bins}")
