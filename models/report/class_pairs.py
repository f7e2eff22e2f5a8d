"""The classes that the recommended network takes for another."""

from typing import NamedTuple

import numpy as np

from steelyard.models.report.dossier import Dossier

PAIRS = 20


class Pair(NamedTuple):
    """A class ``label`` that is ``called`` another, in so many ``images`` ``of`` those it has in test."""

    label: str
    called: str
    images: int
    of: int


def pairs(dossier: Dossier, shown: int = PAIRS) -> list[Pair]:
    """Return the pairs of classes that the best cell takes for each other most, by images of test, then by label."""
    counts, verdict = np.array(dossier.best.confusion, np.float64), dossier.verdict
    np.fill_diagonal(counts, 0)
    places = (divmod(int(place), len(counts)) for place in np.argsort(-counts, axis=None, kind="stable")[:shown])
    return [
        Pair(verdict.classes[row], verdict.classes[column], round(counts[row, column]), verdict.sizes[row])
        for row, column in places
        if counts[row, column]
    ]
