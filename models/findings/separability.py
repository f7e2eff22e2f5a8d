"""How much there is to learn: what the nearest image and a linear head make of images that they have not seen."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from steelyard.models.findings.areas import Area, area
from steelyard.models.findings.grouping import unit_codes
from steelyard.models.findings.heads import Probabilities, Seen, out_of_fold
from steelyard.models.findings.neighbours import elsewhere

SHARES = (0.25, 0.5, 0.75, 1.0)

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Separability:
    """What features know of the classes.

    Attributes:
        nearest_error: share of images, each class counting alike, whose nearest image outside their group is of another
            class; a guess errs in 1 - 1 / K. None where all that are near an image are in its group.
        classes: K.
        area: ROC of a linear head on images that it has not seen, with two classes; with more the mean of one class
            against the rest.
        curve: (share of the images that taught, area), the last with all of them.
    """

    nearest_error: float | None
    classes: int
    area: Area
    curve: tuple[tuple[float, float], ...]


def separability(of: Seen, probabilities: Probabilities, near: Rows, curve: bool = True) -> Separability | None:
    """Measure on images in folds.

    Args:
        of: the images.
        probabilities: (n, K) out of fold, of heads that learned from all others.
        near: (n, k) nearest images of each.
        curve: whether to train on fewer too, at three times the time.
    """
    whole = class_area(of, probabilities)
    if whole is None:
        return None
    shares = SHARES[:-1] if curve else ()
    fewer = [(share, class_area(of, out_of_fold(of, share))) for share in shares]
    told = tuple((share, each.value) for share, each in fewer if each)
    return Separability(nearest_error(of, near), of.classes, whole, (*told, (1.0, whole.value)))


def nearest_error(of: Seen, near: Rows) -> float | None:
    """Share of images whose nearest one outside their group is of another class; each class counts alike.

    None where no image is near one of another group.
    """
    first = elsewhere(near, of.groups)
    wrong = of.labels[first] != of.labels
    of_class = [wrong[(of.labels == label) & (first >= 0)] for label in np.unique(of.labels)]
    known = [float(wrong.mean()) for wrong in of_class if len(wrong)]
    return float(np.mean(known)) if known else None


def class_area(of: Seen, probabilities: Probabilities) -> Area | None:
    """Of two classes the area of the second; of more, the mean over classes, each against the rest.

    Scores of heads of different folds are put on one scale by their ranks within the fold.
    """
    classes = [1] if of.classes == 2 else range(of.classes)
    ranked = _ranked(probabilities, of.folds)
    codes, counts = unit_codes(of.groups), np.bincount(of.labels, minlength=of.classes)
    known = [label for label in classes if 0 < counts[label] < len(of.labels)]
    each = [area(of.labels == label, ranked[:, label], codes) for label in known]
    return Area(*(float(value) for value in np.mean(each, axis=0))) if each else None


def _ranked(probabilities: Probabilities, folds: Rows) -> Probabilities:
    ranked = np.empty_like(probabilities)
    for number in np.unique(folds):
        rows = np.flatnonzero(folds == number)
        order = probabilities[rows].argsort(axis=0, kind="stable").argsort(axis=0)
        ranked[rows] = (order + 0.5) / len(rows)
    return ranked
