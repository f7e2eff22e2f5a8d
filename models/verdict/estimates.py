"""Estimates and 95 % intervals of metrics, from thresholds that are chosen again on each bootstrap sample.

On a sample a network is chosen with its threshold, and what it does there is compared with what it does on the images
as they are, at the same threshold. The mean of that difference is the optimism of the choice, and its deviation the
standard error: those of the estimate on the images as they are, at the threshold that they chose. That choosing is
repeated in each sample: BBC-CV, Tsamardinos, Greasidou & Borboudakis 2018, Machine Learning 107:1895. That the sample's
figure is compared with that of all images: Efron 1983, "Estimating the error rate of a prediction rule", JASA 78:316.
"""

import math

import numpy as np
import scipy

from steelyard.models.objective.rates import Rates, Values
from steelyard.models.verdict.cell_verdict import Estimate
from steelyard.models.verdict.rechosen import Counts, Metric

Z_95 = 1.959963984540054

HALF = 0.5
"""Of an image is added to what is counted of each kind, lest a share of 0 or 1 have no odds (Gart & Zweifel 1967)."""

STEP = 1e-4
"""Of log odds, by which derivatives are taken."""


def estimate(
    metric: Metric,
    found: Counts,
    drawn: Counts,
    whole: Counts,
    prevalence: float | None,
    bounded: bool = True,
    constrained: bool = False,
) -> Estimate:
    """Return a metric of the counts, less its optimism, with its interval.

    Args:
        metric: of rates.
        found: () at the chosen threshold.
        drawn: (B,) of each sample, at the threshold that it chose.
        whole: (B,) of all images, at the same thresholds.
        prevalence: that the rates are for; None for the counted one.
        bounded: whether the metric lies in [0, 1]; its interval is then symmetric in the log odds.
        constrained: whether the constraint is on this metric. A threshold is chosen where that is kept with room to
            spare, so what optimism takes from the one end of the interval it does not take from the other.
    """
    scale, back = (_odds, scipy.special.expit) if bounded else (np.asarray, np.asarray)

    def scaled(rates: Rates) -> Values:
        return np.asarray(scale(metric(rates)), np.float64)

    own, errors = scaled(found.rates(prevalence, HALF)), scaled(drawn.rates(prevalence, HALF))
    errors = errors - scaled(whole.rates(prevalence, HALF))
    half = Z_95 * max(float(errors.std(ddof=1)), _least_deviation(scaled, found, prevalence))
    optimism = float(errors.mean())
    value = float(metric(found.rates(prevalence)))
    value += float(back(own - optimism)) - float(back(own))
    value = min(1.0, max(0.0, value)) if bounded else value
    low = float(back(own - (max(0.0, optimism) if constrained else optimism) - half))
    high = float(back(own - (min(0.0, optimism) if constrained else optimism) + half))
    return Estimate(value=value, low=min(low, value), high=max(high, value))


def _least_deviation(scaled: Metric, found: Counts, prevalence: float | None) -> float:
    """Return the standard error were each image alone and the threshold given, which samples of few errors miss.

    The variance of the log odds of either rate is the sum of the inverse counts, half an image added to each (Gart &
    Zweifel 1967, Biometrika 54:181), carried to the metric by its derivatives.
    """
    rates = found.rates(prevalence, HALF)
    variance = 0.0
    parts = ((found.hits, found.positives), (found.wrong, found.negatives))
    for place, (called, size) in enumerate(parts):
        both = [rates.recall, rates.false_positive_rate]
        both[place] = scipy.special.expit(scipy.special.logit(both[place]) + STEP)
        slope = float(scaled(Rates(both[0], both[1], rates.prevalence)) - scaled(rates)) / STEP
        variance += slope**2 * float(1 / (called + HALF) + 1 / (size - called + HALF))
    return math.sqrt(variance)


def fixed(value: float, samples: Values, images: float) -> Estimate:
    """Return the estimate of a share in which nothing is chosen, from its (B,) values on samples of the images.

    The interval is symmetric in the log odds, and no narrower than that of so many images that stand alone.
    """
    share = (value * images + HALF) / (images + 2 * HALF)
    deviation = max(float(samples.std(ddof=1)), (share * (1 - share) / max(images, 1.0)) ** 0.5)
    half = Z_95 * deviation / (share * (1 - share))
    low, high = (float(scipy.special.expit(scipy.special.logit(share) + end)) for end in (-half, half))
    return Estimate(value=value, low=min(low, value), high=max(high, value))


def _odds(share: Values) -> Values:
    odds: Values = scipy.special.logit(np.clip(share, 1e-9, 1 - 1e-9))
    return odds
