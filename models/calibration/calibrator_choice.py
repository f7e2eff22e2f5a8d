"""Whether scores are calibrated, and how: by their number, and only where it makes them better."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from steelyard.models.calibration.calibrator import Calibrator, calibrated, isotonic, platt
from steelyard.models.calibration.priors import Scores, Values, correct
from steelyard.models.calibration.reliability import Labels, Reliability, reliability
from steelyard.models.data.carve import fold
from steelyard.models.spec.trial import Frozen

FOLDS = 5
LEAST = 2 * FOLDS
"""Images of each class; with fewer nothing is fitted, as a fold would have but one to judge by."""

ENOUGH = 1000
"""Of ``balanced_size``, from which on isotonic regression is fitted."""

FITS: dict[str, Callable[[Labels, Scores], Calibrator]] = {"platt": platt, "isotonic": isotonic}

Groups = npt.NDArray[np.int64]


class CalibratorChoice(Frozen):
    """What calibration would make of scores, judged at one prevalence on images that it was not fitted on.

    Attributes:
        calibrator: None where scores are better left as they are.
        method: what was tried; "" where there are too few images.
        before: of the scores as they are, corrected to the prevalence where that fits.
        after: of probabilities by cross-validation; None where nothing was tried.
    """

    calibrator: Calibrator | None
    method: Literal["", "platt", "isotonic"]
    before: Reliability
    after: Reliability | None


def chosen(
    labels: Labels, scores: Scores, learned: float | None, wanted: float, groups: Groups | None = None
) -> CalibratorChoice:
    """The calibrator of scores, if one makes the Brier score better.

    Isotonic regression bends to any shape, and needs many images; Platt's curve needs few. Either is fitted on four
    fifths of the images and judged on the fifth, in turn, groups kept whole. It is taken where it lowers the Brier
    score by more than the standard error of that difference: a smaller gain is chance about as often as not.

    Args:
        labels: (n,) int in {0, 1}, both present.
        scores: (n,) float in [0, 1], of images that neither the network nor its weights were chosen by.
        learned: share of positives that the loss saw; None where scores cannot be corrected.
        wanted: prevalence to judge at, in (0, 1).
        groups: (n,) code of each image's group, from 0 on; None where each stands alone.

    Raises:
        ValueError: one class is missing, or ``learned`` or ``wanted`` is not in (0, 1).

    Source:
        Niculescu-Mizil & Caruana 2005, "Predicting good probabilities with supervised learning", section 5: below about
        1,000 images isotonic regression overfits. One standard error: Breiman et al. 1984, "Classification and
        Regression Trees", section 3.4.3.
    """
    plain = np.asarray(scores, np.float64) if learned is None else correct(scores, learned, wanted)
    before, turn = reliability(labels, plain, wanted), _turns(labels, groups)
    if turn is None:
        return CalibratorChoice(calibrator=None, method="", before=before, after=None)
    method: Literal["platt", "isotonic"] = "isotonic" if balanced_size(labels) >= ENOUGH else "platt"
    crossed = np.empty(len(labels))
    for each in np.unique(turn):
        fitted = FITS[method](labels[turn != each], scores[turn != each])
        crossed[turn == each] = calibrated(fitted, scores[turn == each], wanted)
    better = _gains(labels, plain, crossed, wanted, groups)
    return CalibratorChoice(
        calibrator=FITS[method](labels, scores) if better else None,
        method=method,
        before=before,
        after=reliability(labels, crossed, wanted),
    )


def balanced_size(labels: Labels) -> float:
    """How many images, half of them positive, say as much of the odds as these:  4 / (1 / positives + 1 / negatives).

    The variance of the logarithm of an odds ratio is in proportion to  1 / positives + 1 / negatives. Of rare positives
    it is 4 times their number, so 250 of them are worth 1,000 images.

    Source:
        Woolf 1955, "On estimating the relation between blood group and disease".
    """
    positives = int(np.sum(labels == 1))
    return 4 / (1 / positives + 1 / (len(labels) - positives))


def _turns(labels: Labels, groups: Groups | None) -> npt.NDArray[np.int64] | None:
    """(n,) which fold judges each image; None where one would leave too few of a class."""
    turn = np.empty(len(labels), np.int64)
    if groups is None:
        rng = np.random.default_rng(0)
        for label in (0, 1):
            rows = rng.permutation(np.flatnonzero(labels == label))
            turn[rows] = np.arange(len(rows)) % FOLDS
    else:
        names = (groups + 1).astype(str).astype(object)
        turn = fold(np.arange(len(labels)), labels.astype(np.int64), names, FOLDS)
    counts = np.stack([np.bincount(turn[labels == label], minlength=turn.max() + 1) for label in (0, 1)], axis=1)
    left = counts.sum(axis=0) - counts
    enough = counts.sum(axis=0).min() >= LEAST and len(counts) > 1 and left.min() >= FOLDS
    return turn if enough else None


def _gains(labels: Labels, plain: Values, crossed: Values, wanted: float, groups: Groups | None) -> bool:
    """Whether the Brier score falls by more than the standard error of that."""
    positive = labels == 1
    weights = np.where(positive, wanted / positive.sum(), (1 - wanted) / (~positive).sum())
    gains = weights * ((plain - positive) ** 2 - (crossed - positive) ** 2)
    alone = gains if groups is None else np.bincount(groups, weights=gains)
    error = np.sqrt(len(alone) * np.var(alone, ddof=1))
    return bool(gains.sum() > error)
