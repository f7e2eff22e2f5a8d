"""How far inside its limit a constraint must be on some images to hold for all images with a given chance.

A threshold at the very edge holds in truth in about half of all sweeps, or in fewer, since of many thresholds the
luckiest is taken. So the limit is held against a one-sided bound of the metric instead of the metric itself.
"""

import numpy as np
import numpy.typing as npt
import scipy  # Its parts come when they are first used: the command line is there half a second sooner.

from steelyard.models.objective.objective import EDGE, Objective
from steelyard.models.objective.rates import Labels, Rates, Values

MOST = 700.0
"""Of an exponent, beyond which a number overflows."""

Groups = npt.NDArray[np.int64]
Counts = int | Values


def missed(objective: Objective, at: Rates, positives: Counts, negatives: Counts, design: float = 1.0) -> Values:
    """By how much a bound of the constrained metric misses the limit, in [0, 1]; 0 where it keeps to it.

    Args:
        objective: with its margin, the chance that the bound is to hold with; at 0.5 it is the metric itself.
        at: rates, of any shape.
        positives: images that the recall is counted in, > 0; of a shape that fits.
        negatives: images that the false-positive rate is counted in.
        design: how many images of these say as much as one that is drawn alone, > 0.
    """
    if objective.margin <= EDGE or not objective.constraint:
        return objective.violations(at)
    excess = _bound(objective, at, positives / design, negatives / design) - objective.limit
    return np.maximum(-excess if objective.at_least else excess, 0.0)


def keeps_order(objective: Objective, negatives: float) -> bool:
    """Whether with as many hits and fewer false alarms, of so many negatives or more, nothing is ever missed by more.

    So it is without a margin, and of every interval of one share. Of a precision at a stated prevalence the logarithm
    of the odds against it,  z deviation - log passing  of ``_bound``, must rise with the false alarms w:
    z (N + 1) / (w + 1/2) <= 2 N deviation, which is tightest at w = 0 and w = N and holds where z (N + 1) <= sqrt(2) N.
    """
    if objective.margin <= EDGE or objective.prevalence is None:
        return True
    if objective.constraint == "precision":
        z = float(scipy.special.ndtri(objective.margin))
        return z * (negatives + 1) <= 2**0.5 * negatives
    return objective.constraint != "alarms"


def _bound(objective: Objective, at: Rates, positives: Values | float, negatives: Values | float) -> Values:
    z, name, stated = float(scipy.special.ndtri(objective.margin)), objective.constraint, objective.prevalence
    found, wrong = at.recall * positives, at.false_positive_rate * negatives
    if name == "recall":
        return _wilson(at.recall, positives, -z)
    if name == "false_positive_rate":
        return _wilson(at.false_positive_rate, negatives, z)
    if stated is None:
        calls = positives + negatives if name == "alarms" else found + wrong
        return _wilson(objective.constrained(at), calls, z if name == "alarms" else -z)
    # Of a count of 0 nothing varies, so half an image more of each kind is counted.
    if name == "alarms":
        recall, rate = (found + 0.5) / (positives + 1), (wrong + 0.5) / (negatives + 1)
        variance = stated**2 * recall * (1 - recall) / positives + (1 - stated) ** 2 * rate * (1 - rate) / negatives
        return np.minimum(1.0, stated * recall + (1 - stated) * rate + z * np.sqrt(variance))
    # 1 / recall and 1 / rate: the variance of the logarithm of a share r of n images is (1 / r - 1) / n.
    missing, passing = (positives + 1) / (found + 0.5), (negatives + 1) / (wrong + 0.5)
    deviation = np.sqrt((missing - 1) / positives + (passing - 1) / negatives)
    against = np.exp(np.minimum(z * deviation, MOST)) * (missing / passing) * ((1 - stated) / stated)
    return np.where(found > 0, 1 / (1 + against), 0.0)


def _wilson(share: Values, n: Values | float, z: float) -> Values:
    """The bound of Wilson's interval at z standard errors, below the share where z < 0; 0 or 1 of no images."""
    safe = np.maximum(n, 1e-9)
    centre = (share + z * z / (2 * safe)) / (1 + z * z / safe)
    half = z * np.sqrt(share * (1 - share) / safe + z * z / (4 * safe * safe)) / (1 + z * z / safe)
    return np.clip(centre + half, 0.0, 1.0)


def design_effect(objective: Objective, labels: Labels, called: npt.NDArray[np.bool_], groups: Groups | None) -> float:
    """How many images in groups say as much of the constrained metric as one that is drawn alone, >= 1.

    The variance of the metric's linear part with groups drawn whole, over that with each image drawn alone.

    Args:
        objective: what is constrained.
        labels: (n,) int in {0, 1}.
        called: (n,) what is called positive.
        groups: (n,) code of the group of each image, from 0 on; None where each stands alone.

    Source:
        Kish 1965, "Survey Sampling"; for ratios the linear part as in Korn & Graubard 1998.
    """
    if groups is None or not objective.constraint or (number := int(groups.max()) + 1) < 2:
        return 1.0
    own, rest = labels == 1, labels == 0
    recall, rate = (float(called[of].mean()) if of.any() else 0.0 for of in (own, rest))
    found, wrong = own * (called - recall) / max(1, own.sum()), rest * (called - rate) / max(1, rest.sum())
    parts = {"recall": found, "false_positive_rate": wrong, "alarms": called - called.mean()}
    if objective.constraint == "alarms" and objective.prevalence is not None:
        part = objective.prevalence * found + (1 - objective.prevalence) * wrong
    elif objective.constraint != "precision":
        part = parts[objective.constraint]
    elif objective.prevalence is None:
        part = called * (own - (float(own[called].mean()) if called.any() else 0.0))
    else:
        part = found / max(recall, 1e-9) - wrong / max(rate, 1e-9)
    whole, alone = np.sum(np.bincount(groups, weights=part) ** 2), np.sum(part**2)
    return max(1.0, float(whole / alone) * number / (number - 1)) if alone > 0 else 1.0
