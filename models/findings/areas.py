"""The ROC area of one class against the rest and where it lies, with images of a group taken as one."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from steelyard.models.statistics.areas import areas_of_class

NORMAL_95 = 1.959964


class Area(NamedTuple):
    """A ROC area and its 95 % interval, each in [0, 1]."""

    value: float
    low: float
    high: float


def area(positive: npt.NDArray[np.bool_], scores: npt.NDArray[np.float64], groups: npt.NDArray[np.int64]) -> Area:
    """How well scores tell positives from the rest.

    Args:
        positive: (n,) bool, both values present.
        scores: (n,) float, higher for positives.
        groups: (n,) int64 codes from 0 on; images of a group err together.

    Source:
        DeLong, DeLong & Clarke-Pearson 1988, summed within groups as in Obuchowski 1997. That variance is 0 where all
        is told apart, so it is never taken as less than Hanley & McNeil's of 1982, half an image short of that.
    """
    value, slopes = areas_of_class(positive, scores)["roc_auc"]
    by_group = np.bincount(groups, slopes)
    number = max(2, int(np.unique(groups).size))
    clustered = float(np.sum(by_group**2)) * number / (number - 1)
    half = NORMAL_95 * np.sqrt(max(clustered, _hanley_mcneil(value, int(positive.sum()), int((~positive).sum()))))
    return Area(value, float(max(0.0, value - half)), float(min(1.0, value + half)))


def _hanley_mcneil(area: float, positives: int, negatives: int) -> float:
    """Variance of an area, of so many images of both kinds."""
    edge = 0.5 / min(positives, negatives)
    area = min(max(area, edge), 1 - edge)
    both_above, one_above = area / (2 - area), 2 * area**2 / (1 + area)
    of_pairs = area * (1 - area)
    of_positives = (positives - 1) * (both_above - area**2)
    of_negatives = (negatives - 1) * (one_above - area**2)
    return (of_pairs + of_positives + of_negatives) / (positives * negatives)
