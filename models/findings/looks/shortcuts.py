"""What tells a class without a look at what an image shows: its size, its light, its border, its name."""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.findings.areas import area
from steelyard.models.findings.grouping import unit_codes
from steelyard.models.findings.looks.shortcut_features import NAME, features_of
from steelyard.models.findings.sampling import some_of_each

LIMITS = {"size": 0.65, "light": 0.9, "border": 0.65, "name": 0.65}
"""Area that the lower bound must exceed: half of a class marked in a corner gives 0.75 at best, what a border shows of
clean sets up to 0.65. Light is part of what classes are, so that only a class that it all but decides is told."""

FOLDS = 5
FEWEST = 10
"""Images of a class below which it is left out."""

MOST = 8_000
"""Images that are drawn of more: the interval is narrow enough by then."""

Values = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


class Shortcut(NamedTuple):
    """One class that one thing alone tells from the rest.

    Attributes:
        what: ``size``, ``light`` (brightness and colour), ``border`` or ``name``.
        class_name: the class; of two classes the second, since what tells one tells the other.
        area: ROC area against all other classes, in [0, 1], out of fold.
        low: lower bound of its 95 % interval.
        high: upper bound.
    """

    what: str
    class_name: str
    area: float
    low: float
    high: float


def shortcuts(
    looks: pd.DataFrame,
    ids: Sequence[str],
    labels: npt.NDArray[np.integer],
    groups: Sequence[str],
    class_names: Sequence[str],
    seed: int = 0,
) -> list[Shortcut]:
    """Classes that a logistic regression tells from the rest by one of four things alone, largest area first.

    What is told is a lead, no verdict. Size or light may be what sets a class apart by nature, as a 1 has less ink than
    an 8. A border, a size or a name that tells a class mostly says where or when its images were taken; a network uses
    what it can see of that, and fails where it does not hold. The limit says how much one thing alone must decide: an
    area of 0.5 is a guess, 0.65 is right for 65 of 100 pairs of an image of the class and another one.

    Args:
        looks: a row per image, as ``tasks.images.looks`` measures them.
        ids: N, path of each image; of its name only patterns count, as ``models.findings.looks.name_forms`` finds them.
        labels: (N,) int, index into ``class_names``; classes of fewer than ``FEWEST`` images, or of fewer than
            ``FOLDS`` groups, are left out.
        groups: N names; images of a group never part, "" stands alone.
        class_names: K names.
        seed: of the folds, and of the images drawn where there are more than ``MOST``.
    """
    codes = unit_codes(np.asarray(groups, dtype=object))
    rows = _judged(labels, codes, seed)
    classes, of_rows = np.unique(labels[rows], return_inverse=True)
    if len(classes) < 2:
        return []
    found = []
    for what, features in features_of(looks.iloc[rows], [ids[row] for row in rows.tolist()], class_names).items():
        scores = _out_of_fold(what, features, of_rows, codes[rows], seed)
        for place in range(len(classes)) if len(classes) > 2 else [1]:
            told = area(of_rows == place, scores[:, place], codes[rows])
            found.append(Shortcut(what, class_names[classes[place]], *told))
    return sorted((one for one in found if one.low > LIMITS[one.what]), key=lambda one: -one.area)


def _judged(labels: npt.NDArray[np.integer], codes: Rows, seed: int) -> Rows:
    """Rows of the classes that are judged, at most ``MOST``, rising."""
    by_class = pd.DataFrame({"label": labels, "group": codes}).groupby("label")["group"]
    enough = (by_class.size() >= FEWEST) & (by_class.nunique() >= FOLDS)
    rows = np.flatnonzero(np.isin(labels, enough.index[enough]))
    return np.asarray(rows[some_of_each(labels[rows], MOST, seed)] if len(rows) else rows, np.int64)


def _out_of_fold(what: str, features: Any, labels: Rows, codes: Rows, seed: int) -> Values:
    """(n, K) scores of heads that saw no image of the same group."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scores = np.zeros((len(labels), labels.max() + 1))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # A head that is nearly solved orders images as well, and of few groups some fold lacks a class.
        warnings.simplefilter("ignore")
        for seen, held in folds.split(features, labels, codes):
            if len(np.unique(labels[seen])) > 1:
                head = make_pipeline(StandardScaler(with_mean=what != NAME), LogisticRegression(max_iter=300))
                head.fit(features[seen], labels[seen])
                scores[np.ix_(held, head.classes_)] = head.predict_proba(features[held])
    return scores
