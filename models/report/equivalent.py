"""The threshold of the unweighted baseline that does what a handling does at argmax."""

from models.calibration import moved
from models.metrics import ARGMAX
from models.report.about import About
from models.report.curves import at_threshold
from models.report.dossier import Dossier
from models.verdict.verdict import CellVerdict


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


def point(dossier: Dossier, cell: CellVerdict) -> tuple[float, float, float] | None:
    """The equivalent threshold with the baseline's recall and false-positive rate there, mean over seeds; or None."""
    if dossier.baseline is None or (at := threshold(dossier.about, cell, dossier.baseline)) is None:
        return None
    rows = dossier.rows(dossier.baseline)
    return at, *at_threshold(dossier.test.labels, dossier.test.scores[rows], [at] * len(rows))
