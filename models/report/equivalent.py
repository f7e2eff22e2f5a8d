"""The threshold of the unweighted baseline that does what a handling does at argmax."""

from typing import NamedTuple

from steelyard.models.calibration import moved
from steelyard.models.metrics import ARGMAX
from steelyard.models.report.about import About
from steelyard.models.report.curves import at_threshold
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.verdict import CellVerdict


def threshold(about: About, cell: CellVerdict, baseline: CellVerdict) -> float | None:
    """Argmax of a handling, moved from the prior that its loss saw to that of the baseline's.

    A handling that only moves the prior multiplies the odds of every image by one number; at argmax it calls the images
    that the baseline calls at this threshold, if both networks learned the same.

    Returns:
        In [0, 1]; None for the baseline itself, and where the handling does more than move the prior.

    Source:
        Elkan 2001, "The foundations of cost-sensitive learning", theorem 1.
    """
    priors = {(effect.cell, effect.weight_positive): effect.effective_prior for effect in about.effects}
    mine, base = (priors[of.cell, of.weight_positive] for of in (cell, baseline))
    if cell == baseline or cell.calibration[0].misfit or not 0 < mine < 1:
        return None
    return moved(ARGMAX, mine, base)


class Equivalent(NamedTuple):
    """The baseline at a threshold, mean over its seeds."""

    threshold: float
    recall: float
    false_positive_rate: float
    precision: float


def point(dossier: Dossier, cell: CellVerdict) -> Equivalent | None:
    """How the baseline does at the threshold that equals a handling; None where there is no such threshold."""
    base = dossier.baseline_of(cell)
    if base is None or (at := threshold(dossier.about, cell, base)) is None:
        return None
    rows, test = dossier.rows(base), dossier.test
    return Equivalent(at, *at_threshold(test.labels, test.scores[rows], [at] * len(rows), dossier.verdict.prevalence))
