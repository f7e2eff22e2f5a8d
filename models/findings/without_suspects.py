"""Train without the images whose labels the others of it do not bear out: val and test have no say and lose none."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from steelyard.models.data.partition import Parts
from steelyard.models.findings.heads import out_of_fold, seen
from steelyard.models.findings.suspect_labels import suspect_labels


def without_suspects(
    parts: Parts, features: npt.NDArray[np.float32], widths: Sequence[int], groups: npt.NDArray[np.object_]
) -> Parts:
    """The parts without suspects in train; a class keeps all of its images rather than none.

    Args:
        parts: of N images.
        features: (N, D) float32, at least of train.
        widths: of the groups of features that count alike.
        groups: (N,) str, "" for an image that stands alone.
    """
    of = seen(features, parts.train, widths, parts.labels, groups, parts.classes)
    if not of.folds.max():
        return parts
    suspect = np.zeros(len(of.labels), bool)
    suspect[suspect_labels(out_of_fold(of), of.labels, of.groups)["place"].to_numpy(dtype=np.int64)] = True
    emptied = [label for label in np.unique(of.labels) if suspect[of.labels == label].all()]
    suspect &= ~np.isin(of.labels, emptied)
    return replace(parts, train=parts.train[~suspect], suspects=int(suspect.sum()))
