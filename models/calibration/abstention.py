"""Which scores lie too near the threshold to decide on, so that of the other decisions few are wrong."""

from bisect import bisect_left
from collections.abc import Callable
from math import ceil, floor, log2, log10

import numpy as np
import scipy  # Its parts come when they are first used: the command line is there half a second sooner.

from steelyard.models.calibration.calibrator import NEAREST, log_odds
from steelyard.models.calibration.decision_errors import Decisions
from steelyard.models.spec.trial import Frozen

CHANCE = 0.05
"""That more decisions are wrong than was asked for."""


class Abstention(Frozen):
    """Scores on which a model abstains, those of ``low`` and ``high`` included.

    Attributes:
        most: share of wrong decisions, of all that are made, which is not exceeded with 95 % certainty, in (0, 0.5).
        low: in [0, 1]; above ``high`` where it decides on every image.
        high: in [0, 1].
        share: of images on which it abstains, at the prevalence, in [0, 1).
        decided: images of the sample on which it decides.
        wrong: of these.
    """

    most: float
    low: float
    high: float
    share: float
    decided: int
    wrong: int


def abstention(made: Decisions, most: float) -> Abstention | None:
    """The narrowest band found around the threshold outside which at most a share of the decisions is wrong.

    A binary search for the most images that can be decided on, most confident first. Each of its ``steps`` bounds is at
    a chance of ``CHANCE / steps``. It begins where the bound would hold if no decision were wrong: fewer images could
    not show it.

    Chances add up to ``CHANCE`` if errors become no rarer as confidence falls. A wrong bound does harm where it lets
    through more images than keep to ``most``. Before the first that does, the search has turned as it would if it knew
    the truth, or once too low, after which none can do harm: so that one is among ``steps`` places known beforehand.
    What is bounded is strictly the mean over images with the confidences of these; simulations show that new images
    keep to it.

    Args:
        made: decisions on images that chose neither network nor threshold.
        most: in (0, 0.5).

    Returns:
        None where no band is found.

    Source:
        Geifman & El-Yaniv 2017, "Selective classification for deep neural networks", algorithm 1 (SGR).
    """
    ends, tail = made.ends, CHANCE / steps(made)
    first = bisect_left(ends, True, key=lambda end: made.bound(end, tail, errors=False) <= most)
    found = _last(lambda place: made.bound(ends[place], tail) <= most, first, len(ends) - 1)
    return None if found is None else _outside(made, ends[found], most)


def lowest(made: Decisions, above: float) -> Abstention | None:
    """The abstention of about the lowest share of wrong decisions that can be had, rounded up to two digits.

    None where not even half of them can be shown to be right.
    """
    most = _rounded_up(above)
    while most < 0.5:
        if found := abstention(made, most):
            return found
        most = _rounded_up(most * 1.02)
    return None


def steps(made: Decisions) -> int:
    """How many places a search visits at most."""
    return ceil(log2(len(made.ends) + 1))


def _outside(made: Decisions, count: int, most: float) -> Abstention:
    centre, low, high = float(log_odds(np.array([made.threshold]))[0]), 1.0, 0.0
    if count < len(made.labels):
        # Midway between two images, so that no rounding moves either.
        gap = float(made.confidence[made.order[count - 1 : count + 1]].mean())
        low, high = (float(scipy.special.expit(centre + side * gap)) for side in (-1, 1))
    (decided, wrong), sizes = made.counts[:, count - 1].T, made.counts[:, -1, 0]
    positive = float(sizes[1] / sizes.sum()) if made.prevalence is None else made.prevalence
    return Abstention(
        most=most,
        low=0.0 if low < NEAREST else low,
        high=1.0 if high > 1 - NEAREST else high,
        share=float(np.array([1 - positive, positive]) @ (1 - decided / sizes)),
        decided=int(decided.sum()),
        wrong=int(wrong.sum()),
    )


def _last(passes: Callable[[int], bool], first: int, last: int) -> int | None:
    """By binary search, the last place from ``first`` to ``last`` that passes, if those before it do."""
    found = None
    while first <= last:
        middle = (first + last + 1) // 2
        if passes(middle):
            found, first = middle, middle + 1
        else:
            last = middle - 1
    return found


def _rounded_up(share: float) -> float:
    unit = 10.0 ** (floor(log10(share)) - 1)
    return float(f"{ceil(round(share / unit, 6)) * unit:.2g}")
