"""The network to use, as a report names it, and where it is kept."""

from steelyard.models.report.dossier import Dossier
from steelyard.models.words import phrases as say


def network(dossier: Dossier) -> str:
    """The best one."""
    return say.network(dossier.best, dossier.verdict)


def kept(dossier: Dossier) -> str:
    """Where the one network to use is kept, and how it decides; "" where none was kept."""
    best = dossier.taken
    if best is None or best.operating is None or not dossier.found.best_run:
        return ""
    threshold = best.operating.threshold
    decides = f", and decides by a threshold of {threshold:.4g}" if threshold >= 0 else ""
    return f"The network to use is kept as run {dossier.found.best_run}{decides}."
