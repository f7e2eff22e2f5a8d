"""The network to use, as a report names it, and where it is kept."""

from steelyard.models.report.dossier import Dossier
from steelyard.models.words import phrases as say


def network(dossier: Dossier) -> str:
    """The best one."""
    return say.network(dossier.best, dossier.verdict)


def own_recipe(dossier: Dossier) -> str:
    """Which baseline a handling stands beside, where there are several."""
    return " of its recipe" if dossier.verdict.networks else ""


def kept(dossier: Dossier) -> str:
    """Where the one network to use is kept, how it decides, and what that gives on test; "" where none was kept.

    In folds the verdict says how it decides, and no image tests it.
    """
    best = dossier.taken
    if best is None or best.operating is None or not dossier.found.best_run:
        return ""
    kept_as = f"The network to use is kept as run {dossier.found.best_run}"
    return f"{kept_as}." if dossier.verdict.folds > 1 else f"{kept_as}: {_decides(dossier)}."


def _decides(dossier: Dossier) -> str:
    best, name = dossier.taken, dossier.objective.class_name
    assert best is not None and best.operating is not None
    at, one = best.operating, f"{say.called(best.cell)}{best.apart}"
    if not dossier.every_class:
        recall, precision = (dossier.measured(best, metric) for metric in ("recall", "precision"))
        rates = f"recall {recall:.2f} and precision {precision:.2f}"
        return f"{one}, scores from {at.threshold:.4g} on, with {rates} on test"
    decides = f", {say.called(name)} from a score of {at.threshold:.4g} on" if name and at.threshold >= 0 else ""
    macro = f"balanced accuracy {at.test['balanced_accuracy']:.2f} and accuracy {at.test['accuracy']:.2f}"
    return f"{one}{decides}, with {macro} on test"
