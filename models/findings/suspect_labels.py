"""Labels that images do not bear out: confident learning on what heads say of images that they did not learn from."""

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.carve import FOLDS
from steelyard.models.findings.grouping import unit_codes
from steelyard.models.findings.heads import Probabilities

Rows = npt.NDArray[np.int64]
Names = npt.NDArray[np.object_]

LEAST = FOLDS
"""Groups of a class below which nothing is said of its labels."""

COLUMNS = ("place", "proposed", "probability", "proposed_probability")
NONE = pd.DataFrame({name: pd.Series(dtype=float) for name in COLUMNS})
"""No suspects."""


def suspect_labels(probabilities: Probabilities, labels: Rows, groups: Names) -> pd.DataFrame:
    """Images whose label is likely wrong, the most suspect first.

    Nothing is said of a class in fewer groups than there are folds: heads that never saw it know nothing of it.

    Args:
        probabilities: (n, K), each by a head that did not learn from the image.
        labels: (n,) int64 in [0, K).
        groups: (n,) str, "" for an image that stands alone.

    Returns:
        ``place`` in the n images, ``proposed`` label, and ``probability`` of the label that it has and of the
        ``proposed_probability``.

    Source:
        Northcutt, Jiang & Chuang 2021, "Confident learning: estimating uncertainty in dataset labels", as cleanlab has
        it: an image counts where its probability of another class is that class's mean among its own or more.
    """
    # It takes a second to import, which whoever only plans need not wait for.
    from cleanlab.filter import find_label_issues

    of_class = pd.Series(unit_codes(groups)).groupby(labels).nunique()
    common = of_class.index[of_class >= LEAST].to_numpy(dtype=np.int64)
    rows = np.flatnonzero(np.isin(labels, common))
    if len(common) < 2:
        return NONE
    known = probabilities[np.ix_(rows, common)]
    known /= known.sum(axis=1, keepdims=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # That the set has few images, or that it is clean.
        issues = find_label_issues(
            np.searchsorted(common, labels[rows]), known, filter_by="low_normalized_margin", n_jobs=1
        )
    found = rows[np.asarray(issues, dtype=bool)]
    order = np.argsort(suspicion(probabilities, labels)[found], kind="stable")
    return _table(found[order[::-1]], labels, probabilities)


def suspicion(probabilities: Probabilities, labels: Rows) -> npt.NDArray[np.float64]:
    """(n,) how little an image bears its label out:  1 - p(label),  one minus cleanlab's self-confidence."""
    return np.asarray(1 - probabilities[np.arange(len(labels)), labels])


def _table(places: Rows, labels: Rows, probabilities: Probabilities) -> pd.DataFrame:
    others = probabilities[places].copy()
    others[np.arange(len(places)), labels[places]] = -1
    proposed = others.argmax(axis=1)
    return pd.DataFrame(
        {
            "place": places,
            "proposed": proposed,
            "probability": probabilities[places, labels[places]],
            "proposed_probability": probabilities[places, proposed],
        }
    )
